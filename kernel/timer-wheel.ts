import type { Clock, Milliseconds, Scheduler, Timer } from './clock.ts';
import { milliseconds } from './clock.ts';

/** Starts timers at the cost of one small object each, in place of one operating-system timer each. */
export interface TimerWheel {
  /**
   * Calls `run(subject)` once, never before `delay` is over and later by at most one tick (10 ms) plus what the
   * scheduler itself is late. Never calls back before it returns, whatever the delay.
   * Pass the owner as `subject` rather than a closure on the hot path.
   */
  start<Subject>(delay: Milliseconds, run: (subject: Subject) => void, subject: Subject): Timer;
  /** Timers waiting, for a gauge. */
  readonly size: number;
  /** Forgets every timer and stops ticking. */
  stop(): void;
}

/** Milliseconds of one tick. */
const tickLength = 10;
/** Slots of one level and levels; level n covers 64^(n+1) ticks: 0.64 s, 41 s, 44 min, 46 h. */
const slotBits = 6;
const slots = 1 << slotBits;
const levels = 4;
/** Longest delay; a longer one is cut to it. */
const ticksMax = 2 ** (slotBits * levels) - 1;

class Entry implements Timer {
  next: Entry | undefined;
  previous: Entry | undefined;
  due: number;
  run: ((subject: never) => void) | undefined;
  subject: unknown;
  readonly wheel: Wheel;
  constructor(wheel: Wheel, due: number, run: ((subject: never) => void) | undefined, subject: unknown) {
    this.next = undefined;
    this.previous = undefined;
    this.wheel = wheel;
    this.due = due;
    this.run = run;
    this.subject = subject;
  }
  cancel(): void {
    if (this.run === undefined) return;
    this.run = undefined;
    this.subject = undefined;
    unlink(this);
    this.wheel.count -= 1;
  }
}

interface Wheel {
  count: number;
}

function unlink(entry: Entry): void {
  if (entry.previous !== undefined) entry.previous.next = entry.next;
  if (entry.next !== undefined) entry.next.previous = entry.previous;
  entry.next = undefined;
  entry.previous = undefined;
}

function link(head: Entry, entry: Entry): void {
  entry.next = head.next;
  entry.previous = head;
  if (head.next !== undefined) head.next.previous = entry;
  head.next = entry;
}

/** The slot of a level that a tick falls into; only the low 24 bits of a tick count, so that it never overflows. */
const slotOf = (tick: number, level: number): number => level * slots + ((tick >>> (slotBits * level)) & (slots - 1));

/**
 * A hierarchical timer wheel (Varghese and Lauck, "Hashed and hierarchical timing wheels", 1987): starting and stopping
 * are O(1), a tick touches only what is due or moves down a level. It ticks only while timers wait. A clock that goes
 * back is taken as standing still, so that no timer waits for an hour to come again.
 */
export function createTimerWheel(deps: { readonly clock: Clock; readonly scheduler: Scheduler }): TimerWheel {
  const wheel: Wheel = { count: 0 };
  const heads = Array.from({ length: levels * slots }, () => new Entry(wheel, 0, undefined, undefined));
  /** Where tick 0 lies; moved when the clock goes back. */
  let origin: number = deps.clock.now();
  let latest = origin;
  let current = 0;
  let ticking: Timer | undefined;

  /** Ticks gone by, with their fraction. */
  const elapsed = (): number => {
    const now: number = deps.clock.now();
    if (now < latest) origin -= latest - now;
    latest = now;
    return (now - origin) / tickLength;
  };

  const place = (entry: Entry): void => {
    const distance = entry.due - current;
    const level = distance < 64 ? 0 : distance < 4096 ? 1 : distance < 262_144 ? 2 : 3;
    const head = heads[slotOf(entry.due, level)];
    if (head !== undefined) link(head, entry);
  };

  const moveDown = (level: number): void => {
    const head = heads[slotOf(current, level)];
    while (head?.next !== undefined) {
      const entry = head.next;
      unlink(entry);
      place(entry);
    }
  };

  const fire = (head: Entry): void => {
    while (head.next !== undefined) {
      const entry = head.next;
      const { run, subject } = entry;
      entry.run = undefined;
      entry.subject = undefined;
      unlink(entry);
      wheel.count -= 1;
      run?.(subject as never);
    }
  };

  const turnTo = (target: number): void => {
    while (current < target && wheel.count > 0) {
      current += 1;
      for (let level = 1; level < levels && (current & ((1 << (slotBits * level)) - 1)) === 0; level += 1)
        moveDown(level);
      const head = heads[current & (slots - 1)];
      if (head !== undefined) fire(head);
    }
    if (wheel.count === 0) current = Math.max(current, target);
  };

  const advance = (): void => {
    ticking = undefined;
    // A callback that throws is a bug, but it must not stop the timers of everybody else.
    try {
      turnTo(Math.floor(elapsed()));
    } finally {
      tick();
    }
  };

  const tick = (): void => {
    if (wheel.count > 0 && ticking === undefined) ticking = deps.scheduler.after(milliseconds(tickLength), advance);
  };

  return {
    start(delay, run, subject) {
      const now = elapsed();
      if (wheel.count === 0) current = Math.max(current, Math.floor(now));
      // Counted from this very moment and rounded up, so that a timer is never early, even when the wheel lags.
      const due = Math.max(Math.ceil(now + Math.min(ticksMax, Math.max(0, delay / tickLength))), current + 1);
      const entry = new Entry(wheel, Math.min(due, current + ticksMax), run, subject);
      place(entry);
      wheel.count += 1;
      tick();
      return entry;
    },
    get size() {
      return wheel.count;
    },
    stop() {
      ticking?.cancel();
      ticking = undefined;
      for (const head of heads) {
        while (head.next !== undefined) head.next.cancel();
      }
    },
  };
}
