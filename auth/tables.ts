import { integer, type RowOf, table, text } from '../db/table.ts';

/**
 * Who may speak for an address-of-record. Passwords are never kept: only H(username:realm:password) with the domain as
 * realm, in hex, for each algorithm offered (RFC 7616 §3.4.2, RFC 8760 §2.2).
 */
export const accountsTable = table('accounts', {
  columns: {
    /** Canonical AOR. */
    aor: text(),
    /** User part as the user types it for digest. */
    username: text(),
    /** Domain, which is the realm; lower case. */
    domain: text(),
    ha1Md5: text(),
    ha1Sha256: text(),
    /** For clients that send `user@domain` as digest username. */
    ha1Md5WithDomain: text(),
    ha1Sha256WithDomain: text(),
    createdAt: integer(),
  },
  key: ['aor'],
});
export type Account = RowOf<typeof accountsTable>;

/** Another name of a user, or a number: what is addressed to it goes to the target. */
export const aliasesTable = table('aliases', {
  columns: {
    /** Canonical AOR in a domain of ours, or `tel:` and a number without visual separators. */
    alias: text(),
    /** URI: most often the AOR of a user of ours. */
    target: text(),
    createdAt: integer(),
  },
  key: ['alias'],
});
export type Alias = RowOf<typeof aliasesTable>;

export const authTables = [accountsTable, aliasesTable] as const;
