-- proxy/tables.ts
CREATE TABLE proxyKeys (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
