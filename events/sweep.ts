import type { Clock, Instant, Scheduler, Timer } from '../kernel/clock.ts';
import { milliseconds } from '../kernel/clock.ts';
import type { Notifier } from './notifier.ts';
import type { Renderings } from './renderings.ts';
import type { Settling } from './settling.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface Sweep {
  /** Ends what has expired and writes down what has settled, some now and the rest in the next turns; returns how many. */
  run(now: Instant): number;
  stop(): void;
}

export function createSweep(
  deps: {
    readonly clock: Clock;
    readonly scheduler: Scheduler;
    readonly subscriptions: Subscriptions;
    readonly renderings: Renderings;
    readonly settling: Settling;
    readonly notifier: Notifier;
  },
  bounds: { readonly rowsPerTurnMax: number },
): Sweep {
  const most = bounds.rowsPerTurnMax;
  let more: Timer | undefined;

  const turn = (now: Instant): number => {
    more = undefined;
    const expired = deps.subscriptions.expired(now, most);
    for (const row of expired) deps.notifier.end(deps.subscriptions.liveOf(row), 'expiry');
    const settled = deps.settling.flush(now, most);
    if (expired.length === most || settled === most) {
      more = deps.scheduler.after(milliseconds(0), () => {
        turn(deps.clock.now());
      });
    }
    return expired.length + settled;
  };

  return {
    run(now) {
      deps.renderings.clear();
      return more === undefined ? turn(now) : 0;
    },
    stop() {
      more?.cancel();
    },
  };
}
