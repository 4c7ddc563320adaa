import type { Counter, Meter } from '../kernel/meter.ts';
import type { EventPackages } from './package.ts';
import type { SubscriptionRow } from './tables.ts';
import type { Verdict } from './outcome.ts';

/** How a SUBSCRIBE ended, as a label. */
export type SubscribeResult = 'new' | 'refresh' | 'fetch' | 'unsubscribe' | 'refused';

/** Figures of the engine, by package. */
export interface Figures {
  subscribed(eventPackage: string, result: SubscribeResult): void;
  /** A NOTIFY ended this way, or was not sent because nothing new was to be said. */
  notified(eventPackage: string, result: Verdict | 'unchanged' | 'given-up'): void;
  /** A subscription with this row lives from now on. */
  entered(row: SubscriptionRow): void;
  left(row: SubscriptionRow): void;
}

export function createFigures(meter: Meter, packages: EventPackages): Figures {
  const byPackage = new Map<string, PackageFigures>();
  for (const { name } of packages.all) byPackage.set(name, packageFigures(meter, name));
  return {
    subscribed(eventPackage, result) {
      byPackage.get(eventPackage)?.subscribes[result].add();
    },
    notified(eventPackage, result) {
      byPackage.get(eventPackage)?.notifies[result].add();
    },
    entered(row) {
      const figures = byPackage.get(row.eventPackage);
      if (figures === undefined) return;
      if (row.state === 'pending') figures.pending += 1;
      else figures.active += 1;
    },
    left(row) {
      const figures = byPackage.get(row.eventPackage);
      if (figures === undefined) return;
      if (row.state === 'pending') figures.pending -= 1;
      else figures.active -= 1;
    },
  };
}

interface PackageFigures {
  readonly subscribes: Readonly<Record<SubscribeResult, Counter>>;
  readonly notifies: Readonly<Record<Verdict | 'unchanged' | 'given-up', Counter>>;
  active: number;
  pending: number;
}

function packageFigures(meter: Meter, name: string): PackageFigures {
  const subscribes = (result: string): Counter =>
    meter.counter('pharos_events_subscribes_total', 'SUBSCRIBE requests by result', { package: name, result });
  const notifies = (result: string): Counter =>
    meter.counter('pharos_events_notifies_total', 'NOTIFY requests by result', { package: name, result });
  const figures: PackageFigures = {
    subscribes: {
      new: subscribes('new'),
      refresh: subscribes('refresh'),
      fetch: subscribes('fetch'),
      unsubscribe: subscribes('unsubscribe'),
      refused: subscribes('refused'),
    },
    notifies: {
      accepted: notifies('accepted'),
      refused: notifies('refused'),
      lost: notifies('lost'),
      'usage-gone': notifies('usage-gone'),
      'dialog-gone': notifies('dialog-gone'),
      unchanged: notifies('unchanged'),
      'given-up': notifies('given-up'),
    },
    active: 0,
    pending: 0,
  };
  const live = (state: string, read: () => number): void => {
    meter.gauge('pharos_events_subscriptions', 'Live subscriptions', read, { package: name, state });
  };
  live('active', () => figures.active);
  live('pending', () => figures.pending);
  return figures;
}
