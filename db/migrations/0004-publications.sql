-- esc/tables.ts
-- With rowid, for bodies make the rows long.
CREATE TABLE publications (
  id           TEXT NOT NULL PRIMARY KEY,
  eventPackage TEXT NOT NULL,
  resource     TEXT NOT NULL,
  tagVersion   INTEGER NOT NULL CHECK (tagVersion >= 0),
  contentType  TEXT NOT NULL,
  body         TEXT NOT NULL,
  expiresAt    INTEGER NOT NULL,
  createdAt    INTEGER NOT NULL,
  changedAt    INTEGER NOT NULL,
  userAgent    TEXT
);
