import type { Timer } from '../kernel/clock.ts';
import {
  badRequest,
  requestTerminated,
  requestTimeout,
  serverError,
  temporarilyUnavailable,
} from '../sip-stack/refusals.ts';
import { relayedOf } from '../sip-stack/relayed.ts';
import type { CancelListener, Responder } from '../sip-stack/responder.ts';
import { trying } from '../sip-stack/transaction/trying.ts';
import type { HeaderPair, SipRequest, SipResponse } from '../sip-stack/wire/message.ts';
import { BestResponse } from './best-response.ts';
import type { Target } from './call.ts';
import type { Engine } from './engine.ts';
import { CollectedEdits, editedLines } from './header-edits.ts';
import type { LegListener } from './leg.ts';
import { Leg } from './leg.ts';
import { nextHopOf } from './next-hop.ts';
import type { ProxyRequest } from './proxy-request.ts';
import { withoutTried } from './recursion.ts';
import { TargetQueue } from './target-queue.ts';

/** Why other phones stop ringing, which then do not show a missed call (RFC 3326 §2). */
const answeredElsewhere: readonly HeaderPair[] = [['Reason', 'SIP;cause=200;text="Call completed elsewhere"']];
const refusedEverywhere: readonly HeaderPair[] = [['Reason', 'SIP;cause=603;text="Declined elsewhere"']];
const noReason: readonly HeaderPair[] = [];

/**
 * The response context (RFC 3261 §16.2, §16.7): tries the targets of one request, group after group, and makes one final
 * response of what they say, or passes on every 2xx of an INVITE. A class, since there is one for each request sent on.
 */
export class ResponseContext implements LegListener, CancelListener {
  private readonly engine: Engine;
  private readonly call: ProxyRequest;
  private readonly responder: Responder;
  private readonly queue: TargetQueue;
  private readonly best = new BestResponse();
  private readonly open: Leg[] = [];
  /** Targets of the group that wait for room within Max-Breadth. */
  private group: Target[] = [];
  private share = 1;
  private roomForLegs = 1;
  private groupTimer: Timer | undefined = undefined;
  /** Whether anything has gone out as the final response, or never will. */
  private isDone = false;
  private isCancelled = false;

  constructor(engine: Engine, call: ProxyRequest, responder: Responder) {
    this.engine = engine;
    this.call = call;
    this.responder = responder;
    this.queue = new TargetQueue(call.targets, engine.config.branchesMax);
  }

  start(): void {
    if (this.call.isInvite) this.call.canceller = this;
    this.advance();
  }

  /** Starts what may be started; with nothing left to wait for, concludes. */
  private advance(): void {
    if (this.isDone) return;
    if (this.open.length === 0 && this.group.length === 0) this.takeGroup();
    while (this.open.length < this.roomForLegs) {
      const target = this.group.shift();
      if (target === undefined) break;
      this.begin(target);
    }
    if (this.open.length === 0) this.conclude();
  }

  /** Divides Max-Breadth among the group; what does not fit in waits until a branch has ended (RFC 5393 §5.3.3). */
  private takeGroup(): void {
    this.group = [...this.queue.nextGroup()];
    if (this.group.length === 0) return;
    const { breadth } = this.call.original;
    this.roomForLegs = Math.min(breadth, this.group.length);
    this.share = Math.floor(breadth / this.roomForLegs);
    this.groupTimer?.cancel();
    this.groupTimer = undefined;
    const { nextGroupAfter } = this.engine.config;
    if (this.call.isInvite && nextGroupAfter > 0 && !this.queue.isEmpty)
      this.groupTimer = this.engine.wheel.start(nextGroupAfter, groupRangLongEnough, this);
  }

  private begin(target: Target): void {
    const hop = nextHopOf(target, this.call.route);
    if (hop === undefined) {
      this.finish(() => {
        this.responder.respond(badRequest('Malformed Route'));
      }, 400);
      return;
    }
    const leg = new Leg(this.engine, this.call, target, hop, this.share, this);
    this.open.push(leg);
    // The client is not to send again while a name is looked up (RFC 3261 §16.2).
    if (!leg.begin() && this.call.isInvite) this.responder.respond(trying(this.call.incoming.request));
  }

  onProvisional(response: SipResponse): void {
    if (!this.isDone) this.relay(response, noReason);
  }

  onFurtherSuccess(response: SipResponse): void {
    this.relay(response, noReason);
  }

  onFinal(leg: Leg, response: SipResponse): void {
    this.close(leg);
    const { status } = response;
    if (status < 300) {
      this.succeed(response);
      return;
    }
    if (this.isDone) return;
    if (status >= 600) this.giveUpOthers(refusedEverywhere);
    const goesOn = status === 430 || status === 408 ? this.tryNextFlow(leg, status === 430) : false;
    if (!goesOn) {
      this.queue.answered(leg.target.device);
      this.judge(leg, response);
    }
    this.advance();
  }

  onSilence(leg: Leg, status: 408 | 503): void {
    this.close(leg);
    if (this.isDone) return;
    if (!this.tryNextFlow(leg, status === 503)) this.best.add({ status, response: undefined });
    this.advance();
  }

  /** The other way to the same device, when this one is dead or silent (RFC 5626 §7). */
  private tryNextFlow({ target, isPassedOver }: Leg, isDead: boolean): boolean {
    const { localAor } = this.call;
    if (isDead && (target.flow !== '' || target.path.length > 0) && localAor !== undefined && !this.isCancelled) {
      this.engine.counts.flowsFailed.add();
      this.engine.locations.flowFailed(localAor, target);
    }
    const next = isPassedOver || this.isCancelled ? undefined : this.queue.nextFlow(target.device);
    if (next === undefined) return false;
    this.group.unshift(next);
    return true;
  }

  /** Adds a response to the context, its contacts to the targets where we are to follow them (RFC 3261 §16.7 step 4). */
  private judge({ isPassedOver }: Leg, response: SipResponse): void {
    const { status } = response;
    if (isPassedOver && status === 487) return;
    if (status >= 400 || !this.call.recurse || this.isCancelled) {
      this.best.add({ status, response });
      return;
    }
    const left = withoutTried(response, this.call, this.queue);
    if (left !== undefined) this.best.add({ status, response: left });
  }

  /** Every 2xx goes on at once, and of another method than INVITE there is but one (RFC 3261 §16.7 steps 5 and 10). */
  private succeed(response: SipResponse): void {
    if (this.isDone && !this.call.isInvite) return;
    this.relay(response, noReason);
    if (this.isDone) return;
    this.isDone = true;
    this.engine.counts.answered(response.status);
    if (this.call.cancelOthers) this.giveUpOthers(answeredElsewhere);
    else this.stopSearching();
    this.end();
  }

  /** The client has given up (RFC 3261 §16.10). */
  onCancel(cancel: SipRequest): void {
    if (this.isDone || this.isCancelled) return;
    this.isCancelled = true;
    const reasons = cancel.headers.all('reason');
    this.giveUpOthers(reasons.length === 0 ? noReason : reasons.map((value): HeaderPair => ['Reason', value]));
    if (this.open.length === 0) this.conclude();
  }

  /** The group has rung long enough while another one waits. */
  onGroupTimer(): void {
    this.groupTimer = undefined;
    if (this.isDone || this.queue.isEmpty) return;
    this.group.length = 0;
    for (const leg of this.open) {
      leg.isPassedOver = true;
      leg.cancel(noReason);
    }
  }

  private giveUpOthers(reason: readonly HeaderPair[]): void {
    this.stopSearching();
    for (const leg of this.open) leg.cancel(reason);
  }

  private stopSearching(): void {
    this.queue.clear();
    this.group.length = 0;
    this.groupTimer?.cancel();
    this.groupTimer = undefined;
  }

  private close(leg: Leg): void {
    const at = this.open.indexOf(leg);
    if (at >= 0) this.open.splice(at, 1);
  }

  /** All targets have ended and none has accepted: the best of what they said goes back (RFC 3261 §16.7 step 6). */
  private conclude(): void {
    if (this.isDone) return;
    const { best } = this.best;
    const response = best?.response;
    const status = best?.status ?? 408;
    // Cancelled, and nobody was left to say 487.
    if (this.isCancelled && response === undefined) this.finish(() => this.responder.respond(requestTerminated()), 487);
    else if (status === 408 && !this.call.isInvite) this.fallSilent();
    else if (status === 503) this.finish(() => this.responder.respond(this.unreachable()), 503);
    // For registrars and proxies alone: a client learns that nobody is there (RFC 5626 §11.5).
    else if (status === 430) this.finish(() => this.responder.respond(temporarilyUnavailable()), 480);
    else if (response === undefined) this.finish(() => this.responder.respond(requestTimeout()), 408);
    else this.finish(() => this.relay(response, this.best.furtherChallenges), status);
  }

  /** 503 would say that we cannot do anything for anybody (RFC 3261 §16.7 step 6). */
  private unreachable(): ReturnType<typeof serverError> {
    const isGone = this.best.best?.response === undefined && this.call.targets.every(({ flow }) => flow !== '');
    return isGone ? temporarilyUnavailable() : serverError('Next Hop Unavailable');
  }

  /** No 408 to other methods than INVITE: the client has given up by now, and knows it (RFC 4320 §4.2). */
  private fallSilent(): void {
    this.isDone = true;
    this.engine.counts.unanswered.add();
    this.end();
  }

  private finish(respond: () => void, status: number): void {
    if (this.isDone) return;
    this.isDone = true;
    this.stopSearching();
    respond();
    if (this.isCancelled) this.engine.counts.cancelled.add();
    else this.engine.counts.answered(status);
    this.end();
  }

  private end(): void {
    this.groupTimer?.cancel();
    const { notes, incoming } = this.call;
    if (notes !== undefined)
      this.engine.log.debug('proxy-notes', { callId: incoming.request.callId, notes: notes.join('; ') });
  }

  /** Passes a response on as it is, but for what steps want changed in it (RFC 3261 §16.7 step 9). */
  private relay(response: SipResponse, more: readonly HeaderPair[]): void {
    const relayed = relayedOf(response);
    if (relayed === undefined) return;
    const { responseEdits } = this.call;
    if (responseEdits === undefined && more.length === 0) {
      this.responder.relay(relayed);
      return;
    }
    const edits = new CollectedEdits();
    for (const edit of responseEdits ?? []) edit(response, edits);
    for (const [name, value] of more) edits.append(name, value);
    this.responder.relay(
      edits.isEmpty ? relayed : (relayedOf(response, (section) => editedLines(section, edits)) ?? relayed),
    );
  }
}

const groupRangLongEnough = (context: ResponseContext): void => {
  context.onGroupTimer();
};
