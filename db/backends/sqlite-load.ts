import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import { valuesOf } from '../group-decoder.ts';
import { migrateConnection } from '../migrate.ts';
import type { ColumnValue, RowLayout } from '../row-layout.ts';
import { layoutOf } from '../row-layout.ts';
import type { Connection } from './sqlite-connection.ts';
import { storageFault } from './sqlite-connection.ts';
import { foldAll, quote, readNewest, refusalOf } from './sqlite-fold.ts';
import type { Layouts } from './sqlite-layouts.ts';
import { readLayouts, registerLayouts } from './sqlite-layouts.ts';
import type { Opening, WorkerSetup } from './sqlite-messages.ts';
import { chunkRows, chunksAhead } from './sqlite-messages.ts';
import { schemaFaults } from './sqlite-schema.ts';
import type { Segments } from './sqlite-segments.ts';

export interface Loaded {
  readonly layouts: Layouts;
  readonly opening: Omit<Extract<Opening, { kind: 'ready' }>, 'kind'>;
}

type Say = (message: Opening) => void;

/**
 * Brings the database up to date, holds it against the declared tables and tells every row: first of the tables, after the
 * journal that a crash may have left is folded into them, then of what the journal still holds because a table refused it.
 */
export function load(connection: Connection, segments: Segments, setup: WorkerSetup, say: Say): Result<Loaded, string> {
  try {
    const migrated = migrateConnection(
      connection,
      segments,
      setup.file,
      setup.migrations === undefined ? undefined : new URL(setup.migrations),
    );
    if (!migrated.ok) return migrated;
    const faults = setup.tables.flatMap((table) => schemaFaults(connection, table));
    if (faults.length > 0)
      return fail(`the schema of ${setup.file} is not the one this program declares: ${faults.join('; ')}`);
    const layouts = readLayouts(connection);
    const refused = refusalOf(foldAll({ connection, layouts, segments }, setup));
    connection.pragma('wal_checkpoint(PASSIVE)');
    const wanted = setup.tables.map(layoutOf);
    const layoutIds = registerLayouts(connection, layouts, wanted);
    const chunks = createChunks(setup, say);
    for (const [table, layout] of wanted.entries()) tellTable(connection, table, layout, chunks);
    tellJournal(connection, layouts, wanted, say);
    return ok({ layouts, opening: { layoutIds, refused, ...migrated.value } });
  } catch (error) {
    return fail(storageFault(error, setup.file));
  }
}

/** Posts rows, but never more than `chunksAhead` messages that the main thread has not taken. */
function createChunks(setup: WorkerSetup, say: Say): (table: number, values: readonly ColumnValue[]) => void {
  const taken = new Int32Array(setup.taken);
  let posted = 0;
  return (table, values) => {
    for (let done = Atomics.load(taken, 0); posted - done >= chunksAhead; done = Atomics.load(taken, 0)) {
      Atomics.wait(taken, 0, done);
    }
    posted += 1;
    say({ kind: 'rows', table, values });
  };
}

function tellTable(
  connection: Connection,
  table: number,
  layout: RowLayout,
  tell: ReturnType<typeof createChunks>,
): void {
  const columns = layout.columns.map(quote).join(', ');
  const rows = connection.prepare(`SELECT ${columns} FROM ${quote(layout.name)}`).raw();
  let values: ColumnValue[] = [];
  for (const row of rows.iterate() as IterableIterator<ColumnValue[]>) {
    for (const value of row) values.push(value);
    if (values.length < chunkRows * layout.columns.length) continue;
    tell(table, values);
    values = [];
  }
  if (values.length > 0) tell(table, values);
}

/** What tables refused, told after what they hold. */
function tellJournal(connection: Connection, layouts: Layouts, wanted: readonly RowLayout[], say: Say): void {
  const reading = readNewest({ connection, layouts, segments: [] });
  let step = reading.next();
  while (step.done !== true) step = reading.next();
  for (const { layout, rows } of step.value) {
    const table = wanted.findIndex((one) => one.name === layout.name);
    const now = wanted[table];
    if (now === undefined) continue;
    const places = now.columns.map((column) => layout.columns.indexOf(column));
    for (const [key, row] of rows) {
      const values = row === undefined ? undefined : valuesOf(row, layout);
      if (values === undefined) say({ kind: 'deleted', table, key });
      else say({ kind: 'row', table, values: places.map((place) => values[place] ?? null) });
    }
  }
}
