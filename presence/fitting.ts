import { pidfBytesMax, writePidf } from '../pidf/write.ts';
import { byChange } from './compose.ts';
import type { Contribution } from './contribution.ts';

/**
 * Chooses what a composed document has room for: the contributions that changed last, each counted as it is written alone.
 * What is too large for the room that is left is passed over, so that one large publication does not hide all older ones.
 *
 * @returns the same list when all fit
 */
export function fitting(contributions: readonly Contribution[], bytesMax: number): readonly Contribution[] {
  let most = 0;
  for (const { publishedBytes } of contributions) most += pidfBytesMax(publishedBytes);
  if (most <= bytesMax) return contributions;
  let room = bytesMax;
  const chosen = contributions.toSorted(byChange).filter(({ document }) => {
    const { length } = writePidf(document);
    if (length > room) return false;
    room -= length;
    return true;
  });
  return chosen.length === contributions.length ? contributions : chosen;
}
