// What a datagram in and a datagram out cost: `node dist/bench/datagram.js [pairs] [runs]`. CPU of this process, which answers
// each datagram of 500 bytes with one of 500; a second process asks, with so many questions outstanding. Medians of the runs.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { chooseDatagramBackend } from '../net/datagram-open.ts';
import type { DatagramBackend } from '../net/datagram-open.ts';
import type { Datagram, DatagramSocket } from '../net/datagram.ts';

const buffers = { receiveBufferBytes: 4_194_304, sendBufferBytes: 4_194_304 };
const here = '127.0.0.1';
const message = Buffer.alloc(500, 'x');

/** What the asking process is asked to do. */
interface Load {
  readonly port: number;
  readonly window: number;
  readonly pairs: number;
}

async function open(backend: DatagramBackend, onBatch: (batch: readonly Datagram[]) => void): Promise<DatagramSocket> {
  const chosen = await chooseDatagramBackend(backend);
  if (!chosen.ok) throw new Error(chosen.fault);
  const opened = await chosen.value.open({ host: here, port: 0 }, buffers, { onBatch, onFault: console.error });
  if (!opened.ok) throw new Error(opened.fault);
  return opened.value;
}

/** Asks until so many answers have come; what gets lost is asked again after a silent moment. */
async function ask({ port, window, pairs }: Load): Promise<void> {
  const to = { host: here, port };
  let [sent, answered, last] = [0, 0, performance.now()];
  let done = (): void => undefined;
  const socket = await open('auto', (batch) => {
    answered += batch.length;
    last = performance.now();
    for (let index = 0; index < batch.length && sent < pairs; index += 1, sent += 1) socket.send(message, to);
    if (answered >= pairs) done();
  });
  const again = setInterval(() => {
    if (performance.now() - last < 500) return;
    sent = answered;
    for (; sent < Math.min(pairs, answered + window); sent += 1) socket.send(message, to);
  }, 500);
  await new Promise<void>((resolve) => {
    done = resolve;
    for (; sent < Math.min(window, pairs); sent += 1) socket.send(message, to);
  });
  clearInterval(again);
  await socket.close();
}

async function measure(asker: ChildProcess, backend: DatagramBackend, window: number, pairs: number) {
  const socket = await open(backend, (batch) => {
    for (const { bytes, from } of batch) socket.send(bytes, from);
  });
  const run = async (count: number): Promise<void> => {
    asker.send({ port: socket.local.port, window, pairs: count } satisfies Load);
    await once(asker, 'message');
  };
  await run(Math.ceil(pairs / 5));
  const [before, at] = [process.cpuUsage(), performance.now()];
  await run(pairs);
  const used = process.cpuUsage(before);
  const elapsed = performance.now() - at;
  await socket.close();
  return { user: used.user / pairs, system: used.system / pairs, perSecond: (pairs / elapsed) * 1000 };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

async function main(): Promise<void> {
  const pairs = Number(process.argv[2] ?? 100_000);
  const runs = Number(process.argv[3] ?? 5);
  const asker = fork(new URL(import.meta.url), ['ask']);
  await once(asker, 'message');
  console.log('backend  window   µs CPU a pair (user + system)   pairs/s');
  for (const window of [1, 32, 256]) {
    const found = { node: [], batched: [] } as Record<'node' | 'batched', Awaited<ReturnType<typeof measure>>[]>;
    for (let run = 0; run < runs; run += 1) {
      for (const backend of ['node', 'batched'] as const)
        found[backend].push(await measure(asker, backend, window, pairs));
    }
    for (const [backend, figures] of Object.entries(found)) {
      const [user, system] = [median(figures.map((each) => each.user)), median(figures.map((each) => each.system))];
      const whole = median(figures.map((each) => each.user + each.system)).toFixed(2);
      const perSecond = median(figures.map((each) => each.perSecond)).toFixed(0);
      console.log(
        `${backend.padEnd(8)} ${String(window).padStart(6)}   ${whole.padStart(6)} (${user.toFixed(2)} + ${system.toFixed(2)})   ${perSecond}`,
      );
    }
  }
  asker.disconnect();
}

if (process.argv[2] === 'ask') {
  process.on('message', (load) => void ask(load as Load).then(() => process.send?.('done')));
  process.send?.('ready');
} else await main();
