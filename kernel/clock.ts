import type { Brand } from './brand.ts';

/** A point in time: milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = Brand<number, 'Instant'>;
/** A length of time in whole or fractional milliseconds. */
export type Milliseconds = Brand<number, 'Milliseconds'>;
/** A length of time in whole seconds, as SIP headers carry it. */
export type Seconds = Brand<number, 'Seconds'>;

export const instant = (millisecondsSinceEpoch: number): Instant => millisecondsSinceEpoch as Instant;
export const milliseconds = (count: number): Milliseconds => count as Milliseconds;
export const seconds = (count: number): Seconds => count as Seconds;

/** The instant that lies `length` seconds after `start`. */
export const secondsAfter = (start: Instant, length: Seconds): Instant => (start + length * 1000) as Instant;

/** The instant that lies `length` milliseconds after `start`. */
export const millisecondsAfter = (start: Instant, length: Milliseconds): Instant => (start + length) as Instant;

/** Whole seconds from `now` until `end`, rounded up and never negative: what an Expires header states. */
export const secondsUntil = (now: Instant, end: Instant): Seconds =>
  Math.max(0, Math.ceil((end - now) / 1000)) as Seconds;

/** Tells the time. The only implementation that reads the machine's clock is server/system.ts. */
export interface Clock {
  now(): Instant;
}

/** A timer that was started and can be stopped; stopping twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/** Calls back once after a delay. Timers of the hot path go through `TimerWheel`, not through this port. */
export interface Scheduler {
  after(delay: Milliseconds, run: () => void): Timer;
}

/** Chance: unguessable text from the alphabet [0-9a-zA-Z_-], fit for tags, branches, entity-tags and nonces. */
export interface Tokens {
  /** @param bits least entropy wanted; 32 to 256 */
  token(bits: number): string;
}
