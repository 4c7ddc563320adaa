import type { Aor } from '../kernel/aor.ts';
import { limits } from '../kernel/limits.ts';
import type { PresenceDocument } from '../pidf/document.ts';
import { compose } from './compose.ts';
import type { Gathered, Sources } from './sources.ts';

/** The composed state of presentities. */
export interface Presentities {
  /** The state of now; undefined when the presentity is offline. The entity is the AOR: the viewer puts in its own. */
  stateOf(resource: Aor): PresenceDocument | undefined;
}

interface Composed {
  readonly gathered: Gathered;
  readonly document: PresenceDocument | undefined;
}

/**
 * Composes when asked, and keeps the result for as long as the sources say the same. Nobody needs to tell it of changes, so
 * it cannot be late. Kept in two generations: the older is forgotten when the younger is full.
 */
export function createPresentities(
  sources: Sources,
  composedPresentitiesMax: number = limits.composedPresentitiesMax,
): Presentities {
  let young = new Map<Aor, Composed>();
  let old = young;

  const keep = (resource: Aor, composed: Composed): void => {
    if (young.size >= composedPresentitiesMax / 2 && !young.has(resource)) {
      old = young;
      young = new Map();
    }
    young.set(resource, composed);
  };

  return {
    stateOf(resource) {
      const before = young.get(resource) ?? old.get(resource);
      const gathered = sources.gather(resource, before?.gathered);
      if (before !== undefined && gathered === before.gathered) return before.document;
      const document = compose(resource, gathered.contributions);
      keep(resource, { gathered, document });
      return document;
    },
  };
}
