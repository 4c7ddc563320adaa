import type { Clock, Instant, Milliseconds, Scheduler, Timer } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';

/** Something to be done at every beat. */
export interface Sweep {
  readonly name: string;
  run(now: Instant): unknown;
}

/** Takes out what has expired, beat after beat: the next beat is counted from the end of the last. */
export function startSweeps(
  deps: { readonly clock: Clock; readonly scheduler: Scheduler; readonly log: Log },
  beat: Milliseconds,
  sweeps: readonly Sweep[],
): { stop(): Promise<void> } {
  let stopped = false;
  let timer: Timer | undefined;
  let running: Promise<void> = Promise.resolve();
  const runAll = async (): Promise<void> => {
    for (const sweep of sweeps) {
      try {
        await sweep.run(deps.clock.now());
      } catch (error) {
        deps.log.error('sweep-failed', { sweep: sweep.name, reason: String(error) });
      }
    }
    next();
  };
  const next = (): void => {
    if (stopped) return;
    timer = deps.scheduler.after(beat, () => {
      running = runAll();
    });
  };
  next();
  return {
    async stop() {
      stopped = true;
      timer?.cancel();
      await running;
    },
  };
}
