// A flood from one address and what others notice of it: `node dist/bench/flood.js [SECONDS=5] [FLOOD_PER_SECOND=50000] [REGISTERS_PER_SECOND=300] [ONLY=part of a name] [cold|warm]`.
// A server as an operator runs it, a process that floods it from 127.0.0.2, and here a well-behaved client on 127.0.0.1 whose
// users renew their registrations with digest: p50 and p99 of these, first without a flood, then with one of each kind, from its
// first message on. The first second, in which a flood is told from a busy office, is shown apart too. Exit 1 when the p99 of the
// whole is 50 ms or more, or an answer is missing. "cold" is a server that has served a thousand requests, "warm" one whose code
// has been compiled by twenty thousand more. On two processors flood, server and client take one another's time.
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chooseDatagramBackend } from '../net/datagram-open.ts';
import { createLoadAgent, type LoadAgent } from '../tools/live/load.ts';
import { runCommand, type ServerProcess, startServer } from '../tools/live/server-process.ts';

const domain = 'example.org';
const limit = 50;
const users = 500;

/** What a flood is made of, by name: one message of it. */
const floods: Readonly<Record<string, (at: number) => string>> = {
  garbage: (at) => `\x80\x81 no message ${String(at)} ${'x'.repeat(200)}`,
  'broken headers': (at) => request('REGISTER', `sip:${domain}`, at, ['CSeq: x', 'no colon here']),
  'wrong passwords, one name': (at) => signed(at, 'u0'),
  'wrong passwords, many names': (at) => signed(at, `guess${String(at)}`),
  'REGISTER to be challenged': (at) => request('REGISTER', `sip:${domain}`, at, []),
  'INVITE scan': (at) => request('INVITE', `sip:${String(100 + at)}@${domain}`, at, ['Contact: <sip:e@127.0.0.2>']),
  'OPTIONS of a scanner': (at) => request('OPTIONS', `sip:100@${domain}`, at, ['User-Agent: friendly-scanner']),
};

function request(method: string, uri: string, at: number, headers: readonly string[]): string {
  const from = method === 'REGISTER' ? `sip:u0@${domain}` : 'sip:eve@elsewhere.example';
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKf${String(at)};rport`,
    'Max-Forwards: 70',
    `From: <${from}>;tag=f${String(at)}`,
    `To: <${method === 'REGISTER' ? from : uri}>`,
    `Call-ID: f${String(at)}`,
    `CSeq: 1 ${method}`,
    ...headers,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

const signed = (at: number, name: string): string =>
  request('REGISTER', `sip:${domain}`, at, [
    `Authorization: Digest username="${name}", realm="${domain}", nonce="n.${String(at)}.x", uri="sip:${domain}", ` +
      `response="${'0'.repeat(32)}", algorithm=MD5, qop=auth, cnonce="c", nc=00000001`,
  ]);

/** The process that floods: so many messages a second, in bursts of a millisecond or what the timers allow. */
async function flood(name: string, port: number, perSecond: number): Promise<void> {
  const make = floods[name];
  const backend = await chooseDatagramBackend('auto');
  if (make === undefined || !backend.ok) throw new Error(`no such flood: ${name}`);
  const buffers = { receiveBufferBytes: 1 << 20, sendBufferBytes: 4 << 20 };
  const silent = { onBatch: () => undefined, onFault: () => undefined };
  const opened = await backend.value.open({ host: '127.0.0.2', port: 0 }, buffers, silent);
  if (!opened.ok) throw new Error(opened.fault);
  const to = { host: '127.0.0.1', port };
  // Made before, so that the making does not slow the sending.
  const messages = Array.from({ length: 20_000 }, (_, at) => Buffer.from(make(at), 'latin1'));
  // A flood comes from elsewhere: here it must not take the processor that the server would have.
  setPriority(15);
  const begun = performance.now();
  let sent = 0;
  const told = new AbortController();
  process.on('message', () => {
    told.abort();
  });
  process.send?.('begun');
  while (!told.signal.aborted) {
    const due = Math.min(sent + 500, Math.floor(((performance.now() - begun) / 1000) * perSecond));
    for (; sent < due; sent += 1) {
      const message = messages[sent % messages.length];
      if (message !== undefined) opened.value.send(message, to);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.send?.({ sent, seconds: (performance.now() - begun) / 1000 });
  process.disconnect();
  await opened.value.close();
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** A user of the well-behaved client. */
interface User {
  readonly name: string;
  nonce: string;
  count: number;
  cseq: number;
}

async function register(agent: LoadAgent, user: User): Promise<number> {
  const { name } = user;
  user.cseq += 1;
  user.count += 1;
  const uri = `sip:${domain}`;
  const nc = user.count.toString(16).padStart(8, '0');
  const response = md5(`${md5(`${name}:${domain}:pw`)}:${user.nonce}:${nc}:c:auth:${md5(`REGISTER:${uri}`)}`);
  const seen = await agent.request('REGISTER', uri, [
    `From: <sip:${name}@${domain}>;tag=t`,
    `To: <sip:${name}@${domain}>`,
    `Call-ID: reg-${name}`,
    `CSeq: ${String(user.cseq)} REGISTER`,
    `Contact: <sip:${name}@127.0.0.1:${String(agent.port)}>`,
    'Expires: 3600',
    ...(user.nonce === ''
      ? []
      : [
          `Authorization: Digest username="${name}", realm="${domain}", nonce="${user.nonce}", uri="${uri}", ` +
            `response="${response}", algorithm=MD5, qop=auth, cnonce="c", nc=${nc}`,
        ]),
  ]);
  if (seen.status === 401) {
    user.nonce = /nonce="([^"]+)"/.exec(seen.text)?.[1] ?? '';
    user.count = 0;
  }
  return seen.status;
}

interface Latencies {
  /** Milliseconds of each answer, the shortest first. */
  readonly times: readonly number[];
  readonly lost: number;
}

const quantile = (times: readonly number[], share: number): number =>
  times[Math.floor(times.length * share)] ?? Number.NaN;

/** Registers at an even pace, whether answers come or not, and measures each. */
async function measure(agent: LoadAgent, all: readonly User[], seconds: number, perSecond: number): Promise<Latencies> {
  const times: number[] = [];
  let lost = 0;
  const begun = performance.now();
  const running: Promise<void>[] = [];
  for (let at = 0; at < seconds * perSecond; at += 1) {
    const wait = begun + (at * 1000) / perSecond - performance.now();
    if (wait > 1) await pause(wait);
    const user = all[at % all.length];
    if (user === undefined) continue;
    const since = performance.now();
    running.push(
      register(agent, user).then(
        (status) => {
          if (status === 200) times.push(performance.now() - since);
          else lost += 1;
        },
        () => {
          lost += 1;
        },
      ),
    );
  }
  await Promise.all(running);
  times.sort((a, b) => a - b);
  return { times, lost };
}

/** CPU seconds a process has used. */
function cpuOf(pid: number): number {
  const fields =
    readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function underFlood(
  server: ServerProcess,
  agent: LoadAgent,
  all: readonly User[],
  name: string,
  [seconds, perSecond, registers]: readonly [number, number, number],
): Promise<boolean> {
  const port = server.ports['udp4'] ?? 0;
  const child =
    name === 'none'
      ? undefined
      : fork(fileURLToPath(import.meta.url), ['flood', name, String(port), String(perSecond)]);
  if (child !== undefined) await once(child, 'message');
  const onset = await measure(agent, all, 1, registers);
  const [since, cpu] = [performance.now(), cpuOf(server.pid)];
  const later = await measure(agent, all, seconds - 1, registers);
  const busy = ((cpuOf(server.pid) - cpu) / (performance.now() - since)) * 100_000;
  let rate = 0;
  if (child !== undefined) {
    const told = once(child, 'message') as Promise<[{ readonly sent: number; readonly seconds: number }]>;
    child.send('stop');
    const [report] = await told;
    rate = report.sent / report.seconds;
    await once(child, 'exit');
  }
  const times = [...onset.times, ...later.times].sort((a, b) => a - b);
  const lost = onset.lost + later.lost;
  // Of the whole flood, its beginning included.
  const isGood = quantile(times, 0.99) < limit && lost === 0;
  const figures = [
    `${Math.round(rate).toString().padStart(6)}/s`,
    `p50 ${quantile(times, 0.5).toFixed(1).padStart(6)} ms`,
    `p99 ${quantile(times, 0.99).toFixed(1).padStart(6)} ms`,
    `answered ${String(times.length)}`,
    `lost ${String(lost)}`,
    `p99 of the first second ${quantile(onset.times, 0.99).toFixed(0)} ms, after it ${quantile(later.times, 0.99).toFixed(0)} ms`,
    `server ${busy.toFixed(0).padStart(3)} % of a core`,
  ];
  console.log(`${name.padEnd(28)} ${figures.join('  ')}${isGood ? '' : '  TOO SLOW'}`);
  return isGood;
}

/** What a server has behind it that has run for a while: each kind of request often enough that its code is compiled. */
async function warm(agent: LoadAgent, all: readonly User[]): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(all.map((user) => register(agent, user)));
    await Promise.all(all.map(({ name }) => register(agent, { name, nonce: '', count: 0, cseq: 0 })));
  }
}

async function main(load: readonly [number, number, number], only: string, isWarm: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pharos-flood-'));
  const database = join(folder, 'pharos.sqlite');
  const names = Array.from({ length: users }, (_, at) => `u${String(at)}`);
  writeFileSync(join(folder, 'users.csv'), names.map((name) => `${name}@${domain},pw\n`).join(''));
  const scope = ['--database', database, '--domain', domain];
  const imported = await runCommand(['user', 'import', join(folder, 'users.csv'), ...scope]);
  if (imported.code !== 0) throw new Error(imported.output);
  let good = true;
  for (const name of ['none', ...Object.keys(floods)].filter((one) => one.includes(only))) {
    // A new server each: the ban of the flood before would answer for this one too.
    const server = await startServer({ database, domain, listen: ['udp:127.0.0.1:0'] });
    const agent = await createLoadAgent(() => server.ports['udp4'] ?? 0, 10_000);
    const all = names.map((user): User => ({ name: user, nonce: '', count: 0, cseq: Date.now() % 1e9 }));
    await measure(agent, all, 1, users);
    await measure(agent, all, 1, users);
    if (isWarm) await warm(agent, all);
    good = (await underFlood(server, agent, all, name, load)) && good;
    agent.close();
    await server.end('SIGTERM');
    await runCommand(['ban', 'remove', '127.0.0.2', ...scope]);
  }
  rmSync(folder, { recursive: true });
  process.exit(good ? 0 : 1);
}

const [, , first = '5', second = '50000', third = '300', fourth = '', fifth = 'cold'] = process.argv;
if (first === 'flood') await flood(second, Number(third), Number(fourth));
else await main([Number(first), Number(second), Number(third)], fourth, fifth === 'warm');
