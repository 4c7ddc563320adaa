import type { Values } from '../config/section.ts';
import { duration, integer, section } from '../config/section.ts';
import { limits } from '../kernel/limits.ts';

export const eventsSection = section({
  subscriptionExpiresMin: duration({
    default: 60,
    min: 1,
    max: 3599,
    unit: 'seconds',
    reload: 'live',
    doc: 'Shortest subscription granted; a SUBSCRIBE that asks for less is answered 423 (RFC 6665 §4.2.1.1).',
  }),
  subscriptionExpiresMax: duration({
    default: 86_400,
    min: 3600,
    max: 31_536_000,
    unit: 'seconds',
    reload: 'live',
    doc: 'Longest subscription granted; a longer one is shortened, never refused (RFC 6665 §4.2.1.1).',
  }),
  subscriptionsPerResourceMax: integer({
    default: limits.subscriptionsPerResourceMax,
    min: 1,
    max: limits.subscriptionsPerResourceMax,
    reload: 'live',
    doc: 'Live subscriptions to one resource and package; beyond, SUBSCRIBE is answered 503 with Retry-After.',
  }),
  subscriptionsPerWatcherMax: integer({
    default: 5_000,
    min: 1,
    max: limits.subscriptionsPerWatcherMax,
    reload: 'live',
    doc: 'Live subscriptions of one watcher; for anonymous ones, of one source address. Beyond, 503 with Retry-After.',
  }),
  subscriptionsMax: integer({
    default: limits.subscriptionsMax,
    min: 1,
    max: limits.subscriptionsMax,
    reload: 'live',
    doc: 'Live subscriptions of the process; beyond, SUBSCRIBE is answered 503 with Retry-After.',
  }),
  notifiesInFlightMax: integer({
    default: limits.notifiesInFlightMax,
    min: 1,
    max: limits.notifiesInFlightMax,
    reload: 'live',
    doc: 'NOTIFYs waiting for their answer at once; what is beyond waits its turn, and then carries the newest state.',
  }),
  notifyRetryDelay: duration({
    default: 4000,
    min: 100,
    max: 60_000,
    unit: 'milliseconds',
    reload: 'live',
    doc: 'Wait before the first retry of a NOTIFY that was lost; each further wait is four times as long. Retry-After of the answer is honoured when it is longer.',
  }),
  resumeNotifiesPerSecond: integer({
    default: 500,
    min: 1,
    max: 100_000,
    doc: 'Pace of the NOTIFYs that are owed after a restart.',
  }),
  notifiedStateDelay: duration({
    default: 30,
    min: 1,
    max: 3600,
    unit: 'seconds',
    reload: 'live',
    doc: 'A watcher has held its last NOTIFY for this long before that is written down. After a crash, watchers that were notified more recently are notified once more.',
  }),
  stopDeadline: duration({
    default: 2000,
    min: 0,
    max: 60_000,
    unit: 'milliseconds',
    doc: 'At a graceful stop, NOTIFYs that are owed or unanswered are waited for at most this long.',
  }),
});

export type EventsConfig = Values<typeof eventsSection>;
