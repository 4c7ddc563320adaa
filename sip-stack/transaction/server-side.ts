import type { TimerWheel } from '../../kernel/timer-wheel.ts';
import type { Flow } from '../flow.ts';
import type { RelayedResponse } from '../forwarding.ts';
import type { Reply } from '../reply.ts';
import type { Responder } from '../responder.ts';
import type { SipRequest } from '../wire/message.ts';
import type { RequestIdentity } from './identity.ts';
import type { TransactionTimers } from './timers.ts';

/** A server transaction as the endpoint sees it, whatever its table. */
export interface ServerTransaction extends Responder, RequestIdentity {
  readonly request: SipRequest;
  /** To tag of the responses: that of the request if it has one. */
  readonly toTag: string | undefined;
  /** Whether something of it has to be found again here: nothing does once it is terminated or kept elsewhere. */
  readonly live: boolean;
  /** The transaction of the same group that came before this one; the group's list is threaded through its members. */
  next: ServerTransaction | undefined;
  /** The request came once more. */
  onRequest(): void;
  /**
   * Its ACK came; nothing for other methods than INVITE.
   *
   * @returns whether that was the end of it; that of a 2xx is not for the transaction (RFC 6026 §7.1)
   */
  onAck(): boolean;
  /** Whether somebody has asked to hear of its CANCEL; nobody does for other methods than INVITE. */
  readonly isCancellable: boolean;
  /** Its CANCEL came and was answered: told to whoever has asked. */
  cancelled(cancel: SipRequest): void;
  /** The response is not there yet: starts what must happen while it is awaited. */
  await(): void;
}

/** What server transactions ask of the endpoint. */
export interface ServerSide {
  readonly wheel: TimerWheel;
  readonly timers: TransactionTimers;
  /** A new To tag (RFC 3261 §19.3). */
  newTag(): string;
  write(request: SipRequest, flow: Flow, reply: Reply, toTag: string | undefined): Buffer;
  /** The bytes of a response from downstream. */
  relayed(response: RelayedResponse): Buffer;
  /** Sends where the Via says (RFC 3261 §18.2.2), and counts what cannot be sent. */
  transmit(request: SipRequest, flow: Flow, bytes: Buffer, again: boolean): void;
  /**
   * Keeps the final response of a transaction for Timer J, in place of the transaction; with no bytes an accepted INVITE for
   * Timer L, whose retransmissions are absorbed (RFC 6026 §7.1).
   */
  keep(transaction: ServerTransaction, bytes: Buffer): void;
  /** Drops what is known of the transaction. */
  forget(transaction: ServerTransaction): void;
  /** No ACK came to a final response (Timer H). */
  reportUnacknowledged(transaction: ServerTransaction): void;
}
