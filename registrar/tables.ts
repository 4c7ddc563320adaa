import { integer, integerOrNull, type RowOf, table, text, textOrNull } from '../db/table.ts';

/** One contact under which an address-of-record can be reached until `expiresAt` (RFC 3261 §10). */
export const bindingsTable = table('bindings', {
  columns: {
    /** Canonical AOR. */
    aor: text(),
    /** Ours: survives a change of the contact's spelling, since URI equality knows no canonical text (RFC 3261 §19.1.4). */
    id: text(),
    /** Contact URI as last written. */
    contact: text(),
    /** Contact parameters as written, without `expires` and `q`, each with its `;`; '' when there are none (RFC 3840 §9). */
    params: text(),
    /** Preference in thousandths; null when not given. */
    q: integerOrNull(),
    callId: text(),
    cseq: integer(),
    expiresAt: integer(),
    registeredAt: integer(),
    /** The last REGISTER that renewed it. */
    refreshedAt: integer(),
    /** Route to the contact (RFC 3327); '' for none. */
    path: text(),
    /** `+sip.instance` without quotes (RFC 5626 §4.1). */
    instance: textOrNull(),
    /** `reg-id` (RFC 5626 §4.2). */
    regId: integerOrNull(),
    /** FlowKey on which requests reach the contact; '' when its URI can be used directly. */
    flow: text(),
    /** Where the REGISTER came from: `host:port`. */
    received: text(),
    userAgent: textOrNull(),
  },
  key: ['aor', 'id'],
  indexes: { byAor: ['aor'] },
  expiry: 'expiresAt',
});
export type Binding = RowOf<typeof bindingsTable>;

export const registrarTables = [bindingsTable] as const;
