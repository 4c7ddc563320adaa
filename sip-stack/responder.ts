import type { Instant } from '../kernel/clock.ts';
import type { Flow } from './flow.ts';
import type { RelayedResponse } from './forwarding.ts';
import type { Reply } from './reply.ts';
import type { SipRequest } from './wire/message.ts';

/** Hears that the client has given up its INVITE. One object per use on the hot path: not a closure but its owner. */
export interface CancelListener {
  /**
   * The 200 to the CANCEL has left. The INVITE still wants a final response, which the listener sees to.
   *
   * @param cancel  the CANCEL, for its Reason (RFC 3326)
   */
  onCancel(cancel: SipRequest): void;
}

/** Takes the responses to one request: its server transaction. */
export interface Responder {
  /**
   * Sends a response, at once and in this tick. What the transaction's state forbids is ignored: a second final
   * response, an answer that comes after the client gave up, a provisional one to a non-INVITE request (RFC 4320 §4).
   */
  respond(reply: Reply): void;
  /**
   * Sends on a response from downstream, as it is (RFC 3261 §16.7 step 9). As `respond` does it ignores what the state forbids;
   * a 2xx to an INVITE may be followed by others (RFC 6026 §7.1).
   */
  relay(response: RelayedResponse): void;
  /** Who hears of a CANCEL; without a listener an INVITE that is cancelled is answered 487 (RFC 3261 §9.2). */
  onCancel(listener: CancelListener): void;
  /**
   * Nothing will be answered here, the request went on without a transaction (RFC 3261 §16.11): what comes of it again is
   * taken for new.
   */
  release(): void;
}

/** What stands above the transactions: the transaction user that new requests are given to (RFC 3261 §8.2). */
export interface RequestReceiver {
  /**
   * Takes one new request: neither a retransmission nor an ACK or CANCEL, its mandatory headers checked. Never throws
   * and answers exactly once, now or later.
   */
  onRequest(request: SipRequest, flow: Flow, receivedAt: Instant, responder: Responder): void;
  /**
   * Whether a request that came by another way before is taken nonetheless: a proxy must not mind (RFC 3261 §16.3), a user
   * agent server answers 482 (RFC 3261 §8.2.2.2), which is done here when this says no or is absent.
   */
  takesMerged?(request: SipRequest, flow: Flow): boolean;
}
