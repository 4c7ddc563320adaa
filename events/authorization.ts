import type { Aor } from '../kernel/aor.ts';
import { transition } from '../kernel/machine.ts';
import type { LiveSubscription } from './live.ts';
import { owe, owed, statusOf } from './live.ts';
import type { Notifier } from './notifier.ts';
import type { Pace } from './pace.ts';
import type { EventPackage, EventPackages } from './package.ts';
import type { Renderings } from './renderings.ts';
import { inputOf, resourceOf, subscriptionMachine, watcherOf } from './subscription.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { SubscriptionRow } from './tables.ts';

/** Asks the rules again for subscriptions that live already (RFC 6665 §4.2.1.3, RFC 3856 §6.6.2). */
export interface Authorization {
  /** The rules of a resource may have changed: acts on its subscriptions at once. */
  reauthorize(eventPackage: string, resource: Aor): void;
  /**
   * Asks for one subscription, as after a restart.
   *
   * @returns false when it has ended
   */
  review(live: LiveSubscription, eventPackage: EventPackage): boolean;
}

export function createAuthorization(deps: {
  readonly packages: EventPackages;
  readonly subscriptions: Subscriptions;
  readonly renderings: Renderings;
  readonly notifier: Notifier;
  readonly pace: Pace;
  /** Names the view of a row. */
  readonly viewOf: (row: SubscriptionRow) => string;
}): Authorization {
  const review = (live: LiveSubscription, eventPackage: EventPackage): boolean => {
    const { row } = live;
    const handling = eventPackage.authorize(watcherOf(row), resourceOf(row));
    const step = transition(subscriptionMachine, statusOf(live), inputOf[handling]);
    if (step === undefined || step.to === 'terminated') {
      deps.notifier.end(live, 'denied');
      return false;
    }
    if (handling !== row.handling) deps.subscriptions.note(live, { ...row, handling, state: step.to });
    live.view = deps.viewOf(live.row);
    return true;
  };

  return {
    review,
    reauthorize(name, resource) {
      const eventPackage = deps.packages.find(name);
      if (eventPackage === undefined) return;
      deps.renderings.forget(eventPackage.name, resource);
      for (const row of deps.subscriptions.rowsOf(eventPackage.name, resource)) {
        const live = deps.subscriptions.liveOf(row);
        if (!review(live, eventPackage)) continue;
        // A change of state alone changes the tag: whoever sees nothing new is not notified.
        owe(live, owed.change);
        deps.pace.soon(live);
      }
    },
  };
}
