import { integer, type RowOf, table, text, textOrNull } from '../db/table.ts';

/** One published piece of event state, soft until `expiresAt` (RFC 3903 §3). */
export const publicationsTable = table('publications', {
  columns: {
    /** The unguessable part of its entity-tags; the same for all versions. */
    id: text(),
    /** Event package in lower case. */
    eventPackage: text(),
    /** Canonical AOR. */
    resource: text(),
    /** The entity-tag that counts now is `<id>.<tagVersion>`. */
    tagVersion: integer(),
    contentType: text(),
    /** The published bytes, one character each (latin1). */
    body: text(),
    expiresAt: integer(),
    createdAt: integer(),
    /** When the body last became another; strictly rising in this server, so that it orders publications. */
    changedAt: integer(),
    userAgent: textOrNull(),
  },
  key: ['id'],
  indexes: { byResource: ['eventPackage', 'resource'] },
  expiry: 'expiresAt',
});
export type Publication = RowOf<typeof publicationsTable>;

export const escTables = [publicationsTable] as const;
