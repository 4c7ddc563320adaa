import type { Clock, Instant, Milliseconds, Scheduler, Timer } from '../../kernel/clock.ts';
import { instant } from '../../kernel/clock.ts';

export interface FakeTime {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** Moves time forward by `length` milliseconds and runs what falls due, in order of time and then of start. */
  advance(length: number): void;
  /** Like `advance`, letting promises settle after each timer that ran. */
  advanceAsync(length: number): Promise<void>;
  /** Timers waiting. */
  readonly pending: number;
}

/** Virtual time that moves only when told to. */
export function createFakeTime(start = 1_700_000_000_000): FakeTime {
  let now = start;
  let order = 0;
  const waiting: { due: number; order: number; run: () => void }[] = [];
  const nextDue = (until: number): { due: number; order: number; run: () => void } | undefined => {
    let first: (typeof waiting)[number] | undefined;
    for (const timer of waiting) {
      if (timer.due > until) continue;
      if (first === undefined || timer.due < first.due || (timer.due === first.due && timer.order < first.order))
        first = timer;
    }
    return first;
  };
  const runNext = (until: number): boolean => {
    const timer = nextDue(until);
    if (timer === undefined) return false;
    waiting.splice(waiting.indexOf(timer), 1);
    now = Math.max(now, timer.due);
    timer.run();
    return true;
  };
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  return {
    clock: { now: (): Instant => instant(now) },
    scheduler: {
      after(delay: Milliseconds, run: () => void): Timer {
        order += 1;
        const timer = { due: now + delay, order, run };
        waiting.push(timer);
        return {
          cancel() {
            const at = waiting.indexOf(timer);
            if (at >= 0) waiting.splice(at, 1);
          },
        };
      },
    },
    advance(length) {
      const until = now + length;
      while (runNext(until));
      now = until;
    },
    async advanceAsync(length) {
      const until = now + length;
      await settle();
      while (runNext(until)) await settle();
      now = until;
    },
    get pending() {
      return waiting.length;
    },
  };
}
