-- abuse/tables.ts
CREATE TABLE bans (
  source   TEXT NOT NULL PRIMARY KEY,
  reason   TEXT NOT NULL,
  bannedAt INTEGER NOT NULL,
  until    INTEGER NOT NULL
) WITHOUT ROWID;
