import type { Clock, Scheduler } from '../kernel/clock.ts';
import { milliseconds } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Authorization } from './authorization.ts';
import { owe, owed } from './live.ts';
import type { Notifier } from './notifier.ts';
import type { Pace } from './pace.ts';
import type { EventPackages } from './package.ts';
import type { Renderings } from './renderings.ts';
import { tagOf } from './renderings.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { SubscriptionRow } from './tables.ts';

/** What a restart found. */
export interface Resumed {
  readonly subscriptions: number;
  readonly expired: number;
  /** Subscriptions whose watcher missed something, or may have. */
  readonly owed: number;
}

export interface ResumeDeps {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly packages: EventPackages;
  readonly subscriptions: Subscriptions;
  readonly renderings: Renderings;
  readonly authorization: Authorization;
  readonly notifier: Notifier;
  readonly pace: Pace;
}

/**
 * Takes up the subscriptions that a former process left: the expired end, and whoever does not have the present state is
 * owed a NOTIFY, paced. Works in slices between which the event loop is free; requests and changes that come meanwhile
 * find their subscriptions by themselves.
 */
export async function resumeSubscriptions(deps: ResumeDeps, rowsPerTurnMax: number): Promise<Resumed> {
  const rows = [...deps.subscriptions.all()];
  const found = { subscriptions: rows.length, expired: 0, owed: 0 };
  for (let start = 0; start < rows.length; start += rowsPerTurnMax) {
    for (const row of rows.slice(start, start + rowsPerTurnMax)) {
      const fate = resumeOne(deps, row);
      if (fate === 'expired') found.expired += 1;
      if (fate === 'owed') found.owed += 1;
    }
    await new Promise<void>((resolve) => {
      deps.scheduler.after(milliseconds(0), resolve);
    });
  }
  if (rows.length > 0) deps.log.info('subscriptions-resumed', found);
  return found;
}

function resumeOne(deps: ResumeDeps, { localTag, eventKey }: SubscriptionRow): 'gone' | 'expired' | 'owed' | 'settled' {
  const live = deps.subscriptions.find(localTag, eventKey);
  if (live === undefined) return 'gone'; // It ended between two slices.
  if (live.row.expiresAt <= deps.clock.now()) {
    deps.notifier.end(live, 'expiry');
    return 'expired';
  }
  const eventPackage = deps.packages.find(live.row.eventPackage);
  if (eventPackage === undefined) {
    deps.notifier.end(live, 'resource-gone');
    return 'gone';
  }
  if (!deps.authorization.review(live, eventPackage)) return 'gone';
  const rendering = deps.renderings.of(eventPackage, live.row, live.view);
  if (tagOf(rendering, live.row) === live.row.notifiedTag) return 'settled';
  owe(live, owed.change);
  deps.pace.leisurely(live);
  return 'owed';
}
