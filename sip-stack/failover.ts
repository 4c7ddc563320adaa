import type { Milliseconds, Timer } from '../kernel/clock.ts';
import { milliseconds } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { Meter } from '../kernel/meter.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import type { Candidates, CandidateSource } from './candidates.ts';
import type { Defects } from './defects.ts';
import { failureOf } from './destination-failure.ts';
import type { Branch } from './forwarding.ts';
import type { Destination, Outcome, OutcomeListener, OutgoingRequest, RequestSender } from './outgoing.ts';
import type { HeaderPair, SipResponse } from './wire/message.ts';

/** One request that can be sent to several destinations: each time as a new client transaction (RFC 3263 §4.3). */
export interface Attempts {
  /**
   * Starts a client transaction. Asked once for each destination, so that what depends on the transport (Record-Route) can
   * be written for it.
   *
   * @param listener  to be handed on to `RequestSender.send` or `Forwarder.forward`
   * @returns the branch where there is one
   */
  start(towards: Destination, listener: OutcomeListener): Branch | undefined;
}

/** Sends a request to one destination after another until one answers (RFC 3263 §4.3). */
export interface Failover {
  /**
   * The next destination is tried after a transport error, after a 503, and when there was no response at all; a request
   * that was cancelled goes nowhere else.
   *
   * @param listener  told once how it ended: the outcome of the destination that answered, else of the last one tried; a
   *                  'transport-error' with the reason of `candidates` when there is none, or with `cancelledUnsent`.
   *                  Never called before `send` has returned.
   * @returns stands for all the transactions: cancels or gives up the one there is, and ends the search
   */
  send(candidates: Candidates, attempts: Attempts, listener: OutcomeListener): Branch;
}

/** Reason of the transport error that is told of a request which was cancelled before it was sent anywhere. */
export const cancelledUnsent = 'Cancelled Before It Was Sent';

export interface FailoverDeps {
  readonly wheel: TimerWheel;
  readonly defects: Defects;
  readonly meter: Meter;
  readonly source: Pick<CandidateSource, 'failed'>;
}

export interface FailoverConfig {
  /**
   * How long a destination may leave a request without any response while there is another one to try; 0 for as long as
   * its transaction lasts (RFC 3263 §4.3: Timers B and F). Read at the point of use.
   */
  readonly failoverAfter: Milliseconds;
}

export function createFailover(deps: FailoverDeps, config: FailoverConfig): Failover {
  const failovers = deps.meter.counter(
    'pharos_sip_failovers_total',
    'Requests sent again to a further destination after one failed (RFC 3263 §4.3)',
  );
  const context: Context = { ...deps, config, countFailover: () => failovers.add() };
  return {
    send(candidates, attempts, listener) {
      const search = new Search(context, candidates, attempts, listener);
      search.goOn();
      return search;
    },
  };
}

/**
 * A sender that goes on to the other addresses of a destination found by name (`Destination.others`). A flow or a numeric
 * address costs one comparison more than without it.
 */
export function createFailoverSender(failover: Failover, sender: RequestSender): RequestSender {
  return {
    send(request, towards, listener) {
      if (towards.kind === 'flow' || towards.others === undefined || request.method === 'ACK')
        sender.send(request, towards, listener);
      else failover.send(startingWith(towards, towards.others), attemptsOf(sender, request), listener);
    },
  };
}

const attemptsOf = (sender: RequestSender, request: OutgoingRequest): Attempts => ({
  start(towards, listener) {
    sender.send(request, towards, listener);
    return undefined;
  },
});

function startingWith(first: Destination, others: Candidates): Candidates {
  let given = false;
  return {
    reason: '',
    get more() {
      return others.more !== false;
    },
    next() {
      if (given) return others.next();
      given = true;
      return first;
    },
  };
}

interface Context extends FailoverDeps {
  readonly config: FailoverConfig;
  countFailover(): void;
}

/** The search of one request for a destination that answers. A class: one object for each request forwarded. */
class Search implements Branch {
  private readonly context: Context;
  private readonly candidates: Candidates;
  private readonly attempts: Attempts;
  readonly listener: OutcomeListener;
  /** The attempt whose outcome counts; the others are heard no more. */
  private current: Attempt | undefined = undefined;
  /** What it came to when that was known during a look-up. */
  private latest: Outcome | undefined = undefined;
  private tried = 0;
  private ended = false;
  private looking = false;
  private cancelled = false;

  constructor(context: Context, candidates: Candidates, attempts: Attempts, listener: OutcomeListener) {
    this.context = context;
    this.candidates = candidates;
    this.attempts = attempts;
    this.listener = listener;
  }

  /** Looks for a destination and sends the request there; with none left the last outcome stands. */
  goOn(last?: Outcome): void {
    const found = this.tried < limits.candidatesMax ? this.candidates.next() : undefined;
    if (!(found instanceof Promise)) {
      this.tryAt(found, last);
      return;
    }
    this.looking = true;
    found.then(
      (destination) => {
        this.looking = false;
        this.tryAt(destination, last);
      },
      (error: unknown) => {
        this.looking = false;
        this.context.defects.report('failover-failed', error);
        this.tryAt(undefined, last);
      },
    );
  }

  private tryAt(destination: Destination | undefined, last: Outcome | undefined): void {
    if (this.ended) return;
    if (destination === undefined || this.cancelled) {
      // While the one before is still waited for, its own outcome ends the search.
      if (this.current?.waiting !== true) this.endSoon(last ?? this.nowhere());
      return;
    }
    if (this.current?.waiting === true) this.current.giveUp();
    if (this.tried > 0) this.context.countFailover();
    this.tried += 1;
    const attempt = new Attempt(this, destination);
    this.current = attempt;
    try {
      attempt.branch = this.attempts.start(destination, attempt);
    } catch (error) {
      this.context.defects.report('failover-failed', error);
      this.endSoon(last ?? { kind: 'transport-error', reason: 'Defect' });
      return;
    }
    const { failoverAfter } = this.context.config;
    if (this.candidates.more !== false && failoverAfter > 0)
      attempt.timer = this.context.wheel.start(failoverAfter, silent, attempt);
  }

  isCurrent(attempt: Attempt): boolean {
    return !this.ended && this.current === attempt;
  }

  /** An attempt has had no response for too long: another destination is tried if there is one. */
  onSilence(attempt: Attempt): void {
    if (!this.isCurrent(attempt) || this.cancelled || this.looking) return;
    this.context.source.failed(attempt.destination);
    this.goOn();
  }

  onOutcome(attempt: Attempt, outcome: Outcome): void {
    const failure = failureOf(outcome, attempt.answered);
    if (failure === undefined) {
      this.end(outcome);
      return;
    }
    if (failure.remember) this.context.source.failed(attempt.destination, failure.retryAfter);
    if (this.cancelled) this.end(outcome);
    // A look-up that began when it fell silent finds that it waits no more, and goes on.
    else if (this.looking) this.latest = outcome;
    else this.goOn(outcome);
  }

  private nowhere(): Outcome {
    if (this.latest !== undefined) return this.latest;
    return { kind: 'transport-error', reason: this.cancelled ? cancelledUnsent : this.candidates.reason };
  }

  cancel(headers?: readonly HeaderPair[]): void {
    if (this.ended || this.cancelled) return;
    this.cancelled = true;
    if (this.current?.waiting === true) this.current.branch?.cancel(headers);
    else this.endSoon(this.nowhere());
  }

  abandon(): void {
    if (this.ended) return;
    this.ended = true;
    this.current?.giveUp();
  }

  private end(outcome: Outcome): void {
    if (this.ended) return;
    this.ended = true;
    this.listener.onOutcome(outcome);
  }

  /** After the caller has returned, since nobody may be told before. */
  private endSoon(outcome: Outcome): void {
    if (this.ended) return;
    this.ended = true;
    const { wheel, defects } = this.context;
    wheel.start(
      milliseconds(0),
      (listener) => {
        try {
          listener.onOutcome(outcome);
        } catch (error) {
          defects.report('outcome-listener-failed', error);
        }
      },
      this.listener,
    );
  }
}

/** One transaction of a search, and its listener. */
class Attempt implements OutcomeListener {
  readonly destination: Destination;
  branch: Branch | undefined = undefined;
  timer: Timer | undefined = undefined;
  /** Whether any response has come. */
  answered = false;
  waiting = true;
  private readonly search: Search;

  constructor(search: Search, destination: Destination) {
    this.search = search;
    this.destination = destination;
  }

  onProvisional(response: SipResponse): void {
    this.settle();
    this.answered = true;
    if (this.search.isCurrent(this)) this.search.listener.onProvisional?.(response);
  }

  onFurtherSuccess(response: SipResponse): void {
    this.search.listener.onFurtherSuccess?.(response);
  }

  onOutcome(outcome: Outcome): void {
    this.settle();
    this.waiting = false;
    if (this.search.isCurrent(this)) this.search.onOutcome(this, outcome);
  }

  fallenSilent(): void {
    this.timer = undefined;
    this.search.onSilence(this);
  }

  giveUp(): void {
    this.settle();
    this.waiting = false;
    this.branch?.abandon();
  }

  private settle(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }
}

const silent = (attempt: Attempt): void => {
  attempt.fallenSilent();
};
