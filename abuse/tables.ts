import { integer, type RowOf, table, text } from '../db/table.ts';

/** Who is shut out. Kept, since a restart in the middle of an attack must not open the door again. */
export const bansTable = table('bans', {
  columns: {
    /** An address, a network in CIDR form, or for this machine itself address and port. */
    source: text(),
    /** For the operator, in words. */
    reason: text(),
    bannedAt: integer(),
    /** Instant. */
    until: integer(),
  },
  key: ['source'],
  expiry: 'until',
});
export type Ban = RowOf<typeof bansTable>;

export const abuseTables = [bansTable] as const;
