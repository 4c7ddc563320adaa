import type { Clock, Instant, Scheduler } from '../kernel/clock.ts';
import { milliseconds } from '../kernel/clock.ts';
import type { Sample } from '../kernel/meter.ts';
import { ok } from '../kernel/result.ts';
import type { ControlOperation } from './control-operation.ts';
import { numberArg } from './number-arg.ts';
import type { ServerFacts } from './status.ts';
import { statusOf } from './status.ts';

export interface StatusDeps {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly samples: () => readonly Sample[];
  readonly facts: ServerFacts;
  readonly startedAt: Instant;
}

const interval = { min: 0, max: 60_000, otherwise: 1000 };

/** The operation behind `pharos status`: looks at the figures twice, so that it can tell rates. */
export const statusOperation = ({ clock, scheduler, samples, facts, startedAt }: StatusDeps): ControlOperation => ({
  op: 'status',
  doc: 'Sums up the server: {interval}, the milliseconds over which rates are taken.',
  async run(args, signal) {
    const wanted = numberArg(args, 'interval', interval);
    if (!wanted.ok) return wanted;
    const begun = clock.now();
    const before = samples();
    await elapse(scheduler, wanted.value, signal);
    const now = clock.now();
    const looks = { before, after: samples(), seconds: (now - begun) / 1000 };
    return ok([statusOf(facts, Math.floor((now - startedAt) / 1000), looks)]);
  },
});

/** Waits, but not for a caller who has gone. */
function elapse(scheduler: Scheduler, length: number, signal: AbortSignal): Promise<void> {
  if (length === 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = scheduler.after(milliseconds(length), end);
    signal.addEventListener('abort', end);
  });
}
