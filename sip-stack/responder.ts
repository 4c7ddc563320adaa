import type { Instant } from '../kernel/clock.ts';
import type { Flow } from './flow.ts';
import type { Reply } from './reply.ts';
import type { SipRequest } from './wire/message.ts';

/** Takes the responses to one request: its server transaction. */
export interface Responder {
  /**
   * Sends a response, at once and in this tick. What the transaction's state forbids is ignored: a second final
   * response, an answer that comes after the client gave up, a provisional one to a non-INVITE request (RFC 4320 §4).
   */
  respond(reply: Reply): void;
}

/** What stands above the transactions: the transaction user that new requests are given to (RFC 3261 §8.2). */
export interface RequestReceiver {
  /**
   * Takes one new request: neither a retransmission nor an ACK or CANCEL, its mandatory headers checked. Never throws
   * and answers exactly once, now or later.
   */
  onRequest(request: SipRequest, flow: Flow, receivedAt: Instant, responder: Responder): void;
}
