// What the proxy costs: `node dist/bench/relay.js [message|call] [users] [rounds]`. The whole server is composed with a store in
// memory and a transport without sockets; callers and called hand in bytes and answer what is sent to them, `window` at once.
// CPU of all threads for each MESSAGE with its response, or each call: INVITE 180 200 ACK BYE 200.
import { loadConfig } from '../config/load.ts';
import { createMemoryStore } from '../db/backends/memory.ts';
import { silentLog } from '../kernel/log.ts';
import { createMeter } from '../kernel/meter.ts';
import { fail, ok } from '../kernel/result.ts';
import { compose } from '../server/compose.ts';
import { sections } from '../server/sections.ts';
import { createSystemClock, createSystemScheduler, createSystemTokens } from '../server/system.ts';
import { tables } from '../server/tables.ts';
import type { Flow, Peer } from '../sip-stack/flow.ts';
import { transportKinds } from '../sip-stack/transport/index.ts';
import type { TransportKind } from '../sip-stack/transport/kind.ts';
import type { TransportListener } from '../sip-stack/transport/layer-port.ts';
import { parseMessage } from '../sip-stack/wire/parse.ts';

const domain = 'bench.test';
const window = 32;
const caller: Peer = { host: '127.0.0.1', port: 40_000 };
const called: Peer = { host: '127.0.0.1', port: 41_000 };
const server: Peer = { host: '127.0.0.1', port: 5060 };

const facts = transportKinds.find((kind) => kind.facts.uriParam === 'udp')?.facts;
if (facts === undefined) throw new Error('no UDP');

let listener: TransportListener | undefined;
let onSent: (bytes: Buffer, to: Peer) => void = () => undefined;

class BenchFlow implements Flow {
  readonly transport = facts as NonNullable<typeof facts>;
  readonly local = server;
  readonly open = true;
  readonly remote: Peer;
  constructor(remote: Peer) {
    this.remote = remote;
  }
  get key(): string {
    return `udp|127.0.0.1:5060|${this.remote.host}:${String(this.remote.port)}`;
  }
  send(bytes: Buffer): void {
    onSent(bytes, this.remote);
  }
}

const kinds: readonly TransportKind[] = [
  {
    facts,
    start(context) {
      listener = context.listener;
      return {
        listen: async (at) => (at.transport === facts ? ok({ ...at, ...server }) : fail('no sockets here')),
        connect: (peer) => new BenchFlow(peer),
        flow: () => undefined,
        stop: async () => undefined,
      };
    },
  },
];

function receive(text: string, from: Peer): void {
  const parsed = parseMessage(Buffer.from(text, 'latin1'));
  if (parsed.ok) listener?.onMessage(parsed.value, new BenchFlow({ ...from }));
}

const sdp = [
  'v=0',
  'o=user1 53655765 2353687637 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 6000 RTP/AVP 0',
  'a=rtpmap:0 PCMU/8000',
  '',
].join('\r\n');

let count = 0;

function requestText(
  method: string,
  uri: string,
  user: string,
  callId: string,
  more: readonly string[],
  body: string,
): string {
  count += 1;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK-bench-${String(count)}`,
    `From: <sip:caller@${domain}>;tag=c${callId}`,
    `To: <sip:${user}@${domain}>${method === 'ACK' || method === 'BYE' ? ';tag=uas' : ''}`,
    `Call-ID: ${callId}`,
    `CSeq: ${method === 'BYE' ? '2' : '1'} ${method}`,
    'Contact: <sip:caller@127.0.0.1:40000>',
    'Max-Forwards: 70',
    ...more,
    `Content-Length: ${String(body.length)}`,
    '',
    body,
  ].join('\r\n');
}

const lineOf = (text: string, name: string): readonly string[] =>
  text.split('\r\n').filter((line) => line.startsWith(`${name}: `));

function answerText(request: string, status: string, body: string): string {
  const to = lineOf(request, 'To')[0] ?? '';
  return [
    `SIP/2.0 ${status}`,
    ...lineOf(request, 'Via'),
    ...lineOf(request, 'Record-Route'),
    ...lineOf(request, 'From'),
    to.includes(';tag=') ? to : `${to};tag=uas`,
    ...lineOf(request, 'Call-ID'),
    ...lineOf(request, 'CSeq'),
    'Contact: <sip:uas@127.0.0.1:41000>',
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${String(body.length)}`,
    '',
    body,
  ].join('\r\n');
}

const userOf = (at: number): string => `u${String(at).padStart(6, '0')}`;

/** Starts `total` exchanges, `window` at once; what the parties say is made outside of the measured part where it can be. */
function run(kind: 'message' | 'call', users: number, total: number, measure: (spent: number) => void): Promise<void> {
  return new Promise((resolve) => {
    let [started, done, spent] = [0, 0, 0];
    const inbox: { readonly text: string; readonly to: Peer }[] = [];
    onSent = (bytes, to) => {
      inbox.push({ text: bytes.toString('latin1'), to });
    };
    const begin = (): void => {
      const user = userOf(started % users);
      started += 1;
      const method = kind === 'message' ? 'MESSAGE' : 'INVITE';
      const type = kind === 'message' ? 'Content-Type: text/plain' : 'Content-Type: application/sdp';
      const body = kind === 'message' ? 'hello there' : sdp;
      queue.push([requestText(method, `sip:${user}@${domain}`, user, `b${String(count)}`, [type], body), caller]);
    };
    const queue: (readonly [string, Peer])[] = [];
    const finish = (): void => {
      done += 1;
      if (started < total) begin();
    };
    const react = ({ text, to }: { readonly text: string; readonly to: Peer }): void => {
      const first = text.slice(0, text.indexOf(' '));
      if (to.port === called.port) {
        if (first === 'MESSAGE' || first === 'BYE') queue.push([answerText(text, '200 OK', ''), called]);
        else if (first === 'INVITE') {
          queue.push([answerText(text, '180 Ringing', ''), called], [answerText(text, '200 OK', sdp), called]);
        }
        return;
      }
      const status = text.slice(8, 11);
      const cseq = lineOf(text, 'CSeq')[0] ?? '';
      if (status !== '200') return;
      if (!cseq.endsWith('INVITE')) {
        finish();
        return;
      }
      const callId = (lineOf(text, 'Call-ID')[0] ?? '').slice(9);
      const routes = lineOf(text, 'Record-Route').map((line) => line.replace('Record-Route', 'Route'));
      const uri = 'sip:uas@127.0.0.1:41000';
      queue.push([requestText('ACK', uri, 'uas', callId, routes, ''), caller]);
      queue.push([requestText('BYE', uri, 'uas', callId, routes, ''), caller]);
    };
    const turn = (): void => {
      while (queue.length > 0) {
        const batch = queue.splice(0);
        const since = process.cpuUsage();
        for (const [text, from] of batch) receive(text, from);
        const { user, system } = process.cpuUsage(since);
        spent += user + system;
        for (const message of inbox.splice(0)) react(message);
      }
      if (done < total) {
        setImmediate(turn);
        return;
      }
      measure(spent / total);
      resolve();
    };
    for (let at = 0; at < window && at < total; at += 1) begin();
    turn();
  });
}

async function main(kind: 'message' | 'call', users: number, rounds: number): Promise<void> {
  const flags = [
    ['server.domains', domain],
    ['server.listen', 'udp:127.0.0.1:5060'],
    ['server.database', ':memory:'],
    ['auth.trustedPeers', '127.0.0.1'],
  ].map(([path = '', value = '']) => ({ path, value, place: 'bench' }));
  const config = loadConfig(sections, { environment: {}, flags });
  if (!config.ok) throw new Error('the configuration of the bench is not good');
  const store = createMemoryStore({ tables });
  const system = {
    clock: createSystemClock(),
    tokens: createSystemTokens(),
    scheduler: createSystemScheduler(),
    log: silentLog,
    meter: createMeter(),
    store,
  };
  const composed = await compose({ ...system, transportKinds: kinds }, config.value.values);
  if (!composed.ok) throw new Error(composed.fault);
  const pharos = composed.value;
  for (let at = 0; at < users; at += 1) await pharos.accounts.add({ username: userOf(at), domain }, 'pw');
  let registered = 0;
  onSent = () => {
    registered += 1;
  };
  for (let at = 0; at < users; at += 1) {
    const user = userOf(at);
    const lines = ['Expires: 3600'];
    const text = requestText('REGISTER', `sip:${domain}`, user, `r${String(at)}`, lines, '')
      .replace(`From: <sip:caller@`, `From: <sip:${user}@`)
      .replace('Contact: <sip:caller@127.0.0.1:40000>', `Contact: <sip:${user}@127.0.0.1:41000>`);
    receive(text, called);
  }
  while (registered < users) await new Promise((resolve) => setImmediate(resolve));
  for (let round = 0; round < rounds; round += 1) {
    await run(kind, users, 20_000, (spent) => {
      console.log(`round ${String(round).padStart(2)}  ${spent.toFixed(1).padStart(6)} µs`);
    });
  }
  await pharos.stop();
  await store.close();
}

const [, , asked = 'message', users = '1000', rounds = '6'] = process.argv;
if (asked !== 'message' && asked !== 'call') throw new Error(`no such path: ${asked}`);
await main(asked, Number(users), Number(rounds));
