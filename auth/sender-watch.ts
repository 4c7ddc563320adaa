import type { Seconds } from '../kernel/clock.ts';
import type { IncomingRequest } from '../sip-stack/incoming.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import type { WireText } from '../sip-stack/wire/message.ts';

/**
 * What the guards tell of those who send, and ask about them: whoever guesses passwords or looks for users is to be noticed
 * and slowed down. Answered by abuse/.
 */
export interface SenderWatch {
  /** Somebody proved himself. On the hot path. */
  proved(incoming: IncomingRequest): void;
  /** Whether a password may be tried for this name: 0, or how long to wait. Asked before any is looked at. */
  mayTry(incoming: IncomingRequest, username: WireText): Seconds;
  /** A wrong password, or nobody of this name. */
  failed(incoming: IncomingRequest, username: WireText): void;
  /** A request that proves nothing is about to be challenged or let in: what it is to be refused with, if at all. */
  unproven(incoming: IncomingRequest): Refusal | undefined;
}

/** Notices nothing. */
export const noWatch: SenderWatch = {
  proved: () => undefined,
  mayTry: () => 0 as Seconds,
  failed: () => undefined,
  unproven: () => undefined,
};
