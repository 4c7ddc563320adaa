import { existsSync } from 'node:fs';
import type { EncodedRow } from '../group-decoder.ts';
import { readGroup, valuesOf } from '../group-decoder.ts';
import { GroupEncoder } from '../group-encoder.ts';
import { splitKey } from '../key.ts';
import type { RowLayout } from '../row-layout.ts';
import type { Connection, Durability, Statement } from './sqlite-connection.ts';
import { codeOf } from './sqlite-connection.ts';
import type { Layouts } from './sqlite-layouts.ts';
import type { Segment } from './sqlite-segment.ts';
import type { Segments } from './sqlite-segments.ts';
import { syncFile } from './sqlite-segments.ts';

/** Bytes of journal that are read between two commits (some 2 ms). */
const readSlice = 262_144;
/** Rows that are written between two commits (a few milliseconds). */
const writeSlice = 200;

/** The newest version of each row that was folded together; `undefined` means deleted. */
export interface Newest {
  readonly layoutId: number;
  readonly layout: RowLayout;
  readonly rows: Map<string, EncodedRow | undefined>;
}

export interface FoldOutcome {
  /** Rows written or deleted in their tables. */
  readonly folded: number;
  /** Rows that their table refused; they stay in the journal. */
  readonly refused: number;
  readonly reason: string;
}

/** Where the groups to fold are: files of the journal, after what a table refused before. */
export interface FoldSource {
  readonly connection: Connection;
  readonly layouts: Layouts;
  /** Oldest first. */
  readonly segments: readonly Pick<Segment, 'groups'>[];
}

/** Finds the newest version of each row that the source speaks of, yielding between slices. */
export function* readNewest({ connection, layouts, segments }: FoldSource): Generator<void, readonly Newest[]> {
  const tables = new Map<number, Newest>();
  const rowsOf = (layoutId: number, layout: RowLayout): Newest['rows'] => {
    const known = tables.get(layoutId) ?? { layoutId, layout, rows: new Map() };
    tables.set(layoutId, known);
    return known.rows;
  };
  const reader = {
    layout: (id: number) => layouts.get(id),
    put(layoutId: number, layout: RowLayout, key: string, row: EncodedRow): void {
      rowsOf(layoutId, layout).set(key, row);
    },
    delete(layoutId: number, layout: RowLayout, key: string): void {
      rowsOf(layoutId, layout).set(key, undefined);
    },
  };
  let inSlice = 0;
  for (const group of groupsOf(connection, segments)) {
    const fault = readGroup(group, reader);
    if (fault !== undefined) throw new Error(fault);
    inSlice += group.length;
    if (inSlice <= readSlice) continue;
    inSlice = 0;
    yield;
  }
  return [...tables.values()];
}

/** What tables refused comes first: it is older than every file. */
function* groupsOf(connection: Connection, segments: FoldSource['segments']): Generator<Buffer, void> {
  const refused = connection.prepare('SELECT changes FROM journal ORDER BY seq').raw().all() as [Buffer][];
  for (const [group] of refused) yield group;
  for (const segment of segments) yield* segment.groups();
}

/**
 * Writes the newest version of each row into its table, in slices, between which the caller may commit groups. A crash between
 * slices loses nothing: the files are there still, and are folded once more.
 */
export function* fold(source: FoldSource): Generator<void, FoldOutcome> {
  const { connection } = source;
  const tables = yield* readNewest(source);
  const refused = new GroupEncoder();
  const outcome = { folded: 0, refused: 0, reason: '' };
  for (const newest of tables) {
    const statements = statementsOf(connection, newest.layout);
    let slice: [string, EncodedRow | undefined][] = [];
    const write = (): void => {
      transaction(connection, () => {
        for (const [key, row] of slice) {
          const reason = writeRow(statements, newest.layout, key, row);
          if (reason === undefined) {
            outcome.folded += 1;
          } else {
            outcome.refused += 1;
            outcome.reason = `${newest.layout.name}: ${reason}`;
            if (row !== undefined) refused.putValues(newest.layoutId, newest.layout, valuesOf(row, newest.layout));
          }
        }
      });
      slice = [];
    };
    for (const pair of newest.rows) {
      slice.push(pair);
      if (slice.length < writeSlice) continue;
      write();
      yield;
    }
    if (slice.length > 0) write();
  }
  transaction(connection, () => {
    connection.exec('DELETE FROM journal');
    if (!refused.empty) connection.prepare('INSERT INTO journal (changes) VALUES (?)').run(refused.toBuffer());
  });
  return outcome;
}

/** `undefined` when every row was taken. */
export const refusalOf = ({ refused, reason }: FoldOutcome): string | undefined =>
  refused === 0
    ? undefined
    : `${String(refused)} rows refused by their table, they stay in the journal; the last: ${reason}`;

interface RowStatements {
  readonly upsert: Statement;
  readonly erase: Statement;
}

function statementsOf(connection: Connection, layout: RowLayout): RowStatements | string {
  const quoted = layout.columns.map(quote);
  const rest = layout.columns.filter((column) => !layout.key.includes(column)).map(quote);
  const update =
    rest.length === 0 ? 'NOTHING' : `UPDATE SET ${rest.map((column) => `${column} = excluded.${column}`).join(', ')}`;
  try {
    return {
      upsert: connection.prepare(
        `INSERT INTO ${quote(layout.name)} (${quoted.join(', ')}) VALUES (${quoted.map(() => '?').join(', ')}) ` +
          `ON CONFLICT (${layout.key.map(quote).join(', ')}) DO ${update}`,
      ),
      erase: connection.prepare(
        `DELETE FROM ${quote(layout.name)} WHERE ${layout.key.map((column) => `${quote(column)} = ?`).join(' AND ')}`,
      ),
    };
  } catch (error) {
    return String(error);
  }
}

/** @returns why the table refuses the row; what is wrong with the disk is thrown */
function writeRow(
  statements: RowStatements | string,
  layout: RowLayout,
  key: string,
  row: EncodedRow | undefined,
): string | undefined {
  if (typeof statements === 'string') return statements;
  try {
    if (row === undefined) statements.erase.run(splitKey(key, layout.key.length));
    else statements.upsert.run(valuesOf(row, layout));
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code.startsWith('SQLITE_CONSTRAINT') || code === 'SQLITE_MISMATCH') return String(error);
    throw error;
  }
}

export function transaction(connection: Connection, run: () => void): void {
  connection.exec('BEGIN IMMEDIATE');
  try {
    run();
    connection.exec('COMMIT');
  } catch (error) {
    if (connection.inTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * Folds the whole journal at once, for when nobody waits: at open, at close, before a migration. The files whose groups are then
 * in the tables for good serve again.
 */
export function foldAll(
  deps: { readonly connection: Connection; readonly layouts: Layouts; readonly segments: Segments },
  database: { readonly file: string; readonly durability: Durability },
): FoldOutcome {
  const { segments } = deps;
  segments.turn();
  const { full } = segments;
  const pass = fold({ ...deps, segments: full });
  let step = pass.next();
  while (step.done !== true) step = pass.next();
  settle(database);
  for (const segment of full) segments.release(segment);
  return step.value;
}

/** Makes the tables as durable as the files were that are about to serve again: what was folded is in the write-ahead log by now. */
export function settle({ file, durability }: { readonly file: string; readonly durability: Durability }): void {
  if (durability === 'power-loss' && existsSync(`${file}-wal`)) syncFile(`${file}-wal`);
}
