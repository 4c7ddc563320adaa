import { readdirSync, readFileSync } from 'node:fs';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { Connection } from './backends/sqlite-connection.ts';
import { openConnection, pragmaNumber, storageFault } from './backends/sqlite-connection.ts';
import { foldAll, transaction } from './backends/sqlite-fold.ts';
import { readLayouts } from './backends/sqlite-layouts.ts';
import type { Segments } from './backends/sqlite-segments.ts';
import { openSegments } from './backends/sqlite-segments.ts';

export interface Migrated {
  /** Schema version found: the number of the last migration that had been applied; 0 for a new database. */
  readonly from: number;
  readonly to: number;
}

interface Migration {
  readonly version: number;
  readonly sql: string;
}

/** Compiled, this file lies in <root>/<out>/db. */
const shippedMigrations = new URL('../../db/migrations/', import.meta.url);

/** Brings the database at `file` to the schema of this program, making it when there is none. */
export function migrate(file: string): Result<Migrated, string> {
  const opened = openConnection(file, 'power-loss');
  if (!opened.ok) return opened;
  try {
    const segments = openSegments(file, 'power-loss');
    const migrated = migrateConnection(opened.value, segments, file);
    segments.close();
    return migrated;
  } finally {
    opened.value.close();
  }
}

/**
 * Applies the migrations that are missing, each in a transaction of its own together with its number (`user_version`). The
 * journal is folded first, since its rows lie as the old tables do.
 */
export function migrateConnection(
  connection: Connection,
  segments: Segments,
  file: string,
  directory: URL = shippedMigrations,
): Result<Migrated, string> {
  try {
    const migrations = readMigrations(directory);
    if (!migrations.ok) return migrations;
    const from = pragmaNumber(connection, 'user_version');
    const to = migrations.value.length;
    if (from > to) {
      return fail(
        `${file} has schema ${String(from)}, but this program knows schemas up to ${String(to)}: a newer Pharos wrote it; ` +
          'install that version again, or restore the backup made before it',
      );
    }
    if (from > 0 && from < to) {
      const { refused, reason } = foldAll(
        { connection, layouts: readLayouts(connection), segments },
        { file, durability: 'power-loss' },
      );
      if (refused > 0)
        return fail(`${file} cannot be migrated: its journal holds rows that their tables refuse (${reason})`);
    }
    for (const { version, sql } of migrations.value.slice(from)) {
      transaction(connection, () => {
        connection.exec(sql);
        connection.pragma(`user_version = ${String(version)}`);
      });
    }
    return ok({ from, to });
  } catch (error) {
    return fail(storageFault(error, file));
  }
}

/** The files `0001-name.sql`, `0002-...` without a gap, in order. */
function readMigrations(directory: URL): Result<readonly Migration[], string> {
  const names = readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const migrations: Migration[] = [];
  for (const name of names) {
    const version = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1]);
    if (version !== migrations.length + 1)
      return fail(`${name} is not the migration that follows ${String(migrations.length)}`);
    migrations.push({ version, sql: readFileSync(new URL(name, directory), 'utf8') });
  }
  return ok(migrations);
}
