-- Every commit appends one row: the changes of one group (ADR 0006). Folded into the tables from time to time, then deleted.
CREATE TABLE journal (
  seq     INTEGER PRIMARY KEY,
  changes BLOB NOT NULL
);

-- What the columns of a row in the journal are: as the tables were declared when it was written.
CREATE TABLE journal_layouts (
  id     INTEGER PRIMARY KEY,
  layout TEXT NOT NULL UNIQUE
);
