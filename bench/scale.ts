// 100,000 registered users and 100,000 subscriptions in one process: memory of each, and the time a restart takes to be ready.
// `node dist/bench/scale.js [COUNT=100000]`
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLoadAgent, type LoadAgent } from '../tools/live/load.ts';
import { runCommand, type ServerProcess, startServer } from '../tools/live/server-process.ts';

const count = Number(process.argv[2] ?? 100_000);
const domain = 'example.org';
const folder = mkdtempSync(join(tmpdir(), 'pharos-scale-'));
const database = join(folder, 'pharos.sqlite');
const aor = (index: number): string => `sip:u${String(index).padStart(6, '0')}@${domain}`;

/** Proportional set size of a process in bytes. */
const memoryOf = (pid: number): number => {
  const rollup = readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) * 1024;
};
const start = (): Promise<ServerProcess> =>
  startServer({ database, domain, listen: ['udp:127.0.0.1:0'], set: ['auth.trustedPeers=127.0.0.1/32'] });
const settle = (length: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, length));

async function each(run: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await run(index);
  };
  await Promise.all(Array.from({ length: 64 }, worker));
}

async function expect200(agent: LoadAgent, method: string, uri: string, headers: readonly string[]): Promise<void> {
  const response = await agent.request(method, uri, headers);
  if (response.status !== 200) throw new Error(`${method}: ${response.start}`);
}

const identity = (index: number, kind: string): readonly string[] => [
  `From: <${aor(index)}>;tag=${kind}`,
  `To: <${aor(index)}>`,
  `Call-ID: ${kind}-${String(index)}`,
];

writeFileSync(
  join(folder, 'users.csv'),
  Array.from({ length: count }, (_, index) => `${aor(index).slice(4)},pw\n`).join(''),
);
const imported = await runCommand([
  'user',
  'import',
  join(folder, 'users.csv'),
  '--database',
  database,
  '--domain',
  domain,
]);
if (imported.code !== 0) throw new Error(imported.output);

let server = await start();
const agent = await createLoadAgent(() => server.ports['udp4'] ?? 0, 30_000);
const contact = (index: number): string => `Contact: <sip:u${String(index)}@127.0.0.1:${String(agent.port)}>`;
const empty = memoryOf(server.pid);
await each((index) =>
  expect200(agent, 'REGISTER', `sip:${domain}`, [
    ...identity(index, 'r'),
    'CSeq: 1 REGISTER',
    contact(index),
    'Expires: 7200',
  ]),
);
// Answered transactions are kept for retransmissions for 32 s (Timer J): what is counted is what stays.
await settle(45_000);
const registered = memoryOf(server.pid);
await each((index) =>
  expect200(agent, 'SUBSCRIBE', aor((index * 7) % count), [
    `From: <${aor(index)}>;tag=s`,
    `To: <${aor((index * 7) % count)}>`,
    `Call-ID: s-${String(index)}`,
    'CSeq: 1 SUBSCRIBE',
    'Event: presence',
    contact(index),
    'Expires: 7200',
  ]),
);
await settle(45_000);
const subscribed = memoryOf(server.pid);
const figure = (bytes: number): string => `${(bytes / count).toFixed(0)} bytes each`;
console.log(`empty server with ${String(count)} accounts   ${(empty / 2 ** 20).toFixed(0)} MiB`);
console.log(`${String(count)} registered users       ${figure(registered - empty)}`);
console.log(`${String(count)} subscriptions          ${figure(subscribed - registered)}`);
await server.end('SIGKILL');
server = await start();
console.log(`restart after kill -9 to ready  ${String(server.readyAfter)} ms`);
await server.end('SIGTERM');
server = await start();
console.log(`restart after a polite stop     ${String(server.readyAfter)} ms`);
await settle(5_000);
const resumed = server.log.find((line) => line['event'] === 'subscriptions-resumed');
console.log(`subscriptions resumed           ${JSON.stringify(resumed)}`);
await server.end('SIGTERM');
agent.close();
rmSync(folder, { recursive: true });
