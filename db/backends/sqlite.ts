import { Worker } from 'node:worker_threads';
import type { Log } from '../../kernel/log.ts';
import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import type { StoreBackend, StoreOptions } from '../backend.ts';
import type { GroupSink, GroupWriter } from '../group.ts';
import { writeGroup } from '../group.ts';
import { GroupEncoder } from '../group-encoder.ts';
import type { GroupedStore } from '../grouped-store.ts';
import { createGroupedStore } from '../grouped-store.ts';
import type { ResidentTable } from '../resident.ts';
import type { ColumnValue, RowLayout } from '../row-layout.ts';
import { layoutOf } from '../row-layout.ts';
import type { FromWorker, Opening, ToWorker, WorkerSetup } from './sqlite-messages.ts';
import { outboxBytes } from './sqlite-messages.ts';
import { createRowMaker } from './sqlite-row.ts';

/** No artificial delay: a group is posted as soon as the worker is idle (ADR 0006 has what a gap would save). */
const defaultGap = 0;
/** A note is durable within a second (db/store.ts). */
const noteDelay = 1_000;
const defaultFold = { bytesMax: 67_108_864, idleAfter: 60_000 };

/**
 * Opens the embedded database: all rows in memory, every write appended to a journal by a worker thread, which is the only one
 * that waits for the disk (ADR 0006).
 */
export const openSqliteStore: StoreBackend = async (options) => {
  const setup: WorkerSetup = {
    file: options.file,
    durability: options.durability,
    // A copy: what a thread is started with is cloned, and a declaration may carry more than data.
    tables: options.tables.map(({ name, columns, key, indexes, expiry }) => ({ name, columns, key, indexes, expiry })),
    migrations: options.migrations?.href,
    fold: {
      bytesMax: options.journalBytesMax ?? defaultFold.bytesMax,
      idleAfter: options.journalIdle ?? defaultFold.idleAfter,
    },
    taken: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
    outbox: new SharedArrayBuffer(outboxBytes),
  };
  const worker = new Worker(new URL('./sqlite-worker.js', import.meta.url), { workerData: setup, name: 'pharos-db' });
  const thread = createThread(worker, setup, options.log);
  const store = createGroupedStore(
    { ...options, writer: thread.writer, later: (run) => void setImmediate(run) },
    { tables: options.tables, bounds: options.bounds, gap: options.commitGap ?? defaultGap, noteDelay },
  );
  const ready = await fill(worker, store, setup);
  if (!ready.ok) {
    await worker.terminate();
    return ready;
  }
  thread.begin(layoutNumbers(options, store, ready.value.layoutIds));
  const rows = store.residents.reduce((sum, resident) => sum + resident.size, 0);
  if (ready.value.refused !== undefined) options.log.error('journal-fold-failed', { reason: ready.value.refused });
  options.log.info('store-opened', { file: options.file, rows, schemaFrom: ready.value.from, schema: ready.value.to });
  return ok(store);
};

/** Takes the rows that the worker tells until it is ready or refuses. */
function fill(
  worker: Worker,
  store: GroupedStore,
  setup: WorkerSetup,
): Promise<Result<Extract<Opening, { kind: 'ready' }>, string>> {
  const taken = new Int32Array(setup.taken);
  const makers = setup.tables.map((table) => createRowMaker(Object.keys(table.columns)));
  const keep = (table: number, values: readonly ColumnValue[], newer: boolean): void => {
    const resident = store.residents[table];
    if (resident === undefined) return;
    for (const row of makers[table]?.(values) ?? []) {
      const key = resident.keyOf(row);
      const entry = newer ? resident.find(key) : undefined;
      if (entry === undefined) resident.insert(key, row);
      else resident.replace(entry, row);
    }
  };
  return new Promise((resolve) => {
    worker.once('error', (error) => resolve(fail(`the database thread failed: ${String(error)}`)));
    worker.once('exit', (code) => resolve(fail(`the database thread ended with ${String(code)}`)));
    worker.on('message', function take(message: Opening) {
      switch (message.kind) {
        case 'rows':
          keep(message.table, message.values, false);
          Atomics.add(taken, 0, 1);
          Atomics.notify(taken, 0);
          return;
        case 'row':
          keep(message.table, message.values, true);
          return;
        case 'deleted': {
          const resident = store.residents[message.table];
          const entry = resident?.find(message.key);
          if (entry !== undefined) resident?.delete(entry);
          return;
        }
        case 'ready':
        case 'refused':
          worker.off('message', take);
          worker.removeAllListeners('error');
          worker.removeAllListeners('exit');
          resolve(message.kind === 'ready' ? ok(message) : fail(message.sentence));
      }
    });
  });
}

interface TableLayout {
  readonly id: number;
  readonly layout: RowLayout;
}

const layoutNumbers = (
  options: StoreOptions,
  store: GroupedStore,
  ids: readonly number[],
): ReadonlyMap<ResidentTable, TableLayout> =>
  new Map(
    options.tables.flatMap((table, at) => {
      const resident = store.residents[at];
      const id = ids[at];
      return resident === undefined || id === undefined ? [] : [[resident, { id, layout: layoutOf(table) }] as const];
    }),
  );

/** The main thread's end of the worker. */
function createThread(
  worker: Worker,
  setup: WorkerSetup,
  log: Log,
): { readonly writer: GroupWriter; begin(layouts: ReadonlyMap<ResidentTable, TableLayout>): void } {
  const outbox = Buffer.from(setup.outbox);
  const encoder = new GroupEncoder();
  let sink = sinkOf(encoder, new Map());
  let answered: ((fault: string | undefined) => void) | undefined;
  let closed: (() => void) | undefined;
  let dead: string | undefined;

  const answer = (fault: string | undefined): void => {
    const waiting = answered;
    answered = undefined;
    waiting?.(fault);
  };
  const end = (reason: string): void => {
    if (dead === undefined && closed === undefined) log.error('store-thread-ended', { reason });
    dead ??= reason;
    answer(dead);
    closed?.();
  };
  const hear = (message: FromWorker): void => {
    if (message.kind === 'committed') answer(undefined);
    else if (message.kind === 'failed') answer(message.reason);
    else if (message.kind === 'closed') closed?.();
    else if (message.kind === 'folded')
      log.debug('journal-folded', { rows: message.rows, durationMs: Math.round(message.milliseconds) });
    else log.error('journal-fold-failed', { reason: message.reason });
  };
  const post = (message: ToWorker): void => worker.postMessage(message);

  return {
    begin(found) {
      sink = sinkOf(encoder, found);
      worker.on('message', hear);
      worker.on('error', (error) => end(String(error)));
      worker.on('exit', (code) => end(`the database thread ended with ${String(code)}`));
    },
    writer: {
      write(group, whenAnswered) {
        answered = whenAnswered;
        if (dead !== undefined) {
          setImmediate(answer, dead);
          return;
        }
        encoder.clear();
        writeGroup(group, sink);
        if (encoder.byteLengthMax <= outbox.length) {
          post(encoder.writeTo(outbox));
          return;
        }
        const { buffer, byteLength } = encoder.toBuffer();
        post(new Uint8Array(buffer, 0, byteLength));
      },
      async close() {
        if (dead !== undefined) return;
        await new Promise<void>((resolve) => {
          closed = resolve;
          post('close');
        });
        await worker.terminate();
      },
    },
  };
}

const sinkOf = (encoder: GroupEncoder, layouts: ReadonlyMap<ResidentTable, TableLayout>): GroupSink => ({
  put(resident, row) {
    const found = layouts.get(resident);
    if (found !== undefined) encoder.put(found.id, found.layout, row);
  },
  delete(resident, key) {
    const found = layouts.get(resident);
    if (found !== undefined) encoder.delete(found.id, found.layout, key);
  },
});
