import type { EncodedRow } from '../group-decoder.ts';
import { readGroup, valuesOf } from '../group-decoder.ts';
import { GroupEncoder } from '../group-encoder.ts';
import { splitKey } from '../key.ts';
import type { RowLayout } from '../row-layout.ts';
import type { Connection, Statement } from './sqlite-connection.ts';
import { codeOf } from './sqlite-connection.ts';
import type { Layouts } from './sqlite-layouts.ts';

/** Bytes of journal that are read between two commits (some 2 ms). */
const readSlice = 262_144;
/** Rows that are written between two commits (a few milliseconds). */
const writeSlice = 200;
/** Journal rows that are deleted between two commits. */
const deleteSlice = 500;

/** The newest version of each row that a stretch of the journal speaks of; `undefined` means deleted. */
interface Newest {
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

/** Reads the oldest part of the journal, about `bytesMax` of it, yielding between slices. */
export function* readJournal(
  connection: Connection,
  layouts: Layouts,
  bytesMax: number,
): Generator<void, { readonly upTo: number; readonly tables: readonly Newest[] }> {
  const next = connection.prepare('SELECT seq, changes FROM journal WHERE seq > ? ORDER BY seq LIMIT 1').raw();
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
  let upTo = 0;
  let read = 0;
  let inSlice = 0;
  for (;;) {
    const row = next.get(upTo) as [number, Buffer] | undefined;
    if (row === undefined || read > bytesMax) return { upTo, tables: [...tables.values()] };
    const fault = readGroup(row[1], reader);
    if (fault !== undefined) throw new Error(`${fault} (seq ${String(row[0])})`);
    upTo = row[0];
    read += row[1].length;
    inSlice += row[1].length;
    if (inSlice > readSlice) {
      inSlice = 0;
      yield;
    }
  }
}

/**
 * Writes the newest versions of a stretch of the journal into the tables and deletes the stretch; in slices, between which the
 * caller may commit groups. A crash between slices loses nothing: what is in the journal still is only written once more.
 */
export function* fold(connection: Connection, layouts: Layouts, bytesMax: number): Generator<void, FoldOutcome> {
  const { upTo, tables } = yield* readJournal(connection, layouts, bytesMax);
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
  // What a table refused takes the place of the newest folded group: before all that came since.
  if (!refused.empty) connection.prepare('UPDATE journal SET changes = ? WHERE seq = ?').run(refused.toBuffer(), upTo);
  yield* deleteStretch(connection, refused.empty ? upTo : upTo - 1);
  return outcome;
}

/** `undefined` when every row was taken. */
export const refusalOf = ({ refused, reason }: FoldOutcome): string | undefined =>
  refused === 0
    ? undefined
    : `${String(refused)} rows refused by their table, they stay in the journal; the last: ${reason}`;

/** Oldest first, so that what a crash leaves is a stretch that may be folded again. */
function* deleteStretch(connection: Connection, upTo: number): Generator<void, void> {
  const first = connection.prepare('SELECT min(seq) FROM journal').raw();
  const erase = connection.prepare('DELETE FROM journal WHERE seq <= ?');
  for (;;) {
    const [oldest] = first.get() as [number | null];
    if (oldest === null || oldest > upTo) return;
    erase.run(Math.min(upTo, oldest + deleteSlice));
    yield;
  }
}

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

/** Folds the whole journal at once, for when nobody waits: at open, at close, before a migration. */
export function foldAll(connection: Connection, layouts: Layouts, bytesMax: number): FoldOutcome {
  const total = { folded: 0, refused: 0, reason: '' };
  for (;;) {
    const pass = fold(connection, layouts, bytesMax);
    let step = pass.next();
    while (step.done !== true) step = pass.next();
    total.folded += step.value.folded;
    if (step.value.refused > 0) return { ...total, refused: step.value.refused, reason: step.value.reason };
    if (connection.prepare('SELECT 1 FROM journal LIMIT 1').get() === undefined) return total;
  }
}
