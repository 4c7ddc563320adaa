import type { Figures } from './figures.ts';
import type { OutcomeKeeper } from './live.ts';
import { LiveDialog, LiveSubscription, owed } from './live.ts';
import type { SubscriptionRow } from './tables.ts';

/** What memory holds of dialogs and their subscriptions. */
export interface LiveDialogs {
  find(localTag: string): LiveDialog | undefined;
  /** What memory holds for a row of the store; made when it is the first to ask, as after a restart. */
  liveOf(row: SubscriptionRow): LiveSubscription;
  /** Adds a subscription that begins now, to its dialog or to a new one. */
  add(row: SubscriptionRow, view: string, kind: 'stored' | 'fetch'): LiveSubscription;
  forget(live: LiveSubscription): void;
  /** Fetches that are being answered. */
  readonly fetches: number;
}

/** @param deps.viewOf  names the view of a row that was found in the store */
export function createLiveDialogs(deps: {
  readonly figures: Figures;
  readonly keeper: OutcomeKeeper;
  readonly viewOf: (row: SubscriptionRow) => string;
}): LiveDialogs {
  const { figures } = deps;
  // As many entries as there are subscriptions: bounded by limits.subscriptionsMax where they are admitted.
  const dialogs = new Map<string, LiveDialog>();
  let fetches = 0;

  const dialogFor = (row: SubscriptionRow, cseq: number): LiveDialog => {
    let dialog = dialogs.get(row.localTag);
    if (dialog === undefined) {
      dialog = new LiveDialog(row.localTag, cseq, row.cseqCeiling, deps.keeper);
      dialogs.set(row.localTag, dialog);
    }
    return dialog;
  };
  const link = (live: LiveSubscription): LiveSubscription => {
    live.sibling = live.dialog.first;
    live.dialog.first = live;
    if (live.fetch) fetches += 1;
    else figures.entered(live.row);
    return live;
  };

  return {
    find: (localTag) => dialogs.get(localTag),
    liveOf(row) {
      // Numbers up to the ceiling may have been used before a restart; all rows of a dialog have the same ceiling.
      const dialog = dialogFor(row, row.cseqCeiling);
      for (let live = dialog.first; live !== undefined; live = live.sibling) {
        if (live.stored && live.row.eventKey === row.eventKey) return live;
      }
      const live = new LiveSubscription(dialog, row, deps.viewOf(row), true);
      // Of a former process: no more documents than numbers of requests can have been used.
      live.version = row.cseqCeiling;
      return link(live);
    },
    add(row, view, kind) {
      const live = new LiveSubscription(dialogFor(row, 0), row, view, kind === 'stored');
      live.fetch = kind === 'fetch';
      return link(live);
    },
    forget(live) {
      const { dialog } = live;
      if (!unlink(live)) return;
      if (live.stored) figures.left(live.row);
      if (live.fetch) fetches -= 1;
      live.owed = owed.nothing;
      live.retryTimer?.cancel();
      live.retryTimer = undefined;
      if (dialog.first === undefined) dialogs.delete(dialog.localTag);
    },
    get fetches() {
      return fetches;
    },
  };
}

/** Takes it out of the list of its dialog; false when it was not there. */
function unlink(live: LiveSubscription): boolean {
  const { dialog } = live;
  if (dialog.first === live) {
    dialog.first = live.sibling;
    return true;
  }
  for (let other = dialog.first; other !== undefined; other = other.sibling) {
    if (other.sibling !== live) continue;
    other.sibling = live.sibling;
    return true;
  }
  return false;
}
