-- registrar/tables.ts
CREATE TABLE gruus (
  aor       TEXT NOT NULL,
  instance  TEXT NOT NULL,
  serial    TEXT NOT NULL,
  firstCSeq INTEGER NOT NULL CHECK (firstCSeq >= 0),
  createdAt INTEGER NOT NULL,
  PRIMARY KEY (aor, instance)
) WITHOUT ROWID;

CREATE TABLE registrarKeys (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
