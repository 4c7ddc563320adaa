// What one request costs between the socket and the disk: `node dist/bench/path.js [register|subscribe|publish] [users] [rounds]`.
// The whole server is composed, with a durable store, but a transport without sockets hands it the bytes of `window` requests a
// turn, as a batch of datagrams comes in, and waits for their answers. CPU of all threads, for each round of one request a user.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { silentLog } from '../kernel/log.ts';
import { createMeter } from '../kernel/meter.ts';
import { fail, ok } from '../kernel/result.ts';
import { compose } from '../server/compose.ts';
import { openConfiguredStore } from '../server/open-store.ts';
import type { Config } from '../server/sections.ts';
import { sections } from '../server/sections.ts';
import { createSystemClock, createSystemScheduler, createSystemTokens } from '../server/system.ts';
import type { Flow, Peer, TransportFacts } from '../sip-stack/flow.ts';
import { transportKinds } from '../sip-stack/transport/index.ts';
import type { TransportKind } from '../sip-stack/transport/kind.ts';
import type { TransportListener } from '../sip-stack/transport/layer-port.ts';
import { parseMessage } from '../sip-stack/wire/parse.ts';
import { presenceDocument } from '../tools/demo/presence-text.ts';

const domain = 'bench.test';
const window = 32;
const client: Peer = { host: '127.0.0.1', port: 40_000 };

/** The client's side of the transport: hands requests in, takes what the server sends. */
interface Wire {
  readonly kinds: readonly TransportKind[];
  listener: TransportListener | undefined;
  onSent: (bytes: Buffer) => void;
  receive(bytes: Buffer): void;
}

function createWire(): Wire {
  const facts = transportKinds.find((kind) => kind.facts.uriParam === 'udp')?.facts as TransportFacts;
  const local: Peer = { host: '127.0.0.1', port: 5060 };
  class BenchFlow implements Flow {
    readonly key = 'udp|127.0.0.1:5060|127.0.0.1:40000';
    readonly transport = facts;
    readonly local = local;
    readonly open = true;
    readonly remote: Peer;
    constructor(remote: Peer) {
      this.remote = remote;
    }
    send(bytes: Buffer): void {
      wire.onSent(bytes);
    }
  }
  const wire: Wire = {
    kinds: [
      {
        facts,
        start(context) {
          wire.listener = context.listener;
          return {
            listen: async (at) => (at.transport === facts ? ok({ ...at, ...local }) : fail('no sockets here')),
            connect: (peer) => new BenchFlow(peer),
            flow: () => undefined,
            stop: async () => undefined,
          };
        },
      },
    ],
    listener: undefined,
    onSent: () => undefined,
    receive(bytes) {
      const parsed = parseMessage(bytes);
      if (parsed.ok) wire.listener?.onMessage(parsed.value, new BenchFlow({ ...client }));
    },
  };
  return wire;
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const hex8 = (value: number): string => value.toString(16).padStart(8, '0');

type Method = 'REGISTER' | 'PUBLISH' | 'SUBSCRIBE';

/** What a client remembers between its requests. */
interface User {
  readonly name: string;
  nonce: string;
  count: number;
  cseq: number;
  /** The entity-tag of its publication, or the To tag of its subscription. */
  held: string;
}

let branches = 0;

/** The next request of a user, in the form of the load generator. */
function requestOf(method: Method, user: User): Buffer {
  const { name, nonce } = user;
  const aor = `sip:${name}@${domain}`;
  const uri =
    method === 'REGISTER' ? `sip:${domain}` : method === 'SUBSCRIBE' && user.held !== '' ? 'sip:127.0.0.1:5060' : aor;
  user.cseq += 1;
  branches += 1;
  const body =
    method === 'PUBLISH' ? presenceDocument(aor, 'desk', { basic: 'open', note: `sq-${String(user.cseq)}` }) : '';
  const lines = [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK.4242.${String(branches % window)}.${String(branches)};rport`,
    'Max-Forwards: 70',
    `From: <${aor}>;tag=f4242${name}`,
    `To: <${aor}>${method === 'SUBSCRIBE' && user.held !== '' ? `;tag=${user.held}` : ''}`,
    `Call-ID: c4242-${name}`,
    `CSeq: ${String(user.cseq)} ${method}`,
    ...(method === 'PUBLISH' ? [] : [`Contact: <sip:${name}@127.0.0.1:40000>`]),
    'Expires: 3600',
    ...(method === 'REGISTER' ? [] : ['Event: presence']),
    ...(method === 'SUBSCRIBE' ? ['Accept: application/pidf+xml'] : []),
    ...(method === 'PUBLISH' && user.held !== '' ? [`SIP-If-Match: ${user.held}`] : []),
    ...(nonce === '' ? [] : [authorizationOf(method, uri, user)]),
    ...(body === '' ? [] : ['Content-Type: application/pidf+xml']),
    `Content-Length: ${String(body.length)}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
}

function authorizationOf(method: Method, uri: string, user: User): string {
  user.count += 1;
  const { name, nonce } = user;
  const [nc, cnonce] = [hex8(user.count), hex8((user.count * 2_654_435_761) >>> 0)];
  const ha1 = md5(`${name}:${domain}:pw-${name}`);
  const response = md5(`${ha1}:${nonce}:${nc}:${cnonce}:auth:${md5(`${method}:${uri}`)}`);
  return (
    `Authorization: Digest username="${name}", realm="${domain}", nonce="${nonce}", uri="${uri}", ` +
    `response="${response}", algorithm=MD5, qop=auth, cnonce="${cnonce}", nc=${nc}`
  );
}

/** Answers a NOTIFY as a client does. */
function answerTo(notify: string): Buffer {
  const copied = notify.split('\r\n').filter((line) => /^(?:Via|From|To|Call-ID|CSeq):/.test(line));
  return Buffer.from(`SIP/2.0 200 OK\r\n${copied.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`, 'latin1');
}

/** Sends each request, `window` a turn, and waits until all are answered, and with `notified` until as many NOTIFYs came. */
function exchange(
  wire: Wire,
  requests: readonly Buffer[],
  notified: boolean,
  onAnswer: (bytes: Buffer, at: number) => void,
) {
  return new Promise<void>((resolve) => {
    let [next, open, notifies, answered] = [0, 0, 0, 0];
    const answers: Buffer[] = [];
    const turn = (): void => {
      for (const answer of answers.splice(0)) wire.receive(answer);
      while (open < window && next < requests.length) {
        const request = requests[next];
        next += 1;
        open += 1;
        if (request !== undefined) wire.receive(request);
      }
    };
    wire.onSent = (bytes) => {
      const isNotify = bytes[0] === 0x4e;
      if (isNotify) {
        answers.push(answerTo(bytes.toString('latin1')));
        notifies += 1;
      } else {
        onAnswer(bytes, answered);
        answered += 1;
        open -= 1;
      }
      if (answered === requests.length && (!notified || notifies >= answered)) {
        setImmediate(() => {
          turn();
          resolve();
        });
      } else if (open === 0 || isNotify) setImmediate(turn);
    };
    turn();
  });
}

function configFor(database: string): Config {
  const flags = [
    ['server.domains', domain],
    ['server.listen', 'udp:127.0.0.1:5060'],
    ['server.database', database],
    ['presence.defaultHandling', 'allow'],
  ].map(([path = '', value = '']) => ({ path, value, place: 'bench' }));
  const config = loadConfig(sections, { environment: {}, flags });
  if (!config.ok) throw new Error('the configuration of the bench is not good');
  return config.value.values;
}

const spent = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return user + system;
};

async function main(method: Method, count: number, rounds: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'pharos-bench-path-'));
  const config = configFor(join(directory, 'pharos.sqlite'));
  const scheduler = createSystemScheduler();
  const meter = createMeter();
  const opened = await openConfiguredStore({ log: silentLog, scheduler, meter }, config.server);
  if (!opened.ok) throw new Error(opened.fault);
  const { store } = opened.value;
  const wire = createWire();
  const system = { clock: createSystemClock(), tokens: createSystemTokens(), scheduler, log: silentLog, meter, store };
  const composed = await compose({ ...system, transportKinds: wire.kinds }, config);
  if (!composed.ok) throw new Error(composed.fault);
  const pharos = composed.value;
  const users: User[] = [];
  for (let at = 0; at < count; at += 1)
    users.push({ name: `u${String(at).padStart(6, '0')}`, nonce: '', count: 0, cseq: 0, held: '' });
  await Promise.all(users.map(({ name: username }) => pharos.accounts.add({ username, domain }, `pw-${username}`)));

  const figure = (name: string): number => meter.samples().find((sample) => sample.name === name)?.value ?? 0;
  for (let round = 0; round <= rounds; round += 1) {
    const requests = users.map((user) => requestOf(method, user));
    const byCallId = new Map(users.map((user) => [`c4242-${user.name}`, user]));
    const statuses = new Map<string, number>();
    const groups = figure('pharos_db_groups_total');
    const since = process.cpuUsage();
    const answers: Buffer[] = [];
    await exchange(wire, requests, method === 'SUBSCRIBE' && round > 0, (bytes) => answers.push(bytes));
    const perRequest = spent(since) / count;
    const size = count / (figure('pharos_db_groups_total') - groups);
    for (const bytes of answers) {
      const text = bytes.toString('latin1');
      const user = byCallId.get(/Call-ID: (\S+)/.exec(text)?.[1] ?? '');
      const status = text.slice(8, 11);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (user === undefined) continue;
      if (status === '401') user.nonce = /nonce="([^"]+)"/.exec(text)?.[1] ?? '';
      else if (method === 'PUBLISH') user.held = /SIP-ETag: (\S+)/.exec(text)?.[1] ?? '';
      else if (method === 'SUBSCRIBE') user.held = /^To: .*;tag=(\S+)/m.exec(text)?.[1] ?? '';
    }
    console.log(
      `round ${String(round).padStart(2)}  ${perRequest.toFixed(1).padStart(6)} µs  group ${size.toFixed(1)}  ${[...statuses].join(' ')}`,
    );
  }
  await pharos.stop();
  await store.close();
  rmSync(directory, { recursive: true });
}

const [, , asked = 'register', count = '5000', rounds = '12'] = process.argv;
const method = asked.toUpperCase();
if (method !== 'REGISTER' && method !== 'PUBLISH' && method !== 'SUBSCRIBE') throw new Error(`no such path: ${asked}`);
await main(method, Number(count), Number(rounds));
