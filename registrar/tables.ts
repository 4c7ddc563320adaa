import { keysTable } from '../db/keys.ts';
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
    /** Route to the contact (RFC 3327): values in angle brackets, comma-separated, first hop first; '' for none. */
    path: text(),
    /** `+sip.instance` without quotes, with its angle brackets (RFC 5626 §4.1). */
    instance: textOrNull(),
    /** `reg-id`, when the rules of outbound hold for this binding (RFC 5626 §6); null when it was absent or ignored. */
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

/**
 * The temporary GRUUs of a device that are valid now (RFC 5627 §5.1): all that carry `serial`. One row for each device that
 * asked for GRUUs, however many there are of them (RFC 5627 Appendix A.2).
 */
export const gruusTable = table('gruus', {
  columns: {
    aor: text(),
    /** `+sip.instance` as in `bindings`. */
    instance: text(),
    /** 48 bits, as 8 characters of base64url. */
    serial: text(),
    /** CSeq of the REGISTER that the first of them was given for (RFC 5628 §5). */
    firstCSeq: integer(),
    createdAt: integer(),
  },
  key: ['aor', 'instance'],
  indexes: { bySerial: ['serial'] },
});
export type GruuRow = RowOf<typeof gruusTable>;

/** The secret that temporary GRUUs are made with (RFC 5627 Appendix A.2). */
export const registrarKeys = keysTable('registrarKeys');

export const registrarTables = [bindingsTable, gruusTable, registrarKeys] as const;
