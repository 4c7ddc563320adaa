-- auth/tables.ts
CREATE TABLE accounts (
  aor                 TEXT NOT NULL PRIMARY KEY,
  username            TEXT NOT NULL,
  domain              TEXT NOT NULL,
  ha1Md5              TEXT NOT NULL,
  ha1Sha256           TEXT NOT NULL,
  ha1Md5WithDomain    TEXT NOT NULL,
  ha1Sha256WithDomain TEXT NOT NULL,
  createdAt           INTEGER NOT NULL
) WITHOUT ROWID;
