import type { Timer } from '../kernel/clock.ts';
import type { Outcome, OutcomeListener } from '../sip-stack/outgoing.ts';
import type { Ending, SubscriptionStatus } from './subscription.ts';
import type { SubscriptionRow } from './tables.ts';

/** What a subscription is owed, as bits: several reasons may have come together while one NOTIFY was outstanding. */
export const owed = {
  nothing: 0,
  /** The newest state, if it differs from what the watcher has. */
  change: 1,
  /** The newest state in any case: a SUBSCRIBE, a retry or a new decision asks for it. */
  state: 2,
  /** The last NOTIFY, with `terminated`. */
  ending: 4,
} as const;

/** Told by a live subscription how its NOTIFY ended. */
export interface OutcomeKeeper {
  outcomeOf(live: LiveSubscription, outcome: Outcome): void;
}

/**
 * What memory holds of a dialog beside the rows: the numbers of our requests, and whose NOTIFY is outstanding. All its
 * subscriptions share them (RFC 6665 §4.5.2, RFC 5057 §4).
 *
 * A class, as is LiveSubscription: there is one of each for every subscription of the process, and an object made by a
 * constructor is the smallest V8 has and needs no closure to be an OutcomeListener.
 */
export class LiveDialog {
  readonly localTag: string;
  readonly keeper: OutcomeKeeper;
  /** CSeq number of our last request. */
  cseq: number;
  /** Numbers up to this one are reserved durably: they may be used without a write. */
  ceiling: number;
  /** Whose NOTIFY is on its way, or being prepared. */
  outstanding: LiveSubscription | undefined = undefined;
  first: LiveSubscription | undefined = undefined;

  constructor(localTag: string, cseq: number, ceiling: number, keeper: OutcomeKeeper) {
    this.localTag = localTag;
    this.cseq = cseq;
    this.ceiling = ceiling;
    this.keeper = keeper;
  }
}

/** What memory holds of a subscription beside its row. */
export class LiveSubscription implements OutcomeListener {
  readonly dialog: LiveDialog;
  row: SubscriptionRow;
  /** The next subscription of the same dialog. */
  sibling: LiveSubscription | undefined = undefined;
  /** Name of its view, given by the package. */
  view: string;
  /** Whether a row of the store stands behind it: not so for a fetch, nor once it has ended. */
  stored: boolean;
  /** A fetch: lives only until its one NOTIFY is answered (RFC 6665 §4.4.3). */
  fetch = false;
  /** True until the 2xx that makes it has left: no NOTIFY may overtake it. */
  held = false;
  /** True while it waits in the pace queue. */
  queued = false;
  owed: number = owed.nothing;
  /** What the outstanding NOTIFY pays of `owed`. */
  paying: number = owed.nothing;
  /** The last NOTIFY, once the subscription has ended. */
  ending: Ending | undefined = undefined;
  /** Tag of the state that the watcher took last; '' when none is known. */
  knownTag = '';
  /** Tag of the state in the outstanding NOTIFY. */
  sentTag = '';
  /** Second of the clock at which the watcher took its last NOTIFY. */
  acknowledgedAt = 0;
  /** Second at which it joined the line of those whose `knownTag` is to be written down; 0 when it is not there. */
  settlingSince = 0;
  /** Version of the next document, where documents are numbered (see `Document`). */
  version = 0;
  retries = 0;
  retryTimer: Timer | undefined = undefined;

  constructor(dialog: LiveDialog, row: SubscriptionRow, view: string, stored: boolean) {
    this.dialog = dialog;
    this.row = row;
    this.view = view;
    this.stored = stored;
    if (stored) this.knownTag = row.notifiedTag;
  }

  onOutcome(outcome: Outcome): void {
    this.dialog.keeper.outcomeOf(this, outcome);
  }
}

/** Adds to what is owed; after the last NOTIFY has been decided, nothing else is. */
export function owe(live: LiveSubscription, what: number): void {
  if (live.ending === undefined || what === owed.ending) live.owed |= what;
}

/** Where a live subscription stands in the state table. */
export const statusOf = (live: LiveSubscription): SubscriptionStatus =>
  live.stored ? (live.row.state as SubscriptionStatus) : 'terminated';
