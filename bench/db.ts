// What a durable write costs: `node dist/bench/db.js [puts]`. CPU is that of all threads of the process.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { openStore } from '../db/backends/index.ts';
import type { Durability } from '../db/backends/sqlite-connection.ts';
import type { Store } from '../db/store.ts';
import { put } from '../db/store.ts';
import type { RowOf } from '../db/table.ts';
import type { Scheduler } from '../kernel/clock.ts';
import { instant } from '../kernel/clock.ts';
import { silentLog } from '../kernel/log.ts';
import { bindingsTable } from '../registrar/tables.ts';

const scheduler: Scheduler = {
  after(delay, run) {
    const timer = setTimeout(run, delay);
    return { cancel: () => clearTimeout(timer) };
  },
};

const directory = mkdtempSync(join(tmpdir(), 'pharos-bench-db-'));
const users = 10_000;
const startedAt = 1_700_000_000_000;

/** Sixteen columns, about 300 bytes. */
type Binding = RowOf<typeof bindingsTable>;

const binding = (user: number, version: number): Binding => ({
  aor: `sip:user${String(user)}@example.com`,
  id: `k${String(user)}`,
  contact: `sip:user${String(user)}@192.0.2.${String(user % 250)}:5062;transport=udp`,
  params: ';+sip.instance="<urn:uuid:00000000-0000-1000-8000-aabbccddeeff>"',
  q: null,
  callId: `84381763-7684230-${String(user)}@192.0.2.17`,
  cseq: version,
  expiresAt: startedAt + version * 1000,
  registeredAt: startedAt,
  refreshedAt: startedAt + version,
  path: '',
  instance: null,
  regId: null,
  flow: '',
  received: '192.0.2.17:5062',
  userAgent: 'baresip v1.0.0 (x86_64/linux)',
});

const microseconds = (usage: NodeJS.CpuUsage): number => usage.user + usage.system;

async function open(file: string, durability: Durability, commitGap: number, journalBytesMax?: number): Promise<Store> {
  const opened = await openStore('sqlite', {
    file,
    durability,
    tables: [bindingsTable],
    log: silentLog,
    scheduler,
    commitGap,
    journalBytesMax,
  });
  if (!opened.ok) throw new Error(opened.fault);
  return opened.value;
}

/** Keeps `concurrency` puts in flight until `puts` are durable. */
async function load(store: Store, puts: number, concurrency: number, distinct: number): Promise<void> {
  let made = 0;
  const caller = async (): Promise<void> => {
    while (made < puts) {
      made += 1;
      const done = await store.transact([put(bindingsTable, binding(made % distinct, made))]);
      if (!done.ok) throw new Error(done.fault);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
}

async function measurePuts(
  durability: Durability,
  concurrency: number,
  commitGap: number,
  puts: number,
): Promise<void> {
  const file = join(directory, `${durability}-${String(concurrency)}-${String(commitGap)}.sqlite`);
  const store = await open(file, durability, commitGap, Number.MAX_SAFE_INTEGER);
  await load(store, Math.min(puts, 10 * concurrency), concurrency, users);
  const cpu = process.cpuUsage();
  const began = performance.now();
  await load(store, puts, concurrency, users);
  const seconds = (performance.now() - began) / 1000;
  const each = microseconds(process.cpuUsage(cpu)) / puts;
  console.log(
    `${durability.padEnd(14)} concurrency ${String(concurrency).padStart(4)}  gap ${String(commitGap)} ms  ` +
      `${String(Math.round(puts / seconds)).padStart(7)} puts/s  ${each.toFixed(2).padStart(7)} µs CPU a put`,
  );
  const folding = process.cpuUsage();
  const foldBegan = performance.now();
  await store.close();
  const distinct = Math.min(puts, users);
  console.log(
    `${''.padEnd(14)} fold at close: ${(microseconds(process.cpuUsage(folding)) / distinct).toFixed(2)} µs CPU a distinct row, ` +
      `${String(Math.round(performance.now() - foldBegan))} ms for ${String(distinct)}`,
  );
}

/** Puts with the folds they cause, spread over many rows or few; and the longest that a put waited. */
async function measureWithFold(distinct: number, puts: number): Promise<void> {
  const store = await open(join(directory, `fold-${String(distinct)}.sqlite`), 'power-loss', 2, 4_194_304);
  const cpu = process.cpuUsage();
  let worst = 0;
  const watching = { on: true };
  const watcher = (async () => {
    for (let at = 0; watching.on; at += 1) {
      const began = performance.now();
      await store.transact([put(bindingsTable, binding(distinct + (at % 8), at))]);
      worst = Math.max(worst, performance.now() - began);
    }
  })();
  await load(store, puts, 64, distinct);
  watching.on = false;
  await watcher;
  const each = microseconds(process.cpuUsage(cpu)) / puts;
  console.log(
    `folding every 4 Mi, ${String(distinct)} rows, concurrency 64: ${each.toFixed(2)} µs CPU a put; longest wait ${worst.toFixed(0)} ms`,
  );
  await store.close();
}

async function measureOpen(rows: number): Promise<void> {
  const file = join(directory, 'open.sqlite');
  const before = await open(file, 'process-crash', 0);
  for (let from = 0; from < rows; from += 1000) {
    await before.transact(Array.from({ length: 1000 }, (_, at) => put(bindingsTable, binding(from + at, 1))));
  }
  await before.close();
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed;
  const began = performance.now();
  const store = await open(file, 'process-crash', 0);
  const took = performance.now() - began;
  globalThis.gc?.();
  const bytes = (process.memoryUsage().heapUsed - heap) / rows;
  console.log(
    `open with ${String(store.size(bindingsTable))} rows: ${took.toFixed(0)} ms, ${bytes.toFixed(0)} heap bytes a row (with --expose-gc)`,
  );
  const expired = store.expired(bindingsTable, instant(startedAt + 10_000), 10);
  console.log(`${String(expired.length)} of 10 expired found`);
  await store.close();
}

const puts = Number(process.argv[2] ?? 40_000);
for (const durability of ['power-loss', 'process-crash'] as const) {
  for (const gap of [0, 2]) {
    for (const concurrency of [1, 32, 1000]) {
      await measurePuts(
        durability,
        concurrency,
        gap,
        concurrency === 1 ? Math.min(puts, gap === 0 ? 3_000 : 500) : puts,
      );
    }
  }
}
await measureWithFold(1_000, puts);
await measureWithFold(20_000, puts);
await measureOpen(100_000);
rmSync(directory, { recursive: true });
