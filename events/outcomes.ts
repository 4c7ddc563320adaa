import type { Milliseconds } from '../kernel/clock.ts';
import { milliseconds } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import { transition } from '../kernel/machine.ts';
import { unreachable } from '../kernel/result.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import type { Outcome } from '../sip-stack/outgoing.ts';
import type { Figures } from './figures.ts';
import type { LiveSubscription, OutcomeKeeper } from './live.ts';
import { owe, owed, statusOf } from './live.ts';
import { outcomeText, retryAfterOf, verdictOf } from './outcome.ts';
import type { Pace } from './pace.ts';
import type { Settling } from './settling.ts';
import { subscriptionMachine } from './subscription.ts';
import type { Subscriptions } from './subscriptions.ts';
import { release } from './turns.ts';

export interface OutcomesDeps {
  readonly wheel: TimerWheel;
  readonly log: Log;
  readonly figures: Figures;
  readonly subscriptions: Subscriptions;
  readonly pace: Pace;
  readonly settling: Settling;
}

export interface RetryConfig {
  readonly notifyRetryDelay: Milliseconds;
}

/** Longest wait before a retry, whatever Retry-After says. */
const retryDelayMax = 3_600_000;

/** Draws the consequences of how a NOTIFY ended (RFC 6665 §4.2.2). */
export function createOutcomes(deps: OutcomesDeps, config: RetryConfig): OutcomeKeeper {
  const { figures, log, pace, settling, subscriptions } = deps;

  const taken = (live: LiveSubscription, verdict: 'accepted' | 'refused'): void => {
    live.retries = 0;
    // A document that was refused is not offered a second time (RFC 5057 §5.1, "transaction only").
    live.knownTag = live.sentTag;
    if (verdict === 'refused')
      log.debug('notify-refused', { package: live.row.eventPackage, watcher: live.row.watcher });
    if ((live.paying & owed.ending) !== 0) subscriptions.forget(live);
    else if (live.stored) settling.agreed(live);
  };

  const retryNow = (live: LiveSubscription): void => {
    live.retryTimer = undefined;
    pace.soon(live);
  };
  const retry = (live: LiveSubscription, outcome: Outcome): void => {
    if (live.retries >= limits.notifyRetriesMax) {
      figures.notified(live.row.eventPackage, 'given-up');
      fail(live, outcome);
      return;
    }
    const patience = Math.max(config.notifyRetryDelay * 4 ** live.retries, retryAfterOf(outcome) * 1000);
    live.retries += 1;
    // What the watcher has is not known any more: the newest state is owed in any case.
    live.knownTag = '';
    owe(live, live.ending === undefined ? owed.state : owed.ending);
    live.retryTimer = deps.wheel.start(milliseconds(Math.min(patience, retryDelayMax)), retryNow, live);
  };

  /** The watcher is gone: no NOTIFY will reach it. */
  const fail = (live: LiveSubscription, outcome: Outcome): void => {
    const { row, retries } = live;
    if (transition(subscriptionMachine, statusOf(live), 'notify-failed') !== undefined) {
      const { eventPackage, resource, watcher } = row;
      log.info('subscription-lost', {
        package: eventPackage,
        resource,
        watcher,
        outcome: outcomeText(outcome),
        retries,
      });
      subscriptions.endUnasked(live);
    }
    subscriptions.forget(live);
  };
  const failAll = (live: LiveSubscription, outcome: Outcome): void => {
    let each = live.dialog.first;
    while (each !== undefined) {
      const { sibling } = each;
      fail(each, outcome);
      each = sibling;
    }
  };

  return {
    outcomeOf(live, outcome) {
      const verdict = verdictOf(outcome);
      figures.notified(live.row.eventPackage, verdict);
      switch (verdict) {
        case 'accepted':
        case 'refused':
          taken(live, verdict);
          break;
        case 'lost':
          retry(live, outcome);
          break;
        case 'usage-gone':
          fail(live, outcome);
          break;
        case 'dialog-gone':
          failAll(live, outcome);
          break;
        default:
          unreachable(verdict);
      }
      release(live, pace);
    },
  };
}
