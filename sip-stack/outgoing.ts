import type { Destination } from './destination.ts';
import type { SipResponse } from './wire/message.ts';
import type { HeaderPair, WireText } from './wire/message.ts';

export type { Destination };

/** A request to be sent by us. Via, Max-Forwards, Content-Type and Content-Length are added on the way. */
export interface OutgoingRequest {
  readonly method: string;
  readonly uri: WireText;
  /** Everything from Route to the last header: Route, From, To, Call-ID, CSeq, Contact, Event ... in this order. */
  readonly headers: readonly HeaderPair[];
  /**
   * The same as `headers`, already written: complete header lines, each with its CRLF, without Via, Max-Forwards and
   * Content-*. Written before `headers`, which is empty then: for requests made by the thousand (NOTIFY).
   */
  readonly headerText?: WireText;
  readonly body?: { readonly contentType: string; readonly bytes: Buffer };
}

/** How a client transaction ended (RFC 3261 §17.1). */
export type Outcome =
  | { readonly kind: 'final'; readonly response: SipResponse }
  /** Timer B or F: to be treated as 408 (RFC 3261 §8.1.3.1). */
  | { readonly kind: 'timeout' }
  /** To be treated as 503 (RFC 3261 §8.1.3.1). */
  | { readonly kind: 'transport-error'; readonly reason: string };

/** Sends requests of ours. One object per use on the hot path: `listener` is not a closure but its owner. */
export interface RequestSender {
  /**
   * Starts a client transaction.
   *
   * An ACK has no transaction: it is sent, and its listener hears nothing (RFC 3261 §17.1).
   *
   * @param listener  told once how it ended
   */
  send(request: OutgoingRequest, towards: Destination, listener: OutcomeListener): void;
}

/** Hears of a client transaction; must not throw. Never called before `send` has returned. */
export interface OutcomeListener {
  onOutcome(outcome: Outcome): void;
  /** A response of class 1xx. */
  onProvisional?(response: SipResponse): void;
  /** A 2xx to an INVITE after the first one: a retransmission, or from another branch of a fork (RFC 6026 §7.2). */
  onFurtherSuccess?(response: SipResponse): void;
}
