import type { Aor } from '../kernel/aor.ts';
import type { Instant } from '../kernel/clock.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { Change, Store, StoreFault } from '../db/store.ts';
import { put, remove } from '../db/store.ts';
import type { Figures } from './figures.ts';
import type { LiveDialogs } from './live-dialogs.ts';
import type { LiveDialog, LiveSubscription } from './live.ts';
import type { SubscriptionRow } from './tables.ts';
import { subscriptions as table } from './tables.ts';

/** CSeq numbers reserved by one write: a NOTIFY that stays below the ceiling writes nothing. */
export const cseqBlock = 256;

/** The subscriptions: their rows in the store, and what memory holds beside them. */
export interface Subscriptions {
  find(localTag: string, eventKey: string): LiveSubscription | undefined;
  dialog(localTag: string): LiveDialog | undefined;
  /** Rows that watch a resource; a fresh array. */
  rowsOf(eventPackage: string, resource: Aor): readonly SubscriptionRow[];
  countOf(eventPackage: string, resource: Aor): number;
  countOfWatcher(watcher: string): number;
  /** Rows, and fetches that are being answered. */
  readonly size: number;
  all(): Iterable<SubscriptionRow>;
  expired(now: Instant, most: number): readonly SubscriptionRow[];
  /** What memory holds for a row of the store; made when it is the first to ask. */
  liveOf(row: SubscriptionRow): LiveSubscription;
  /** Adds a subscription, and its dialog when that is new. It is held until its 2xx has left. */
  add(row: SubscriptionRow, view: string): Promise<Result<LiveSubscription, StoreFault>>;
  /** Adds what lives only until its one NOTIFY is answered. */
  addFetch(row: SubscriptionRow, view: string): LiveSubscription;
  /** Puts the row of a refresh, and the new target of the dialog at its other subscriptions (RFC 3261 §12.2.2). */
  renew(live: LiveSubscription, row: SubscriptionRow): Promise<Result<void, StoreFault>>;
  /** Deletes the row; the live part stays until its last NOTIFY is answered. */
  end(live: LiveSubscription): Promise<Result<void, StoreFault>>;
  /** As `end`, for an end that is acknowledged to nobody. */
  endUnasked(live: LiveSubscription): void;
  /** Puts a row that nobody waits for. */
  note(live: LiveSubscription, row: SubscriptionRow): void;
  /** Reserves the next block of CSeq numbers of a dialog. */
  reserve(dialog: LiveDialog): Promise<Result<void, StoreFault>>;
  /** Forgets the live part. */
  forget(live: LiveSubscription): void;
}

export function createSubscriptions(deps: {
  readonly store: Store;
  readonly figures: Figures;
  readonly dialogs: LiveDialogs;
}): Subscriptions {
  const { store, figures, dialogs } = deps;

  const replaceRow = (live: LiveSubscription, row: SubscriptionRow): void => {
    if (live.row.state !== row.state) {
      figures.left(live.row);
      figures.entered(row);
    }
    live.row = row;
  };
  /** After a failed commit the store has undone the changes: memory follows it. */
  const rereadRows = (dialog: LiveDialog): void => {
    for (let live = dialog.first; live !== undefined; live = live.sibling) {
      const row = live.stored ? store.get(table, [live.row.localTag, live.row.eventKey]) : undefined;
      if (row !== undefined) replaceRow(live, row);
    }
  };
  const replace = (live: LiveSubscription, row: SubscriptionRow): Change => {
    const change = put(table, row, { was: live.row });
    replaceRow(live, row);
    return change;
  };
  const removal = (live: LiveSubscription): Change => {
    live.stored = false;
    figures.left(live.row);
    return remove(table, [live.row.localTag, live.row.eventKey], { was: live.row });
  };

  return {
    find(localTag, eventKey) {
      const row = store.get(table, [localTag, eventKey]);
      return row === undefined ? undefined : dialogs.liveOf(row);
    },
    dialog: (localTag) => dialogs.find(localTag),
    rowsOf: (eventPackage, resource) => store.scan(table, 'resource', [eventPackage, resource]),
    countOf: (eventPackage, resource) => store.count(table, 'resource', [eventPackage, resource]),
    countOfWatcher: (watcher) => store.count(table, 'watcher', [watcher]),
    get size() {
      return store.size(table) + dialogs.fetches;
    },
    all: () => store.all(table),
    expired: (now, most) => store.expired(table, now, most),
    liveOf: (row) => dialogs.liveOf(row),
    async add(row, view) {
      const live = dialogs.add(row, view, 'stored');
      live.held = true;
      const written = await store.transact([put(table, row, 'absent')]);
      if (written.ok) return ok(live);
      dialogs.forget(live);
      return fail(written.fault);
    },
    addFetch: (row, view) => dialogs.add(row, view, 'fetch'),
    async renew(live, row) {
      const { dialog } = live;
      const changes = [replace(live, row)];
      for (let other = dialog.first; other !== undefined; other = other.sibling) {
        if (other === live || !other.stored) continue;
        const { remoteTarget, flowKey, contact, cseqCeiling } = row;
        changes.push(replace(other, { ...other.row, remoteTarget, flowKey, contact, cseqCeiling }));
      }
      const written = await store.transact(changes);
      if (written.ok) dialog.ceiling = Math.max(dialog.ceiling, row.cseqCeiling);
      else rereadRows(dialog);
      return written;
    },
    async end(live) {
      const written = await store.transact([removal(live)]);
      if (!written.ok) {
        live.stored = true;
        figures.entered(live.row);
        rereadRows(live.dialog);
      }
      return written;
    },
    endUnasked(live) {
      store.note([removal(live)]);
    },
    note(live, row) {
      store.note([replace(live, row)]);
    },
    async reserve(dialog) {
      const cseqCeiling = dialog.cseq + cseqBlock;
      const changes: Change[] = [];
      for (let live = dialog.first; live !== undefined; live = live.sibling) {
        if (live.stored) changes.push(replace(live, { ...live.row, cseqCeiling }));
      }
      const written = await store.transact(changes);
      if (written.ok) dialog.ceiling = Math.max(dialog.ceiling, cseqCeiling);
      else rereadRows(dialog);
      return written;
    },
    forget(live) {
      dialogs.forget(live);
    },
  };
}

/** Whether a row of the store stands behind the dialog: only then are its numbers used beyond this process. */
export function isStored(dialog: LiveDialog): boolean {
  for (let live = dialog.first; live !== undefined; live = live.sibling) if (live.stored) return true;
  return false;
}
