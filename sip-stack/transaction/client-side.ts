import type { TimerWheel } from '../../kernel/timer-wheel.ts';
import type { Flow } from '../flow.ts';
import type { Branch } from '../forwarding.ts';
import type { Outcome, OutcomeListener } from '../outgoing.ts';
import type { HeaderPair, SipResponse, WireText } from '../wire/message.ts';
import type { TransactionTimers } from './timers.ts';

/** A client transaction as the endpoint sees it, whatever its table. */
export interface ClientTransaction extends Branch {
  readonly method: string;
  /** Names the transaction in its responses (RFC 3261 §17.1.3). */
  readonly branch: string;
  readonly flow: Flow;
  /** The request as it was sent. */
  readonly bytes: Buffer;
  /** Sends the request for the first time. */
  start(): void;
  onResponse(response: SipResponse): void;
  /**
   * The request cannot be sent, or nothing can come back any more: told later in this or the next tick of the wheel.
   */
  failSoon(reason: string): void;
}

/** What client transactions ask of the endpoint. */
export interface ClientSide {
  readonly wheel: TimerWheel;
  readonly timers: TransactionTimers;
  report(listener: OutcomeListener, outcome: Outcome): void;
  reportProvisional(listener: OutcomeListener, response: SipResponse): void;
  reportFurtherSuccess(listener: OutcomeListener, response: SipResponse): void;
  /** Starts the transaction of a CANCEL for this INVITE (RFC 3261 §9.1). */
  sendCancel(sent: SentRequest, headers: readonly HeaderPair[]): void;
  /** A request is sent once more; for counting. */
  countResent(): void;
  /** A further 2xx to this INVITE goes back by its Via alone. */
  remember(sent: SentRequest): void;
  /** Responses to this transaction need not be looked for any more. */
  forget(transaction: ClientTransaction): void;
}

/** What a client transaction is made of. */
export interface SentRequest {
  readonly method: string;
  readonly branch: string;
  /** The Via that was put on top: an ACK and a CANCEL carry the same. */
  readonly via: string;
  readonly bytes: Buffer;
  readonly flow: Flow;
  readonly listener: OutcomeListener;
  /** `ForwardedRequest.wayBack`; '' where the listener is to hear of each 2xx. */
  readonly wayBack: WireText;
}
