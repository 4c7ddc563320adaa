import type { Milliseconds, Timer } from '../../kernel/clock.ts';
import { milliseconds } from '../../kernel/clock.ts';
import { unreachable } from '../../kernel/result.ts';
import type { Flow } from '../flow.ts';
import type { OutcomeListener } from '../outgoing.ts';
import { noBytes } from '../wire/bytes.ts';
import type { HeaderPair, SipResponse } from '../wire/message.ts';
import { secondViaOf } from '../wire/section.ts';
import type { TypedSipMessage } from '../wire/typed-message.ts';
import { writeRequest } from '../wire/write.ts';
import type { ClientSide, ClientTransaction, SentRequest } from './client-side.ts';
import { ackFor } from './hop-by-hop.ts';
import { inviteClient } from './invite-client.ts';
import type { Action, Input, State } from './invite-client.ts';
import { run } from './run.ts';
import { lifetime, timerD } from './timers.ts';

/** One INVITE client transaction. A class for the same reasons as its non-INVITE sister. */
export class InviteClientTransaction implements ClientTransaction {
  state: State = 'calling';
  readonly method: string;
  readonly branch: string;
  readonly flow: Flow;
  private readonly side: ClientSide;
  private sent: SentRequest;
  private response: SipResponse | undefined = undefined;
  private ack: Buffer | undefined = undefined;
  private failure = '';
  private interval: Milliseconds;
  private retransmission: Timer | undefined = undefined;
  private patience: Timer | undefined = undefined;
  /** What a CANCEL is to carry that waits for a provisional response; undefined while nobody has given the INVITE up. */
  private cancelWith: readonly HeaderPair[] | undefined = undefined;
  private cancelled = false;

  constructor(side: ClientSide, sent: SentRequest) {
    this.side = side;
    this.sent = sent;
    this.method = sent.method;
    this.branch = sent.branch;
    this.flow = sent.flow;
    this.interval = side.timers.t1;
  }

  get bytes(): Buffer {
    return this.sent.bytes;
  }

  start(): void {
    const { wheel, timers } = this.side;
    this.patience = wheel.start(lifetime(timers), onTimerB, this);
    if (!this.flow.transport.reliable) this.retransmission = wheel.start(timers.t1, onTimerA, this);
    this.send(this.sent.bytes);
  }

  onResponse(response: SipResponse): void {
    this.response = response;
    this.input(this.inputOf(response));
    this.response = undefined;
    if (this.cancelWith !== undefined) this.sendCancel(this.cancelWith);
  }

  cancel(headers: readonly HeaderPair[] = noHeaders): void {
    if (this.cancelled) return;
    this.cancelWith ??= headers;
    this.sendCancel(this.cancelWith);
  }

  abandon(): void {
    this.input('abandon');
  }

  failSoon(reason: string): void {
    this.failure = reason;
    this.side.wheel.start(milliseconds(0), onTransportError, this);
  }

  input(input: Input): void {
    run(inviteClient, this, input, perform);
  }

  /** A 2xx whose Via leads back where its request came from needs nobody to be remembered (RFC 6026 §7.2). */
  private inputOf(response: SipResponse): Input {
    if (response.status < 200) return 'provisional';
    if (response.status >= 300) return 'failure';
    const { wayBack } = this.sent;
    const leadsBack = wayBack !== '' && secondViaOf((response as TypedSipMessage).headers) === wayBack;
    return leadsBack ? 'relayed-success' : 'success';
  }

  act(action: Action): void {
    const side = this.side;
    const { listener, via, bytes } = this.sent;
    const response = this.response;
    switch (action) {
      case 'resend':
        side.countResent();
        this.send(bytes);
        return;
      case 'send-ack':
        if (response !== undefined) this.sendAck(response, via);
        return;
      case 'resend-ack':
        if (this.ack !== undefined) this.send(this.ack);
        return;
      case 'remember':
        side.remember(this.sent);
        return;
      case 'release':
        // Only the ACK is sent again: what was told of the end is not held until Timer D.
        this.sent = released(this.sent, nobody);
        return;
      case 'start-timer-a':
        // Doubles without bound: Timer B ends it (RFC 3261 §17.1.1.2).
        this.interval = milliseconds(this.interval * 2);
        this.retransmission = side.wheel.start(this.interval, onTimerA, this);
        return;
      case 'start-timer-d': {
        const length = timerD(side.timers, this.flow.transport.reliable);
        if (length === 0) this.input('timer-d');
        else this.patience = side.wheel.start(length, onTimerD, this);
        return;
      }
      case 'start-timer-m':
        // It is not sent again: half a minute of every call does not keep its INVITE.
        this.sent = released(this.sent, listener);
        this.patience = side.wheel.start(lifetime(side.timers), onTimerM, this);
        return;
      case 'stop-timers':
        this.retransmission?.cancel();
        this.patience?.cancel();
        return;
      case 'report-provisional':
        if (response !== undefined) side.reportProvisional(listener, response);
        return;
      case 'report-final':
        if (response !== undefined) side.report(listener, { kind: 'final', response });
        return;
      case 'report-further-success':
        if (response !== undefined) side.reportFurtherSuccess(listener, response);
        return;
      case 'report-timeout':
        side.report(listener, { kind: 'timeout' });
        return;
      case 'report-transport-error':
        side.report(listener, { kind: 'transport-error', reason: this.failure });
        return;
      case 'forget':
        side.forget(this);
        return;
      default:
        unreachable(action);
    }
  }

  private sendAck(response: SipResponse, via: string): void {
    const ack = ackFor(this.sent.bytes, response);
    if (ack === undefined) return;
    this.ack = writeRequest(ack, via);
    this.send(this.ack);
  }

  /** Only once a provisional response has come, lest the CANCEL overtake the INVITE (RFC 3261 §9.1). */
  private sendCancel(headers: readonly HeaderPair[]): void {
    if (this.cancelled || this.state !== 'proceeding') return;
    this.cancelled = true;
    this.side.sendCancel(this.sent, headers);
    this.patience = this.side.wheel.start(lifetime(this.side.timers), onCancelOverdue, this);
  }

  private send(bytes: Buffer): void {
    this.flow.send(bytes, (reason) => {
      this.failSoon(reason);
    });
  }
}

const nobody: OutcomeListener = { onOutcome: () => undefined };

const released = ({ method, branch, flow }: SentRequest, listener: OutcomeListener): SentRequest => ({
  method,
  branch,
  via: '',
  bytes: noBytes,
  flow,
  listener,
  wayBack: '',
});

const noHeaders: readonly HeaderPair[] = [];

const perform = (transaction: InviteClientTransaction, action: Action): void => {
  transaction.act(action);
};
const fires =
  (input: Input) =>
  (transaction: InviteClientTransaction): void => {
    transaction.input(input);
  };
const onTimerA = fires('timer-a');
const onTimerB = fires('timer-b');
const onTimerD = fires('timer-d');
const onTimerM = fires('timer-m');
const onCancelOverdue = fires('cancel-overdue');
const onTransportError = fires('transport-error');
