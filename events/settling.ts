import type { Clock, Instant, Seconds } from '../kernel/clock.ts';
import { createFifo } from './fifo.ts';
import type { LiveSubscription } from './live.ts';
import { owed } from './live.ts';
import type { Subscriptions } from './subscriptions.ts';

/**
 * Writes down which state each watcher has, so that a restart notifies only those who missed something.
 *
 * The row's `notifiedTag` is erased before a NOTIFY with another state leaves, and written when the watcher has held a
 * state for a while. In between, the row says "not known", which errs on the side of one NOTIFY too many: a change that
 * is made and unmade around a crash cannot leave a watcher with the state in between. Both writes are notes: the erasure
 * goes into the same or an earlier group than any later publication.
 */
export interface Settling {
  /** A NOTIFY with this state is about to leave. */
  diverging(live: LiveSubscription, tag: string): void;
  /** The watcher has answered its NOTIFY. */
  agreed(live: LiveSubscription): void;
  /** Writes what has been held long enough, at most so many rows; returns how many were looked at. */
  flush(now: Instant, most: number): number;
  /** Writes what every watcher has, however fresh. */
  flushAll(): void;
}

export function createSettling(
  deps: { readonly clock: Clock; readonly subscriptions: Subscriptions },
  config: { readonly notifiedStateDelay: Seconds },
): Settling {
  // Each subscription waits here at most once: bounded by limits.subscriptionsMax.
  const line = createFifo<LiveSubscription>();
  const secondOf = (now: Instant): number => Math.floor(now / 1000);

  const write = (live: LiveSubscription): void => {
    const { row, knownTag } = live;
    const quiet = live.stored && live.owed === owed.nothing && live.dialog.outstanding !== live;
    if (quiet && row.notifiedTag !== knownTag) deps.subscriptions.note(live, { ...row, notifiedTag: knownTag });
  };

  const join = (live: LiveSubscription): void => {
    live.settlingSince = live.acknowledgedAt;
    line.push(live);
  };

  return {
    diverging(live, tag) {
      const { row } = live;
      if (row.notifiedTag === '' || row.notifiedTag === tag) return;
      deps.subscriptions.note(live, { ...row, notifiedTag: '' });
    },
    agreed(live) {
      live.acknowledgedAt = secondOf(deps.clock.now());
      if (live.settlingSince === 0 && live.row.notifiedTag !== live.knownTag) join(live);
    },
    flush(now, most) {
      const before = secondOf(now) - config.notifiedStateDelay;
      let looked = 0;
      for (let live = line.peek(); live !== undefined && looked < most; live = line.peek()) {
        // Who joined later was answered later.
        if (live.settlingSince > before) break;
        looked += 1;
        line.shift();
        live.settlingSince = 0;
        if (live.acknowledgedAt > before) join(live);
        else write(live);
      }
      return looked;
    },
    flushAll() {
      for (let live = line.shift(); live !== undefined; live = line.shift()) {
        live.settlingSince = 0;
        write(live);
      }
    },
  };
}
