import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { StoreOptions } from '../../db/backend.ts';
import type { RowOf } from '../../db/table.ts';
import { integer, table, text, textOrNull } from '../../db/table.ts';
import { silentLog } from '../../kernel/log.ts';
import { createFakeTime } from './fake-time.ts';

/** A table of the tests' own, so that they do not change with the domains. */
export const notesTable = table('notes', {
  columns: { id: text(), part: text(), owner: text(), body: textOrNull(), count: integer(), until: integer() },
  key: ['id', 'part'],
  indexes: { byOwner: ['owner'], byOwnerAndPart: ['owner', 'part'] },
  expiry: 'until',
});
export type Note = RowOf<typeof notesTable>;

export const note = (id: string, values: Partial<Note> = {}): Note => ({
  id,
  part: 'p',
  owner: 'alice',
  body: null,
  count: 0,
  until: 1_700_000_000_000,
  ...values,
});

/** A directory that is gone after `use`. */
export async function inDirectory(use: (directory: string) => Promise<void> | void): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'pharos-db-'));
  try {
    await use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const shipped = new URL('../../../db/migrations/', import.meta.url);

/** Migrations for a database of notes: the journal as shipped, and the table. */
export function writeMigrations(directory: string): URL {
  const migrations = join(directory, 'migrations');
  mkdirSync(migrations, { recursive: true });
  copyFileSync(new URL('0001-journal.sql', shipped), join(migrations, '0001-journal.sql'));
  writeFileSync(
    join(migrations, '0002-notes.sql'),
    `CREATE TABLE notes (id TEXT NOT NULL, part TEXT NOT NULL, owner TEXT NOT NULL, body TEXT,
       count INTEGER NOT NULL CHECK (count >= 0), until INTEGER NOT NULL, PRIMARY KEY (id, part)) WITHOUT ROWID;`,
  );
  return pathToFileURL(`${migrations}/`);
}

/** What a store of notes in `directory` is opened with. */
export const optionsFor = (directory: string, values: Partial<StoreOptions> = {}): StoreOptions => ({
  file: join(directory, 'pharos.sqlite'),
  durability: 'process-crash',
  tables: [notesTable],
  log: silentLog,
  scheduler: createFakeTime().scheduler,
  migrations: writeMigrations(directory),
  commitGap: 0,
  ...values,
});
