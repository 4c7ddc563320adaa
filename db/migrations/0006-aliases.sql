-- auth/tables.ts
CREATE TABLE aliases (
  alias     TEXT NOT NULL PRIMARY KEY,
  target    TEXT NOT NULL,
  createdAt INTEGER NOT NULL
) WITHOUT ROWID;
