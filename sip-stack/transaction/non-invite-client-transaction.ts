import type { Milliseconds, Timer } from '../../kernel/clock.ts';
import { milliseconds } from '../../kernel/clock.ts';
import { unreachable } from '../../kernel/result.ts';
import type { Flow } from '../flow.ts';
import type { OutcomeListener } from '../outgoing.ts';
import type { SipResponse } from '../wire/message.ts';
import type { ClientSide, ClientTransaction, SentRequest } from './client-side.ts';
import { nonInviteClient } from './non-invite-client.ts';
import type { Action, Input, State } from './non-invite-client.ts';
import { run } from './run.ts';
import { doubled, lifetime } from './timers.ts';

/**
 * One non-INVITE client transaction. State Completed holds nothing and needs no Timer K: all it does is absorb late
 * copies of the response, and a response that matches no transaction is dropped by the endpoint just the same
 * (RFC 3261 §18.1.2, RFC 6026 §8.9). So the transaction is forgotten on entering it.
 *
 * A class, since the hot path makes one for each NOTIFY: its methods are shared and its shape is fixed.
 */
export class NonInviteClientTransaction implements ClientTransaction {
  state: State = 'trying';
  readonly method: string;
  readonly branch: string;
  readonly flow: Flow;
  private readonly side: ClientSide;
  readonly bytes: Buffer;
  private readonly listener: OutcomeListener;
  private readonly onFailure: (reason: string) => void;
  private response: SipResponse | undefined = undefined;
  private failure = '';
  private interval: Milliseconds;
  private retransmission: Timer | undefined = undefined;
  private patience: Timer | undefined = undefined;

  constructor(side: ClientSide, sent: SentRequest) {
    this.side = side;
    this.method = sent.method;
    this.branch = sent.branch;
    this.flow = sent.flow;
    this.bytes = sent.bytes;
    this.listener = sent.listener;
    this.interval = side.timers.t1;
    this.onFailure = (reason) => {
      this.failSoon(reason);
    };
  }

  start(): void {
    const { wheel, timers } = this.side;
    this.patience = wheel.start(lifetime(timers), onTimerF, this);
    if (!this.flow.transport.reliable) this.retransmission = wheel.start(timers.t1, onTimerE, this);
    this.flow.send(this.bytes, this.onFailure);
  }

  onResponse(response: SipResponse): void {
    this.response = response;
    this.input(response.status < 200 ? 'provisional' : 'final');
    this.response = undefined;
  }

  failSoon(reason: string): void {
    this.failure = reason;
    this.side.wheel.start(milliseconds(0), onTransportError, this);
  }

  /** Only an INVITE is cancelled (RFC 3261 §9.1). */
  cancel(): void {}

  abandon(): void {
    this.input('abandon');
  }

  input(input: Input): void {
    run(nonInviteClient, this, input, perform);
  }

  act(action: Action): void {
    const side = this.side;
    switch (action) {
      case 'resend':
        side.countResent();
        this.flow.send(this.bytes, this.onFailure);
        return;
      case 'start-timer-e':
        this.interval = doubled(this.interval, side.timers);
        this.retransmission = side.wheel.start(this.interval, onTimerE, this);
        return;
      case 'start-timer-e-at-t2':
        this.interval = side.timers.t2;
        this.retransmission = side.wheel.start(this.interval, onTimerE, this);
        return;
      case 'start-timer-k':
        side.forget(this);
        return;
      case 'stop-timers':
        this.retransmission?.cancel();
        this.patience?.cancel();
        return;
      case 'report-provisional':
        if (this.response !== undefined) side.reportProvisional(this.listener, this.response);
        return;
      case 'report-final':
        if (this.response !== undefined) side.report(this.listener, { kind: 'final', response: this.response });
        return;
      case 'report-timeout':
        side.report(this.listener, { kind: 'timeout' });
        return;
      case 'report-transport-error':
        side.report(this.listener, { kind: 'transport-error', reason: this.failure });
        return;
      case 'forget':
        side.forget(this);
        return;
      default:
        unreachable(action);
    }
  }
}

const perform = (transaction: NonInviteClientTransaction, action: Action): void => {
  transaction.act(action);
};
const fires =
  (input: Input) =>
  (transaction: NonInviteClientTransaction): void => {
    transaction.input(input);
  };
const onTimerE = fires('timer-e');
const onTimerF = fires('timer-f');
const onTransportError = fires('transport-error');
