import type { Seconds } from '../kernel/clock.ts';
import { seconds } from '../kernel/clock.ts';
import type { Outcome } from './outgoing.ts';
import type { SipResponse } from './wire/message.ts';

/** What an outcome says of the destination. */
export interface Failure {
  /** Whether it is to be tried last from now on. */
  readonly remember: boolean;
  readonly retryAfter: Seconds | undefined;
}

/**
 * Tells whether another destination is to be tried (RFC 3263 §4.3).
 *
 * @param answered  whether any response has come before
 * @returns `undefined` when the destination did its part
 */
export function failureOf(outcome: Outcome, answered: boolean): Failure | undefined {
  switch (outcome.kind) {
    case 'transport-error':
      return { remember: true, retryAfter: undefined };
    case 'timeout':
      // It is a failure of the destination only "without ever having received any response" (RFC 3263 §4.3).
      return answered ? undefined : { remember: true, retryAfter: undefined };
    case 'final': {
      if (outcome.response.status !== 503) return undefined;
      // Without Retry-After it is no more than a 500 to this one request (RFC 3261 §21.5.4).
      const retryAfter = retryAfterOf(outcome.response);
      return { remember: retryAfter !== undefined, retryAfter };
    }
  }
}

/** The delta-seconds of Retry-After; what follows (a comment, `duration`) is not for us (RFC 3261 §20.33). */
function retryAfterOf(response: SipResponse): Seconds | undefined {
  const digits = /^\d{1,9}/.exec(response.headers.first('retry-after') ?? '')?.[0];
  return digits === undefined ? undefined : seconds(Number(digits));
}
