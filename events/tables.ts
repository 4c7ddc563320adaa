import type { RowOf } from '../db/table.ts';
import { integer, table, text } from '../db/table.ts';

/**
 * A live subscription with its dialog (RFC 6665 §4.2.1, RFC 3261 §12). What has ended has no row. The key is our To tag,
 * which names the dialog, and the event with its id, since one dialog may carry several subscriptions (RFC 6665 §4.5.2).
 */
export const subscriptions = table('subscriptions', {
  columns: {
    /** Our tag: the To tag of the SUBSCRIBE, the From tag of each NOTIFY. */
    localTag: text(),
    /** Package name in lower case, followed by `;id=` and the id when the Event header has one (RFC 6665 §8.2.1). */
    eventKey: text(),
    eventPackage: text(),
    resource: text(),
    /** AOR of who watches, or `anonymous:<source host>`. */
    watcher: text(),
    /** 'active' or 'pending'. */
    state: text(),
    /** SubHandling that the state and the view follow from. */
    handling: text(),
    /** Event header value as the watcher wrote it: echoed in each NOTIFY. */
    eventValue: text(),
    /** Request-URI as the watcher wrote it, without parameters. */
    askedUri: text(),
    contentType: text(),
    /** User-Agent; '' when there was none. */
    userAgent: text(),
    callId: text(),
    remoteTag: text(),
    /** URI in From of our requests. */
    localUri: text(),
    /** URI in To of our requests. */
    remoteUri: text(),
    remoteTarget: text(),
    /** Route values, comma-separated; '' when there is none. */
    routeSet: text(),
    /** CSeq number of the watcher's last SUBSCRIBE. */
    remoteCSeq: integer(),
    /** NOTIFY CSeq numbers up to this one may have been used; after a restart numbering goes on above it. */
    cseqCeiling: integer(),
    /** The flow NOTIFYs leave over; '' when the Contact is reached directly. */
    flowKey: text(),
    /** Contact URI of ours that the watcher was given, without angle brackets. */
    contact: text(),
    /** Hash of the state the watcher is known to have; '' when that is not known and a NOTIFY is owed after a restart. */
    notifiedTag: text(),
    createdAt: integer(),
    expiresAt: integer(),
  },
  key: ['localTag', 'eventKey'],
  indexes: {
    resource: ['eventPackage', 'resource'],
    watcher: ['watcher'],
  },
  expiry: 'expiresAt',
});

export type SubscriptionRow = RowOf<typeof subscriptions>;
