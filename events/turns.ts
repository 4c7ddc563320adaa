import type { LiveDialog, LiveSubscription } from './live.ts';
import { owed } from './live.ts';
import type { Pace } from './pace.ts';

/** The NOTIFY of this subscription is over: the dialog is free for the next. */
export function release(live: LiveSubscription, pace: Pace): void {
  live.dialog.outstanding = undefined;
  pace.ended();
  nextTurn(live.dialog, live, pace);
}

/** Asks for the turn of the next subscription of the dialog that is owed something, in rotation. */
export function nextTurn(dialog: LiveDialog, after: LiveSubscription, pace: Pace): void {
  for (let live = after.sibling; live !== undefined; live = live.sibling) if (takesTurn(live, pace)) return;
  for (let live = dialog.first; live !== undefined; live = live.sibling) {
    if (takesTurn(live, pace) || live === after) return;
  }
}

function takesTurn(live: LiveSubscription, pace: Pace): boolean {
  if (live.owed === owed.nothing || live.retryTimer !== undefined) return false;
  pace.soon(live);
  return true;
}
