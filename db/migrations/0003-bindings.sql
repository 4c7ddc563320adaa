-- registrar/tables.ts
CREATE TABLE bindings (
  aor          TEXT NOT NULL,
  id           TEXT NOT NULL,
  contact      TEXT NOT NULL,
  params       TEXT NOT NULL,
  q            INTEGER CHECK (q BETWEEN 0 AND 1000),
  callId       TEXT NOT NULL,
  cseq         INTEGER NOT NULL CHECK (cseq >= 0),
  expiresAt    INTEGER NOT NULL,
  registeredAt INTEGER NOT NULL,
  refreshedAt  INTEGER NOT NULL,
  path         TEXT NOT NULL,
  instance     TEXT,
  regId        INTEGER,
  flow         TEXT NOT NULL,
  received     TEXT NOT NULL,
  userAgent    TEXT,
  PRIMARY KEY (aor, id)
) WITHOUT ROWID;
