// What connections cost: `node dist/bench/connections.js [tcp|tls|ws|wss|rate|register] [n]`, against a server process of its own;
// the clients are a third process. `ulimit -n` bounds both: 20,000 connections need about 20,100 files in each.
// tcp, tls, ws, wss: memory of each of n connections, idle after one OPTIONS. rate: n new TLS connections a second beside 1,000
// OPTIONS a second over UDP. register: CPU of refreshes over n kept TCP connections against UDP.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { createAuthority } from '../test/support/certificates.ts';
import { createLoadAgent } from '../tools/live/load.ts';
import { runCommand, type ServerProcess, startServer } from '../tools/live/server-process.ts';
import type { ClientOrder, ClientResult, StreamName } from '../tools/live/stream-clients.ts';

const domain = 'example.org';
const [, , kind = 'tcp', number] = process.argv;
const folder = mkdtempSync(join(tmpdir(), 'pharos-connections-'));
const database = join(folder, 'pharos.sqlite');
const authority = createAuthority();
const { chain, key } = authority.issue({ dns: [domain] });

const start = (...transports: readonly string[]): Promise<ServerProcess> =>
  startServer({
    database,
    domain,
    listen: transports.map((transport) => `${transport}:127.0.0.1:0`),
    set: [`tls.certificates=${chain}:${key}`, 'auth.trustedPeers=127.0.0.0/8'],
  });

/** Proportional and resident set size of a process in bytes. */
function memoryOf(pid: number): { readonly pss: number; readonly rss: number } {
  const rollup = readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8');
  const of = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0) * 1024;
  return { pss: of('Pss'), rss: of('Rss') };
}

/** CPU that a process has had so far, all threads, in microseconds: its own, and the system's for it. */
function cpuPartsOf(pid: number): { readonly own: number; readonly system: number } {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { own: Number(fields[11]) * 10_000, system: Number(fields[12]) * 10_000 };
}

function cpuOf(pid: number): number {
  const { own, system } = cpuPartsOf(pid);
  return own + system;
}

async function ask(clients: ChildProcess, order: ClientOrder): Promise<ClientResult> {
  clients.send(order);
  const [result] = (await once(clients, 'message')) as [ClientResult];
  if (result.failed > 0) console.log(`${String(result.failed)} failed`);
  return result;
}

const startClients = (): ChildProcess =>
  fork(fileURLToPath(new URL('../tools/live/stream-clients.js', import.meta.url)));
const load = (): string => `load ${loadavg()[0]?.toFixed(1) ?? ''}`;

async function idle(transport: StreamName, count: number): Promise<void> {
  const server = await start(transport);
  const port = server.ports[`${transport}4`] ?? 0;
  const clients = startClients();
  // The code is compiled and the young generation has its size before the first measure.
  await ask(clients, { kind: 'idle', transport, port, count: 300 });
  await wait(3_000);
  const before = memoryOf(server.pid);
  const { done, seconds } = await ask(clients, { kind: 'idle', transport, port, count: count - 300 });
  const cpu = cpuOf(server.pid);
  // Answered transactions are gone after 32 s (Timer J is 0 on streams, but what was young has to age).
  for (const after of [1, 20, 45]) {
    await wait(after === 1 ? 1_000 : after === 20 ? 19_000 : 25_000);
    const now = memoryOf(server.pid);
    const each = (name: 'pss' | 'rss'): string => ((now[name] - before[name]) / (count - 300)).toFixed(0);
    console.log(
      `${String(done)} idle ${transport} connections (opened in ${seconds.toFixed(0)} s): ${each('pss')} bytes PSS, ${each('rss')} ` +
        `bytes RSS each after ${String(after)} s; server ${(now.pss / 2 ** 20).toFixed(0)} MiB; ${load()}`,
    );
  }
  console.log(`CPU while idle for 45 s: ${((cpuOf(server.pid) - cpu) / 1000).toFixed(0)} ms`);
  clients.disconnect();
  await server.end('SIGTERM');
}

async function rate(perSecond: number): Promise<void> {
  const server = await start('udp', 'tls');
  const clients = startClients();
  const port = server.ports['tls4'] ?? 0;
  const agent = await createLoadAgent(() => server.ports['udp4'] ?? 0, 5_000);
  const latencies: number[] = [];
  let failed = 0;
  const requests = async (seconds: number): Promise<void> => {
    const begun = performance.now();
    const open: Promise<void>[] = [];
    while (open.length < seconds * 1000) {
      while (open.length < Math.min(seconds * 1000, performance.now() - begun)) {
        const since = performance.now();
        const headers = [`From: <sip:p@${domain}>;tag=p`, `To: <sip:${domain}>`, `Call-ID: p${String(open.length)}`];
        open.push(
          agent.request('OPTIONS', `sip:${domain}`, [...headers, 'CSeq: 1 OPTIONS']).then(
            () => void latencies.push(performance.now() - since),
            () => void (failed += 1),
          ),
        );
      }
      await wait(2);
    }
    await Promise.all(open);
  };
  await Promise.all([requests(3), ask(clients, { kind: 'rate', port, perSecond, seconds: 3 })]);
  for (const connections of [0, perSecond]) {
    latencies.length = 0;
    const before = cpuOf(server.pid);
    const [, opened] = await Promise.all([
      requests(20),
      connections === 0 ? undefined : ask(clients, { kind: 'rate', port, perSecond: connections, seconds: 20 }),
    ]);
    latencies.sort((one, other) => one - other);
    const at = (share: number): string => (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(1);
    const cpu = (cpuOf(server.pid) - before) / 1e6 / 20;
    if (opened !== undefined)
      console.log(
        `${String(opened.done)} new TLS connections in ${opened.seconds.toFixed(1)} s ` +
          `(${(opened.done / opened.seconds).toFixed(0)}/s), p50 ${opened.p50.toFixed(1)} ms p99 ${opened.p99.toFixed(1)} ms`,
      );
    console.log(
      `with ${String(connections)} connections a second: ${String(latencies.length)} requests over UDP in 20 s, ` +
        `${String(failed)} failed, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; server ${cpu.toFixed(2)} CPU; ${load()}`,
    );
  }
  agent.close();
  clients.disconnect();
  await server.end('SIGTERM');
}

async function register(users: number, perSecond: number): Promise<void> {
  const user = (index: number): string => `u${String(index).padStart(6, '0')}@${domain},pw\n`;
  writeFileSync(join(folder, 'users.csv'), Array.from({ length: users }, (_, index) => user(index)).join(''));
  const imported = await runCommand(
    ['user', 'import', join(folder, 'users.csv'), '--database', database, '--domain', domain], //
  );
  if (imported.code !== 0) throw new Error(imported.output);
  const server = await start('udp', 'tcp');
  const clients = startClients();
  const order = async (transport: 'tcp' | 'udp', seconds: number): Promise<number> => {
    const port = server.ports[`${transport}4`] ?? 0;
    const before = cpuPartsOf(server.pid);
    const { done, p50, p99 } = await ask(clients, { kind: 'register', transport, port, users, perSecond, seconds });
    const after = cpuPartsOf(server.pid);
    const system = (after.system - before.system) / done;
    const each = (after.own - before.own) / done + system;
    console.log(
      `${transport}  ${each.toFixed(1)} us each (system ${system.toFixed(1)}) of ${String(done)} refreshes, ` +
        `p50 ${p50.toFixed(1)} ms p99 ${p99.toFixed(1)} ms; ${load()}`,
    );
    return each;
  };
  for (const transport of ['udp', 'tcp', 'udp', 'tcp'] as const) await order(transport, 4);
  console.log('measured:');
  const spent = { udp: 0, tcp: 0 };
  for (let round = 0; round < 4; round += 1) {
    for (const transport of ['udp', 'tcp'] as const) spent[transport] += await order(transport, 5);
  }
  console.log(`REGISTER over TCP costs ${(spent.tcp / spent.udp).toFixed(2)} times the one over UDP`);
  clients.disconnect();
  await server.end('SIGTERM');
}

if (kind === 'rate') await rate(Number(number ?? 200));
else if (kind === 'register') await register(Number(number ?? 500), Number(process.argv[4] ?? 3000));
else await idle(kind as StreamName, Number(number ?? 19_900));
rmSync(folder, { recursive: true });
authority.remove();
