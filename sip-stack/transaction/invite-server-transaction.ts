import type { Milliseconds, Timer } from '../../kernel/clock.ts';
import { milliseconds } from '../../kernel/clock.ts';
import { unreachable } from '../../kernel/result.ts';
import type { Flow } from '../flow.ts';
import type { RelayedResponse } from '../forwarding.ts';
import type { Reply } from '../reply.ts';
import type { CancelListener } from '../responder.ts';
import { noBytes } from '../wire/bytes.ts';
import type { SipRequest } from '../wire/message.ts';
import { parseMessage } from '../wire/parse.ts';
import { inviteServer } from './invite-server.ts';
import type { Action, Input, State } from './invite-server.ts';
import type { RequestIdentity } from './identity.ts';
import { run } from './run.ts';
import type { ServerSide, ServerTransaction } from './server-side.ts';
import { doubled, lifetime } from './timers.ts';
import { trying } from './trying.ts';

/** 100 goes out unless the transaction user answers within this time (RFC 3261 §17.2.1). */
const tryingAfter = milliseconds(200);

/** One INVITE server transaction. A class for the same reasons as its non-INVITE sister. */
export class InviteServerTransaction implements ServerTransaction {
  state: State = 'proceeding';
  next: ServerTransaction | undefined = undefined;
  readonly request: SipRequest;
  readonly groupHigh: number;
  readonly groupLow: number;
  readonly way: number;
  readonly method: number;
  private readonly flow: Flow;
  private readonly side: ServerSide;
  private tag: string | undefined;
  private reply: Reply | undefined = undefined;
  private relayed: RelayedResponse | undefined = undefined;
  private canceller: CancelListener | undefined = undefined;
  private bytes: Buffer | undefined = undefined;
  /** Whether its identity alone is remembered, elsewhere. */
  private isKept = false;
  private retransmission: Timer | undefined = undefined;
  private interval: Milliseconds;
  private patience: Timer | undefined = undefined;

  constructor(side: ServerSide, request: SipRequest, flow: Flow, identity: RequestIdentity) {
    this.side = side;
    this.request = request;
    this.flow = flow;
    this.groupHigh = identity.groupHigh;
    this.groupLow = identity.groupLow;
    this.way = identity.way;
    this.method = identity.method;
    this.tag = request.to.tag;
    this.interval = side.timers.t1;
  }

  get live(): boolean {
    return this.state !== 'terminated' && !this.isKept;
  }

  /** Of a response that was sent on it is that of the response: read when asked for, which is seldom. */
  get toTag(): string | undefined {
    this.tag ??= this.bytes === undefined ? undefined : tagIn(this.bytes);
    return this.tag;
  }

  respond(reply: Reply): void {
    this.reply = reply;
    this.onTimer(inputOf(reply.status));
    this.reply = undefined;
  }

  relay(response: RelayedResponse): void {
    this.relayed = response;
    const { status } = response;
    this.onTimer(status >= 200 && status < 300 ? 'relayed-success' : inputOf(status));
    this.relayed = undefined;
  }

  onCancel(listener: CancelListener): void {
    this.canceller = listener;
  }

  get isCancellable(): boolean {
    return this.canceller !== undefined;
  }

  cancelled(cancel: SipRequest): void {
    // After a final response a CANCEL has no effect (RFC 3261 §9.2).
    if (this.state === 'proceeding') this.canceller?.onCancel(cancel);
  }

  release(): void {
    this.onTimer('release');
  }

  onRequest(): void {
    this.onTimer('request');
  }

  onAck(): boolean {
    this.onTimer('ack');
    return this.state !== 'accepted';
  }

  await(): void {
    if (this.state === 'proceeding' && this.bytes === undefined) {
      this.patience = this.side.wheel.start(tryingAfter, onTryingDue, this);
    }
  }

  /** @param input  the timer that fired */
  onTimer(input: Input): void {
    run(inviteServer, this, input, perform);
  }

  act(action: Action): void {
    const side = this.side;
    const { reliable } = this.flow.transport;
    switch (action) {
      case 'send':
        if (this.relayed !== undefined) this.transmitRelayed(this.relayed);
        if (this.reply === undefined) return;
        if (this.reply.status > 100) this.tag ??= this.reply.toTag ?? side.newTag();
        this.transmit(this.reply, this.reply.status > 100 ? this.tag : undefined);
        return;
      case 'send-100':
        this.transmit(trying(this.request), undefined);
        return;
      case 'resend':
        if (this.bytes !== undefined) side.transmit(this.request, this.flow, this.bytes, true);
        return;
      case 'start-timer-g':
        // Only over unreliable transports (RFC 3261 §17.2.1).
        if (reliable) return;
        this.retransmission = side.wheel.start(this.interval, onTimerG, this);
        this.interval = doubled(this.interval, side.timers);
        return;
      case 'start-timer-h':
        this.patience = side.wheel.start(lifetime(side.timers), onTimerH, this);
        return;
      case 'start-timer-i':
        // It absorbs ACKs and answers nothing.
        this.bytes = undefined;
        if (reliable) this.onTimer('timer-i');
        else this.patience = side.wheel.start(side.timers.t4, onTimerI, this);
        return;
      case 'start-timer-l':
        // An INVITE that comes again is absorbed: the response is not kept half a minute for nothing (RFC 6026 §7.1).
        this.bytes = undefined;
        this.patience = side.wheel.start(lifetime(side.timers), onTimerL, this);
        return;
      case 'keep':
        this.bytes = undefined;
        this.isKept = true;
        side.keep(this, noBytes);
        return;
      case 'stop-timers':
        this.retransmission?.cancel();
        this.patience?.cancel();
        // No CANCEL is told of any more: who asked for them need not be held (RFC 3261 §9.2).
        if (this.state !== 'proceeding') this.canceller = undefined;
        return;
      case 'report-failure':
        side.reportUnacknowledged(this);
        return;
      case 'forget':
        side.forget(this);
        return;
      default:
        unreachable(action);
    }
  }

  private transmit(reply: Reply, toTag: string | undefined): void {
    this.sendNew(this.side.write(this.request, this.flow, reply, toTag));
  }

  private transmitRelayed(response: RelayedResponse): void {
    this.sendNew(this.side.relayed(response));
  }

  private sendNew(bytes: Buffer): void {
    if (this.state !== 'accepted') this.bytes = bytes;
    this.side.transmit(this.request, this.flow, bytes, false);
  }
}

const inputOf = (status: number): Input => (status < 200 ? 'provisional' : status < 300 ? 'success' : 'failure');

function tagIn(response: Buffer): string | undefined {
  const parsed = parseMessage(response);
  return parsed.ok ? /;\s*tag\s*=\s*([^;\s]+)/i.exec(parsed.value.headers.first('to') ?? '')?.[1] : undefined;
}

const perform = (transaction: InviteServerTransaction, action: Action): void => {
  transaction.act(action);
};
const fires =
  (input: Input) =>
  (transaction: InviteServerTransaction): void => {
    transaction.onTimer(input);
  };
const onTryingDue = fires('trying-due');
const onTimerG = fires('timer-g');
const onTimerH = fires('timer-h');
const onTimerI = fires('timer-i');
const onTimerL = fires('timer-l');
