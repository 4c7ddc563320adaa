import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';

/**
 * What a commit survives: 'power-loss' syncs the disk with every group; 'process-crash' leaves that to the operating system,
 * so that the machine's own crash may cost the last seconds.
 */
export type Durability = 'power-loss' | 'process-crash';

/** The slice of better-sqlite3 that is used. */
export interface Statement {
  run(...values: unknown[]): unknown;
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
  iterate(...values: unknown[]): IterableIterator<unknown>;
  raw(): Statement;
}

export interface Connection {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  pragma(text: string): unknown;
  readonly inTransaction: boolean;
  close(): unknown;
}

/** 'PHAR', so that another program's database is not taken for ours. */
const applicationId = 0x50484152;

/**
 * Opens the database for this process alone, making file and directory when there are none; only the owner may read them, since
 * they hold what passwords are checked against.
 */
export function openConnection(file: string, durability: Durability): Result<Connection, string> {
  let connection: Connection | undefined;
  try {
    if (file !== ':memory:') {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      closeSync(openSync(file, 'a', 0o600));
    }
    connection = new Database(file, { timeout: 0 });
    // Exclusive before the first access: no shared memory file, no locking calls per commit, and nobody else gets in.
    connection.pragma('locking_mode = EXCLUSIVE');
    connection.pragma('journal_mode = WAL');
    connection.pragma(`synchronous = ${synchronousOf(durability)}`);
    connection.pragma('wal_autocheckpoint = 0');
    connection.pragma('journal_size_limit = 67108864');
    connection.exec('BEGIN EXCLUSIVE; COMMIT');
    const owner = pragmaNumber(connection, 'application_id');
    const foreign = owner !== applicationId && (owner !== 0 || !isEmpty(connection));
    if (foreign) {
      connection.close();
      return fail(`${file} is the database of another program; name another file`);
    }
    if (owner === 0) connection.pragma(`application_id = ${String(applicationId)}`);
    return ok(connection);
  } catch (error) {
    connection?.close();
    return fail(storageFault(error, file));
  }
}

export const synchronousOf = (durability: Durability): string => (durability === 'power-loss' ? 'FULL' : 'NORMAL');

export function pragmaNumber(connection: Connection, name: string): number {
  const [row] = connection.prepare(`PRAGMA ${name}`).raw().all() as unknown[][];
  return Number(row?.[0] ?? 0);
}

const isEmpty = (connection: Connection): boolean =>
  connection.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;

/** SQLite's result code, 'SQLITE_FULL' and the like; '' for other errors. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

const sentences: readonly (readonly [prefix: string, sentence: (file: string) => string])[] = [
  [
    'SQLITE_BUSY',
    (file) =>
      `${file} is in use by another process, perhaps a Pharos that runs already; stop that one (\`fuser ${file}\` names it) or name another file`,
  ],
  ['SQLITE_NOTADB', (file) => `${file} is not an SQLite database; name another file or move this one away`],
  [
    'SQLITE_CORRUPT',
    (file) => `${file} is damaged; restore it from a backup, or move it away to start with an empty one`,
  ],
  ['SQLITE_FULL', (file) => `the disk with ${file} is full; make room on it`],
  ['SQLITE_READONLY', (file) => `${file} cannot be written; give this user the right to, or name another file`],
  [
    'SQLITE_CANTOPEN',
    (file) => `${file} cannot be opened; give this user the right to read and write it and its directory`,
  ],
  ['EACCES', (file) => `${file} cannot be opened; give this user the right to read and write it and its directory`],
];

/** A sentence that says what is wrong with the storage and how to mend it. */
export function storageFault(error: unknown, file: string): string {
  const code = codeOf(error);
  const known = sentences.find(([prefix]) => code.startsWith(prefix));
  return known === undefined ? `${file} cannot be used: ${String(error)}` : known[1](file);
}
