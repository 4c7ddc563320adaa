import type { Instant } from '../kernel/clock.ts';
import type { LiveSubscription } from './live.ts';
import { owed } from './live.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { SubscriptionRow } from './tables.ts';

/** A subscription as an operator sees it. */
export interface SubscriptionReport {
  readonly localTag: string;
  readonly event: string;
  readonly eventPackage: string;
  readonly resource: string;
  readonly watcher: string;
  readonly state: string;
  readonly handling: string;
  readonly view: string;
  readonly callId: string;
  readonly contact: string;
  readonly userAgent: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  /** CSeq number of the last NOTIFY. */
  readonly cseq: number;
  /** Why a NOTIFY is to come, or 'nothing'. */
  readonly owes: 'nothing' | 'change' | 'state' | 'ending';
  readonly outstanding: boolean;
  readonly retries: number;
}

/** Which subscriptions to list; what is left out does not matter. */
export interface SubscriptionFilter {
  readonly eventPackage?: string;
  readonly resource?: string;
  readonly watcher?: string;
}

/** @param most  reports at most */
export function listSubscriptions(
  subscriptions: Subscriptions,
  filter: SubscriptionFilter,
  most: number,
): readonly SubscriptionReport[] {
  const reports: SubscriptionReport[] = [];
  for (const row of subscriptions.all()) {
    if (reports.length >= most) break;
    if (matches(row, filter)) reports.push(reportOf(subscriptions.liveOf(row)));
  }
  return reports;
}

export function reportOf(live: LiveSubscription): SubscriptionReport {
  const { row, dialog } = live;
  return {
    localTag: row.localTag,
    event: row.eventKey,
    eventPackage: row.eventPackage,
    resource: row.resource,
    watcher: row.watcher,
    state: row.state,
    handling: row.handling,
    view: live.view,
    callId: row.callId,
    contact: row.remoteTarget,
    userAgent: row.userAgent,
    createdAt: row.createdAt as Instant,
    expiresAt: row.expiresAt as Instant,
    cseq: dialog.cseq,
    owes: owesOf(live),
    outstanding: dialog.outstanding === live,
    retries: live.retries,
  };
}

function owesOf(live: LiveSubscription): SubscriptionReport['owes'] {
  if ((live.owed & owed.ending) !== 0) return 'ending';
  if ((live.owed & owed.state) !== 0) return 'state';
  return live.owed === owed.nothing ? 'nothing' : 'change';
}

const matches = (row: SubscriptionRow, { eventPackage, resource, watcher }: SubscriptionFilter): boolean =>
  (eventPackage === undefined || row.eventPackage === eventPackage) &&
  (resource === undefined || row.resource === resource) &&
  (watcher === undefined || row.watcher === watcher);
