import type { Timer } from '../kernel/clock.ts';
import type { Destination } from '../sip-stack/destination.ts';
import type { Attempts } from '../sip-stack/failover.ts';
import type { Branch } from '../sip-stack/forwarding.ts';
import type { Outcome, OutcomeListener } from '../sip-stack/outgoing.ts';
import type { HeaderPair, SipResponse } from '../sip-stack/wire/message.ts';
import type { Target } from './call.ts';
import type { Engine } from './engine.ts';
import { keptFlow } from './engine.ts';
import { forwardedOf } from './forward.ts';
import type { NextHop } from './next-hop.ts';
import type { ProxyRequest } from './proxy-request.ts';
import { recordedLines } from './recorded-lines.ts';
import { wayBackOf } from './way-back.ts';

/** Who brings the targets of a request together: its response context. */
export interface LegListener {
  /** A response 101 to 199. */
  onProvisional(response: SipResponse): void;
  onFinal(leg: Leg, response: SipResponse): void;
  /** No response: 408 after a timeout, 503 after a transport error. */
  onSilence(leg: Leg, status: 408 | 503): void;
  /** A 2xx after the first one of this target. */
  onFurtherSuccess(response: SipResponse): void;
}

/**
 * One target of a request that is tried: the client transactions towards its addresses, one after the other, and Timer C. A
 * class, since there is one for each request that is sent on.
 */
export class Leg implements Attempts, OutcomeListener {
  readonly target: Target;
  /** Whether it was cancelled so that the next group of targets gets its turn: its 487 tells nothing. */
  isPassedOver = false;
  private readonly engine: Engine;
  private readonly call: ProxyRequest;
  private readonly hop: NextHop;
  private readonly breadth: number;
  private readonly listener: LegListener;
  private search: Branch | undefined = undefined;
  private timerC: Timer | undefined = undefined;
  /** Whether a provisional response has come. */
  private isPending = false;
  private started = false;

  constructor(
    engine: Engine,
    call: ProxyRequest,
    target: Target,
    hop: NextHop,
    breadth: number,
    listener: LegListener,
  ) {
    this.engine = engine;
    this.call = call;
    this.target = target;
    this.hop = hop;
    this.breadth = breadth;
    this.listener = listener;
  }

  /** @returns whether the request has left already: else a name is being looked up */
  begin(): boolean {
    const { engine, call } = this;
    engine.counts.branches.add();
    if (call.isInvite) this.startTimerC();
    this.search = engine.failover.send(engine.candidates(this.hop.towards, this.target.flow), this, this);
    return this.started;
  }

  cancel(headers: readonly HeaderPair[]): void {
    this.search?.cancel(headers);
  }

  start(towards: Destination, listener: OutcomeListener): Branch {
    this.started = true;
    const { engine, call, hop } = this;
    const recorded = call.isRecorded ? recordedLines(engine, call, hop, towards, keptFlow(towards)) : '';
    const isRerouted = call.isRerouted || hop.routes !== call.route;
    const { editsMade } = call;
    const request = forwardedOf(call.original, {
      hop,
      isRerouted,
      recorded,
      breadth: this.breadth,
      edits: editsMade,
      wayBack: call.isInvite ? wayBackOf(engine, call) : '',
    });
    return engine.forwarder.forward(request, towards, listener);
  }

  onProvisional(response: SipResponse): void {
    this.isPending = true;
    // 100 is of the last hop alone, and says nothing of how long it will ring (RFC 3261 §16.7 steps 2 and 5).
    if (response.status === 100) return;
    if (this.timerC !== undefined) this.startTimerC();
    this.listener.onProvisional(response);
  }

  onFurtherSuccess(response: SipResponse): void {
    this.listener.onFurtherSuccess(response);
  }

  onOutcome(outcome: Outcome): void {
    this.stopTimerC();
    switch (outcome.kind) {
      case 'final':
        this.listener.onFinal(this, outcome.response);
        return;
      case 'timeout':
        this.listener.onSilence(this, 408);
        return;
      case 'transport-error':
        this.call.note(`${this.target.uri}: ${outcome.reason}`);
        this.listener.onSilence(this, 503);
        return;
    }
  }

  /** CANCEL when a provisional response has come, else as if 408 had come (RFC 3261 §16.8). */
  onTimerC(): void {
    this.timerC = undefined;
    const { counts, log } = this.engine;
    counts.timerC.add();
    log.info('proxy-timer-c', { uri: this.target.uri.slice(0, 200), callId: this.call.incoming.request.callId });
    if (this.isPending) {
      this.search?.cancel();
      return;
    }
    this.search?.abandon();
    this.listener.onSilence(this, 408);
  }

  private startTimerC(): void {
    this.stopTimerC();
    this.timerC = this.engine.wheel.start(this.engine.config.timerC, timerCFires, this);
  }

  private stopTimerC(): void {
    this.timerC?.cancel();
    this.timerC = undefined;
  }
}

const timerCFires = (leg: Leg): void => {
  leg.onTimerC();
};
