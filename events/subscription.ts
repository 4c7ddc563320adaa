import type { Aor } from '../kernel/aor.ts';
import { aorFromStore } from '../kernel/aor.ts';
import type { Instant } from '../kernel/clock.ts';
import { secondsUntil } from '../kernel/clock.ts';
import type { Machine } from '../kernel/machine.ts';
import { parseEvent } from '../sip-stack/wire/event.ts';
import { noParams } from '../sip-stack/wire/params.ts';
import type { EventPackage, SubHandling, SubscriptionFacts, Watcher } from './package.ts';
import type { SubscriptionRow } from './tables.ts';

export type SubscriptionStatus = 'init' | 'pending' | 'active' | 'terminated';

export type SubscriptionInput =
  /** The rules allow, or block politely; at the start or at any later look at them. */
  | 'granted'
  /** The rules have no decision yet. */
  | 'undecided'
  | 'denied'
  /** The state of the resource may have changed. */
  | 'changed'
  | 'unsubscribe'
  | 'expiry'
  /** A NOTIFY failed for good. */
  | 'notify-failed'
  /** Nobody decided in time. */
  | 'authorization-overdue'
  | 'resource-gone'
  | 'resource-fixed'
  /** The watcher is to subscribe anew at once: another node serves it. */
  | 'moved'
  /** The watcher is to come back later. */
  | 'postponed';

export type SubscriptionAction =
  /** Refuse the SUBSCRIBE with 403. */
  | 'refuse'
  | 'store'
  | 'remove'
  /** NOTIFY with the full state, whatever was sent before. */
  | 'notify-state'
  /** NOTIFY when the document differs from the last one. */
  | 'notify-change'
  /** NOTIFY with `terminated` and the reason. */
  | 'notify-ending';

/**
 * A subscription as the notifier sees it (RFC 6665 §4.2.2, figure). `resp_wait` of the figure is not a state here: policy
 * answers before the 200 leaves. A refresh is the policy's answer anew: `granted` or `undecided`.
 */
export const subscriptionMachine: Machine<SubscriptionStatus, SubscriptionInput, SubscriptionAction> = {
  init: {
    granted: { to: 'active', do: ['store', 'notify-state'] },
    undecided: { to: 'pending', do: ['store', 'notify-state'] },
    denied: { to: 'terminated', do: ['refuse'] },
    // A fetch: one NOTIFY, no row (RFC 6665 §4.4.3).
    unsubscribe: { to: 'terminated', do: ['notify-ending'] },
  },
  pending: {
    granted: { to: 'active', do: ['store', 'notify-state'] },
    undecided: { to: 'pending', do: ['store', 'notify-state'] },
    denied: { to: 'terminated', do: ['remove', 'notify-ending'] },
    changed: { to: 'pending', do: ['notify-change'] },
    unsubscribe: { to: 'terminated', do: ['remove', 'notify-ending'] },
    expiry: { to: 'terminated', do: ['remove', 'notify-ending'] },
    'notify-failed': { to: 'terminated', do: ['remove'] },
    'authorization-overdue': { to: 'terminated', do: ['remove', 'notify-ending'] },
    'resource-gone': { to: 'terminated', do: ['remove', 'notify-ending'] },
    'resource-fixed': { to: 'terminated', do: ['remove', 'notify-ending'] },
    moved: { to: 'terminated', do: ['remove', 'notify-ending'] },
    postponed: { to: 'terminated', do: ['remove', 'notify-ending'] },
  },
  active: {
    granted: { to: 'active', do: ['store', 'notify-state'] },
    undecided: { to: 'pending', do: ['store', 'notify-state'] },
    denied: { to: 'terminated', do: ['remove', 'notify-ending'] },
    changed: { to: 'active', do: ['notify-change'] },
    unsubscribe: { to: 'terminated', do: ['remove', 'notify-ending'] },
    expiry: { to: 'terminated', do: ['remove', 'notify-ending'] },
    'notify-failed': { to: 'terminated', do: ['remove'] },
    'resource-gone': { to: 'terminated', do: ['remove', 'notify-ending'] },
    'resource-fixed': { to: 'terminated', do: ['remove', 'notify-ending'] },
    moved: { to: 'terminated', do: ['remove', 'notify-ending'] },
    postponed: { to: 'terminated', do: ['remove', 'notify-ending'] },
  },
  terminated: {},
};

/** Inputs that end a subscription with a last NOTIFY. */
export type EndingInput = Exclude<SubscriptionInput, 'granted' | 'undecided' | 'changed' | 'notify-failed'>;

/** The last NOTIFY of a subscription. */
export interface Ending {
  /** Value of Subscription-State. */
  readonly state: string;
  /** Whether the NOTIFY carries the state of the resource: only where the watcher may still see it. */
  readonly withDocument: boolean;
}

const ending = (reason: string, withDocument = false): Ending => ({
  state: `terminated;reason=${reason}`,
  withDocument,
});

/** The last NOTIFY for each way to end, with when to come back (RFC 6665 §4.1.3). */
export const endings: Readonly<Record<EndingInput, Ending>> = {
  denied: ending('rejected'),
  // State is included, as for a fetch, of which the NOTIFY is the purpose (RFC 6665 §4.2.1.4, §4.4.3).
  unsubscribe: ending('timeout', true),
  expiry: ending('timeout', true),
  'authorization-overdue': ending('giveup;retry-after=3600'),
  'resource-gone': ending('noresource'),
  // One year, for clients of RFC 3265 that would come back at once (RFC 6665 §4.1.3, invariant).
  'resource-fixed': ending('invariant;retry-after=31536000', true),
  moved: ending('deactivated'),
  postponed: ending('probation;retry-after=300'),
};

/** What a decision of the rules is to the state table. A polite block looks like a grant (RFC 3856 §6.6.2). */
export const inputOf: Readonly<Record<SubHandling, 'granted' | 'undecided' | 'denied'>> = {
  allow: 'granted',
  'polite-block': 'granted',
  confirm: 'undecided',
  block: 'denied',
};

/** Value of Subscription-State while the subscription lives; the remaining time is a must (RFC 6665 §4.2.2). */
export const livingState = (row: SubscriptionRow, now: Instant): string =>
  `${row.state};expires=${String(secondsUntil(now, row.expiresAt as Instant))}`;

/** Names a subscription within its dialog: the event and its id, compared byte by byte (RFC 6665 §8.2.1). */
export const eventKeyOf = (eventPackage: EventPackage, id: string | undefined): string =>
  id === undefined ? eventPackage.name : `${eventPackage.name};id=${id}`;

const anonymousPrefix = 'anonymous:';

/** The watcher as a row holds it. Anonymous ones are told apart by source host, so that each host has its own bound. */
export const watcherText = (watcher: Watcher, sourceHost: string): string =>
  watcher.kind === 'known' ? watcher.aor : anonymousPrefix + sourceHost;

export const watcherOf = (row: SubscriptionRow): Watcher =>
  row.watcher.startsWith(anonymousPrefix) ? { kind: 'anonymous' } : { kind: 'known', aor: aorFromStore(row.watcher) };

export const resourceOf = (row: SubscriptionRow): Aor => aorFromStore(row.resource);

/** The handling a row was stored with. */
export const handlingOf = (row: SubscriptionRow): SubHandling => row.handling as SubHandling;

/** What the package may look at, made when a view is chosen or rendered: not kept for each subscription. */
export function factsOf(row: SubscriptionRow): SubscriptionFacts {
  return {
    resource: resourceOf(row),
    watcher: watcherOf(row),
    askedUri: row.askedUri,
    contentType: row.contentType,
    eventParams: eventParamsOf(row.eventValue),
    userAgent: row.userAgent === '' ? undefined : row.userAgent,
  };
}

function eventParamsOf(eventValue: string): SubscriptionFacts['eventParams'] {
  if (!eventValue.includes(';')) return noParams;
  const event = parseEvent(eventValue);
  if (!event.ok) return noParams;
  if (event.value.id === undefined) return event.value.params;
  const others = new Map(event.value.params);
  others.delete('id');
  return others;
}
