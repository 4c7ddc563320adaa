import type { Flow } from './flow.ts';
import type { Destination, OutcomeListener } from './outgoing.ts';
import type { HeaderPair, SipRequest, SipResponse, WireText } from './wire/message.ts';
import type { HeaderSection } from './wire/section.ts';

/** A request of somebody else's on its way on: what RFC 3261 §16.6 makes of it, all but the Via that is put on top. */
export interface ForwardedRequest {
  readonly method: string;
  readonly uri: WireText;
  /** Complete header lines, each with its CRLF, Max-Forwards and Content-Length included, without the empty line. */
  readonly headerText: WireText;
  readonly body: Buffer;
  /**
   * Follows the unique part of the branch: the hash by which a loop is told from a spiral (RFC 5393 §4.2.1). Token
   * characters, '' for none.
   */
  readonly loopHash: string;
  /**
   * The Via value below ours, when a 2xx to this INVITE after the first one may go back by it alone, as `StrayReceiver` has it:
   * nothing of the transaction outlives the first one then, and its listener hears of no other (RFC 6026 §7.2). With '' or
   * without it the listener hears of each.
   */
  readonly wayBack?: WireText;
}

/** One client transaction of a forwarded request. */
export interface Branch {
  /**
   * Sends CANCEL once a provisional response has come (RFC 3261 §9.1); nothing for other methods than INVITE and once a
   * final response is there.
   *
   * @param headers  Reason of the CANCEL that came from upstream (RFC 3326), and the like
   */
  cancel(headers?: readonly HeaderPair[]): void;
  /** Gives the branch up: Timer C fired and no CANCEL helped. Its listener hears nothing more. */
  abandon(): void;
}

/** Sends requests on; the endpoint is one. */
export interface Forwarder {
  /** Starts a client transaction (RFC 3261 §16.6 step 10). */
  forward(request: ForwardedRequest, towards: Destination, listener: OutcomeListener): Branch;
  /**
   * Sends without a transaction: an ACK to a 2xx, and whatever a stateless route carries (RFC 3261 §16.11). The branch is
   * a function of the request received, so that its retransmissions and its CANCEL take the same one.
   */
  forwardStatelessly(request: ForwardedRequest, received: SipRequest, towards: Destination): void;
  /**
   * Sends a response back without its topmost Via, which is ours, to where the next one says (RFC 3261 §16.7, §18.2.2).
   *
   * @param linesOf  makes the lines, when they are not to be just what came below our Via
   */
  returnStatelessly(response: SipResponse, linesOf?: (section: HeaderSection) => WireText | undefined): void;
}

/** Knows what is under way. */
export interface SentOn {
  /**
   * Whether a request is one that we have just sent on and that has come back: its topmost Via names a client transaction of
   * ours, and it is from the same sender, in the same call, as what that one sent. A spiral or a loop (RFC 3261 §16.3 step 4).
   */
  hasComeBack(request: SipRequest): boolean;
}

/** A response from downstream as the server transaction sends it on (RFC 3261 §16.7). */
export interface RelayedResponse {
  readonly status: number;
  readonly reason: WireText;
  /** Complete header lines, each with its CRLF, the topmost Via (ours) gone, Content-Length included. */
  readonly headerText: WireText;
  readonly body: Buffer;
}

/** Takes what no transaction claims. */
export interface StrayReceiver {
  /** An ACK that no server transaction of ours waits for: that of a 2xx (RFC 3261 §16.6, §17). */
  onAck(request: SipRequest, flow: Flow): void;
  /** A response for which there is no client transaction: a 2xx come late, or one on a stateless route. */
  onStrayResponse(response: SipResponse, flow: Flow): void;
  /** A further 2xx to an INVITE that was sent on with a `wayBack`, which leads to where its Via says (RFC 6026 §7.2). */
  onFurtherSuccess(response: SipResponse): void;
  /** A CANCEL that matches nothing: forwarded statelessly where the INVITE was, else answered 481. @returns whether taken */
  onStrayCancel(request: SipRequest, flow: Flow): boolean;
}
