import type { Timer } from '../../kernel/clock.ts';
import { milliseconds } from '../../kernel/clock.ts';
import { unreachable } from '../../kernel/result.ts';
import type { Flow } from '../flow.ts';
import type { RelayedResponse } from '../forwarding.ts';
import type { Reply } from '../reply.ts';
import type { SipRequest } from '../wire/message.ts';
import { nonInviteServer } from './non-invite-server.ts';
import type { Action, Input, State } from './non-invite-server.ts';
import type { RequestIdentity } from './identity.ts';
import { run } from './run.ts';
import type { ServerSide, ServerTransaction } from './server-side.ts';
import { lifetime, tryingIsDue } from './timers.ts';
import { trying } from './trying.ts';

/**
 * One non-INVITE server transaction, from request to final response. State Completed is not lived here: the response
 * goes to `ServerSide.keep` (completed.ts) and the object is let go, since Timer J would hold hundreds of thousands of
 * them.
 *
 * A class, since the hot path makes one for each request: its methods are shared and its shape is fixed.
 */
export class NonInviteServerTransaction implements ServerTransaction {
  state: State = 'trying';
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
  private bytes: Buffer | undefined = undefined;
  private timer: Timer | undefined = undefined;

  constructor(side: ServerSide, request: SipRequest, flow: Flow, identity: RequestIdentity) {
    this.side = side;
    this.request = request;
    this.flow = flow;
    this.groupHigh = identity.groupHigh;
    this.groupLow = identity.groupLow;
    this.way = identity.way;
    this.method = identity.method;
    this.tag = request.to.tag;
  }

  get isCancellable(): boolean {
    return false;
  }

  get live(): boolean {
    return this.state === 'trying' || this.state === 'proceeding';
  }

  get toTag(): string | undefined {
    return this.tag;
  }

  respond(reply: Reply): void {
    // Only 100 may be sent, and only when it is due, which this transaction knows itself (RFC 4320 §4.1).
    if (reply.status < 200) return;
    this.reply = reply;
    this.input('final');
    this.reply = undefined;
  }

  relay(response: RelayedResponse): void {
    if (response.status < 200) return;
    this.relayed = response;
    this.input('final');
    this.relayed = undefined;
  }

  /** A CANCEL changes nothing here (RFC 3261 §9.2). */
  onCancel(): void {}

  cancelled(): void {}

  release(): void {
    this.input('release');
  }

  onRequest(): void {
    this.input('request');
  }

  onAck(): boolean {
    return true;
  }

  await(): void {
    this.timer = this.side.wheel.start(tryingIsDue(this.side.timers), onTryingDue, this);
  }

  onTimer(input: 'trying-due' | 'timer-f-of-client'): void {
    this.timer = undefined;
    this.input(input);
  }

  private input(input: Input): void {
    run(nonInviteServer, this, input, perform);
  }

  act(action: Action): void {
    const side = this.side;
    switch (action) {
      case 'send': {
        this.timer?.cancel();
        if (this.relayed !== undefined) this.transmitRelayed(this.relayed);
        if (this.reply === undefined) return;
        this.tag ??= this.reply.toTag ?? side.newTag();
        this.transmit(this.reply, this.tag);
        return;
      }
      case 'send-100':
        this.transmit(trying(this.request), undefined);
        return;
      case 'resend':
        if (this.bytes !== undefined) side.transmit(this.request, this.flow, this.bytes, true);
        return;
      case 'start-timer-f-of-client': {
        const { timers } = side;
        const left = milliseconds(lifetime(timers) - tryingIsDue(timers));
        this.timer = side.wheel.start(left, onClientGone, this);
        return;
      }
      case 'start-timer-j':
        // Zero over reliable transports (RFC 3261 §17.2.2).
        if (this.flow.transport.reliable) this.input('timer-j');
        else if (this.bytes !== undefined) side.keep(this, this.bytes);
        return;
      case 'stop-timers':
        this.timer?.cancel();
        return;
      case 'forget':
        side.forget(this);
        return;
      default:
        unreachable(action);
    }
  }

  private transmit(reply: Reply, toTag: string | undefined): void {
    const bytes = this.side.write(this.request, this.flow, reply, toTag);
    this.bytes = bytes;
    this.side.transmit(this.request, this.flow, bytes, false);
  }

  private transmitRelayed(response: RelayedResponse): void {
    this.bytes = this.side.relayed(response);
    this.side.transmit(this.request, this.flow, this.bytes, false);
  }
}

const perform = (transaction: NonInviteServerTransaction, action: Action): void => {
  transaction.act(action);
};
const onTryingDue = (transaction: NonInviteServerTransaction): void => {
  transaction.onTimer('trying-due');
};
const onClientGone = (transaction: NonInviteServerTransaction): void => {
  transaction.onTimer('timer-f-of-client');
};
