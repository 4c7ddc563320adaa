import type { Milliseconds } from '../../kernel/clock.ts';
import { milliseconds } from '../../kernel/clock.ts';

/** The three times from which all timers of RFC 3261 table 4 are made. */
export interface TransactionTimers {
  /** Estimate of the round-trip time (RFC 3261 §17.1.1.1). */
  readonly t1: Milliseconds;
  /** Longest interval between retransmissions of non-INVITE requests and INVITE responses. */
  readonly t2: Milliseconds;
  /** How long a message can stay in the network. */
  readonly t4: Milliseconds;
}

export const standardTimers: TransactionTimers = {
  t1: milliseconds(500),
  t2: milliseconds(4000),
  t4: milliseconds(5000),
};

/** 64*T1: the life of a transaction whose peer is silent (Timers B, F, H, J, L and M). */
export const lifetime = (timers: TransactionTimers): Milliseconds => milliseconds(64 * timers.t1);

/** The interval after this one, for timers that double up to T2 (Timers E and G). */
export const doubled = (interval: Milliseconds, timers: TransactionTimers): Milliseconds =>
  milliseconds(Math.min(interval * 2, timers.t2));

/** Timer D, at least 32 s over unreliable transports (RFC 3261 §17.1.1.2). */
export const timerD = (timers: TransactionTimers, reliable: boolean): Milliseconds =>
  milliseconds(reliable ? 0 : Math.max(32_000, 64 * timers.t1));

/** How long it takes a client's Timer E to be reset to T2: from then on 100 is due (RFC 4320 §4.1). */
export function tryingIsDue(timers: TransactionTimers): Milliseconds {
  let interval: number = timers.t1;
  let total = 0;
  while (interval < timers.t2) {
    total += interval;
    interval *= 2;
  }
  return milliseconds(total);
}
