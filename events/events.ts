import type { Aor } from '../kernel/aor.ts';
import type { Clock, Instant, Scheduler, Tokens } from '../kernel/clock.ts';
import { milliseconds, millisecondsAfter } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import type { Store } from '../db/store.ts';
import type { Handler } from '../sip-stack/incoming.ts';
import type { RequestSender } from '../sip-stack/outgoing.ts';
import { createAuthorization } from './authorization.ts';
import { createFigures } from './figures.ts';
import type { SubscriptionFilter, SubscriptionReport } from './listing.ts';
import { listSubscriptions, reportOf } from './listing.ts';
import { owe, owed } from './live.ts';
import { createLiveDialogs } from './live-dialogs.ts';
import type { Locate, OwnContact } from './locate-port.ts';
import { createNotifier } from './notifier.ts';
import { createOutcomes } from './outcomes.ts';
import { createPace } from './pace.ts';
import type { EventPackages } from './package.ts';
import { createRenderings } from './renderings.ts';
import type { Resumed } from './resume.ts';
import { resumeSubscriptions } from './resume.ts';
import type { EventsConfig } from './settings.ts';
import { createSettling } from './settling.ts';
import { createSubscribe } from './subscribe.ts';
import type { EndingInput } from './subscription.ts';
import { factsOf, handlingOf } from './subscription.ts';
import { createSubscriptions } from './subscriptions.ts';
import { createSweep } from './sweep.ts';
import type { SubscriptionRow } from './tables.ts';
import { createTextPool } from './text-pool.ts';

/** The event engine: everything RFC 6665 asks of a notifier, for whatever packages it is given. */
export interface Events {
  /** Handles SUBSCRIBE. */
  readonly subscribe: Handler;
  /** Takes up the subscriptions of a former process; call once, after the store is open. */
  resume(): Promise<Resumed>;
  /** Ends what has expired; to be called every second or so. Returns how many rows it saw to. */
  sweep(now: Instant): number;
  /** The rules of a resource may have changed: its subscriptions follow at once. */
  reauthorize(eventPackage: string, resource: Aor): void;
  /** Sends what is owed, waits for answers up to `stopDeadline`. Subscriptions stay: they survive the restart. */
  stop(): Promise<void>;
  /** At most `most` subscriptions; walks all, for operators only. */
  list(filter: SubscriptionFilter, most: number): readonly SubscriptionReport[];
  find(localTag: string, event: string): SubscriptionReport | undefined;
  /** Sends the full state once more; false when there is no such subscription. */
  renotify(localTag: string, event: string): boolean;
  /** Ends one subscription with the reason that belongs to `input`; false when there is none. */
  end(localTag: string, event: string, input: EndingInput): boolean;
}

export interface EventsDeps {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly wheel: TimerWheel;
  readonly tokens: Tokens;
  readonly log: Log;
  readonly meter: Meter;
  /** With the table `subscriptions` of tables.ts; its feed brings the changes. */
  readonly store: Store;
  readonly packages: EventPackages;
  readonly sender: RequestSender;
  readonly locate: Locate;
  readonly transport: OwnContact;
}

/** Milliseconds between two looks at whether everything has left, while stopping. */
const stopPoll = milliseconds(10);

export function createEvents(deps: EventsDeps, config: EventsConfig): Events {
  const { clock, scheduler, log, meter, packages } = deps;
  const figures = createFigures(meter, packages);
  const renderings = createRenderings(limits.renderedViewsMax);
  const shared = createTextPool(limits.sharedTextsMax);
  const viewOf = (row: SubscriptionRow): string =>
    shared(packages.find(row.eventPackage)?.view(factsOf(row), handlingOf(row)) ?? '');
  // Outcomes and the notifier are called back by what they stand on, which is there first.
  const dialogs = createLiveDialogs({
    figures,
    viewOf,
    keeper: {
      outcomeOf(live, outcome) {
        outcomes.outcomeOf(live, outcome);
      },
    },
  });
  const subscriptions = createSubscriptions({ store: deps.store, figures, dialogs });
  const pace = createPace(
    {
      scheduler,
      log,
      attend(live) {
        notifier.attend(live);
      },
    },
    {
      inFlightMax: () => config.notifiesInFlightMax,
      leisurelyPerSecond: config.resumeNotifiesPerSecond,
      perTurnMax: limits.rowsPerTurnMax,
    },
  );
  const settling = createSettling({ clock, subscriptions }, config);
  const outcomes = createOutcomes({ wheel: deps.wheel, log, figures, subscriptions, pace, settling }, config);
  const notifier = createNotifier({ ...deps, figures, renderings, subscriptions, pace, settling, outcomes });
  const authorization = createAuthorization({ packages, subscriptions, renderings, notifier, pace, viewOf });
  const sweep = createSweep({ clock, scheduler, subscriptions, renderings, settling, notifier }, limits);
  deps.store.feed.listen((change) => {
    notifier.changed(change);
  });
  meter.gauge('pharos_events_notifies_in_flight', 'NOTIFY transactions in flight', () => pace.inFlight);
  meter.gauge('pharos_events_notifies_waiting', 'Subscriptions waiting for their NOTIFY', () => pace.waiting);
  meter.gauge('pharos_events_notifies_owed_resumed', 'NOTIFYs owed since the restart', () => pace.waitingLeisurely);

  return {
    subscribe: createSubscribe({ ...deps, subscriptions, notifier, figures, shared, viewOf }, config),
    resume: () =>
      resumeSubscriptions(
        { clock, scheduler, log, packages, subscriptions, renderings, authorization, notifier, pace },
        limits.rowsPerTurnMax,
      ),
    sweep: (now) => sweep.run(now),
    reauthorize(eventPackage, resource) {
      authorization.reauthorize(eventPackage, resource);
    },
    async stop() {
      sweep.stop();
      const deadline = millisecondsAfter(clock.now(), config.stopDeadline);
      while (pace.inFlight + pace.waiting > 0 && clock.now() < deadline) {
        await new Promise<void>((resolve) => {
          scheduler.after(stopPoll, resolve);
        });
      }
      pace.stop();
      settling.flushAll();
    },
    list: (filter, most) => listSubscriptions(subscriptions, filter, most),
    find(localTag, event) {
      const live = subscriptions.find(localTag, event);
      return live === undefined ? undefined : reportOf(live);
    },
    renotify(localTag, event) {
      const live = subscriptions.find(localTag, event);
      if (live === undefined) return false;
      owe(live, owed.state);
      pace.soon(live);
      return true;
    },
    end(localTag, event, input) {
      const live = subscriptions.find(localTag, event);
      if (live === undefined) return false;
      notifier.end(live, input);
      return true;
    },
  };
}
