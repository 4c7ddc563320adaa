import type { Clock, Instant } from '../kernel/clock.ts';
import { milliseconds } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import type { OverloadConfig } from './overload-settings.ts';

/** How far the server is from what it can do, looked at ten times a second. */
export interface Load {
  /** Share of the requests that are to be refused, 0 to 0.95. */
  readonly shed: number;
  /** When it last changed. */
  readonly changedAt: Instant;
  stop(): void;
}

export interface LoadDeps {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly log: Log;
  readonly meter: Meter;
  /** Each a share of a bound, 0 to 1: transactions of those there may be, changes waiting for the disk. */
  readonly shares: () => number;
}

const beat = milliseconds(100);
/** Weight of the newest lag in the average: half a second is past after five beats. */
const newest = 0.3;
const stepUp = 0.1;
const stepDown = 0.05;
const shedMax = 0.95;

/**
 * Refuses more while it is overloaded and less when it is well below, and changes nothing in between: the gap between the two
 * keeps it from swinging (RFC 6357 §7, RFC 7339 §5.8).
 */
export function createLoad(deps: LoadDeps, config: OverloadConfig): Load {
  const { clock, log } = deps;
  let lag = 0;
  let shed = 0;
  let changedAt = clock.now();
  let dueAt = changedAt + beat;

  const change = (to: number): void => {
    if (to === shed) return;
    if (shed === 0) log.warn('overload-begins', { lagMs: Math.round(lag), share: percent(deps.shares()) });
    if (to === 0) log.info('overload-ends', { lagMs: Math.round(lag) });
    shed = to;
    // Never the same twice: peers tell newer words from older ones by it (RFC 7339 §4.4).
    changedAt = Math.max(clock.now(), changedAt + 1) as Instant;
  };
  const sample = (): void => {
    lag += newest * (Math.max(0, clock.now() - dueAt) - lag);
    const level = Math.max(lag / config.lagMax, (deps.shares() * 100) / config.transactionsShare);
    if (!config.enabled) change(0);
    else if (level >= 1) change(Math.min(shedMax, shed + stepUp));
    else if (level < 0.5) change(shed <= stepDown ? 0 : shed - stepDown);
    dueAt = clock.now() + beat;
    timer = deps.wheel.start(beat, sample, undefined);
  };
  let timer = deps.wheel.start(beat, sample, undefined);
  deps.meter.gauge('pharos_overload_lag_milliseconds', 'How late timers are, averaged over half a second', () => lag);
  deps.meter.gauge('pharos_overload_shed_ratio', 'Share of requests that are refused for overload', () => shed);

  return {
    get shed() {
      return shed;
    },
    get changedAt() {
      return changedAt;
    },
    stop() {
      timer.cancel();
    },
  };
}

const percent = (share: number): string => `${String(Math.round(share * 100))} %`;
