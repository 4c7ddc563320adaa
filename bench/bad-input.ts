// What a hostile message costs beside a good one: `node dist/bench/bad-input.js [ROUNDS=2000] [FACTOR=10] [ONLY=part of a name]`.
// The whole server in process, without sockets and disk: CPU time of a message of each kind as a ratio to that of a good REGISTER,
// which proves who sends it and renews a binding. Exit 1 when one costs more than FACTOR times as much.
import { loadConfig } from '../config/load.ts';
import { silentLog } from '../kernel/log.ts';
import { createMeter } from '../kernel/meter.ts';
import { fail, ok } from '../kernel/result.ts';
import { compose } from '../server/compose.ts';
import { openConfiguredStore } from '../server/open-store.ts';
import { sections } from '../server/sections.ts';
import { createSystemClock, createSystemScheduler, createSystemTokens } from '../server/system.ts';
import { responseOf } from '../sip-stack/digest.ts';
import { digestOf, ha1Of } from '../sip-stack/digest/algorithm.ts';
import type { Flow } from '../sip-stack/flow.ts';
import type { TransportListener } from '../sip-stack/transport/layer-port.ts';
import { tcp } from '../sip-stack/transport/tcp.ts';
import { udp } from '../sip-stack/transport/udp.ts';
import { createFramer } from '../sip-stack/wire/framing.ts';
import { parseMessage } from '../sip-stack/wire/parse.ts';

const rounds = Number(process.argv[2] ?? 2000);
const factor = Number(process.argv[3] ?? 10);
const only = process.argv[4] ?? '';
const domain = 'example.org';

let sent: Buffer = Buffer.alloc(0);
const flowOver = (transport: Flow['transport']): Flow => ({
  key: `${transport.uriParam}|127.0.0.1:5060|127.0.0.1:40000`,
  transport,
  local: { host: '127.0.0.1', port: 5060 },
  remote: { host: '127.0.0.1', port: 40_000 },
  open: true,
  send(bytes) {
    sent = bytes;
  },
});
const datagrams = flowOver(udp.facts);
const stream = flowOver(tcp.facts);

let listener: TransportListener | undefined;
const loaded = loadConfig(sections, {
  environment: {},
  flags: [
    ['server.domains', domain],
    ['server.listen', 'udp:127.0.0.1:5060'],
    ['server.database', ':memory:'],
    ['abuse.banAutomatically', 'false'],
  ].map(([path = '', value = '']) => ({ path, value, place: 'bench' })),
});
if (!loaded.ok) throw new Error('the configuration of the bench is not good');
const config = loaded.value.values;
const scheduler = createSystemScheduler();
const meter = createMeter();
const opened = await openConfiguredStore({ log: silentLog, scheduler, meter }, config.server);
if (!opened.ok) throw new Error(opened.fault);
const { store } = opened.value;
const system = { clock: createSystemClock(), tokens: createSystemTokens(), scheduler, log: silentLog, meter, store };
const composed = await compose(
  {
    ...system,
    transportKinds: [
      {
        facts: udp.facts,
        start(context) {
          listener = context.listener;
          return {
            listen: async (at) => (at.transport === udp.facts ? ok(at) : fail('no sockets here')),
            connect: () => datagrams,
            flow: () => undefined,
            stop: async () => undefined,
          };
        },
      },
    ],
  },
  config,
);
if (!composed.ok) throw new Error(composed.fault);
const pharos = composed.value;
await pharos.accounts.add({ username: 'alice', domain }, 'pw');

let serial = 0;
interface Parts {
  readonly line?: string;
  readonly headers?: readonly string[];
  readonly without?: RegExp;
  readonly length?: number;
  readonly body?: string;
}
/** A REGISTER as clients send it, with what is changed in it. */
function message({ line, headers = [], without, length, body = '' }: Parts = {}): Buffer {
  serial += 1;
  const lines = [
    'Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK%SERIAL%;rport',
    'Max-Forwards: 70',
    'From: "Alice" <sip:alice@example.org>;tag=f%SERIAL%',
    'To: <sip:alice@example.org>',
    'Call-ID: call@192.0.2.7',
    'CSeq: 1 REGISTER',
    'Contact: <sip:alice@192.0.2.7:5060;transport=udp>;expires=3600',
    'User-Agent: Phone/1.0',
    'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, NOTIFY, MESSAGE',
  ].filter((each) => without?.test(each) !== true);
  const text = [
    line ?? 'REGISTER sip:example.org SIP/2.0',
    ...lines,
    ...headers,
    `Content-Length: ${String(length ?? body.length)}`,
    '',
    body,
  ].join('\r\n');
  return Buffer.from(text, 'latin1');
}
const many = (count: number, text: string, separator = ','): string => Array(count).fill(text).join(separator);
const via = 'SIP/2.0/UDP h;branch=z9hG4bKx';

const good = 'a good REGISTER';
const over: Readonly<Record<'datagram' | 'stream', Readonly<Record<string, () => Buffer>>>> = {
  datagram: {
    [good]: () => message({ headers: ['Authorization: %PROOF%'] }),
    'a REGISTER to be challenged': () => message(),
    'garbage of 1 KB': () => Buffer.alloc(1024, 'x'),
    'garbage of 60 KB': () => Buffer.alloc(60_000, 0x80),
    'NULs, 60 KB': () => Buffer.alloc(60_000, 0),
    'NULs in headers': () => message({ headers: ['Subject: a\0b\0c', 'X-\0: y'] }),
    'NUL in From': () => message({ without: /^From/, headers: ['From: <sip:al\0ice@example.org>;tag=1'] }),
    '1,000 Via lines': () => message({ headers: Array<string>(1000).fill(`Via: ${via}`) }),
    '1,800 Via values in a line': () => message({ headers: [`Via: ${many(1800, via)}`] }),
    '2,000 Route lines': () => message({ headers: Array<string>(2000).fill('Route: <sip:h;lr>') }),
    '4,000 Route values in a line': () => message({ headers: [`Route: ${many(4000, '<sip:h;lr>')}`] }),
    '1,600 Route values in a hundred lines': () =>
      message({ headers: Array<string>(100).fill(`Route: ${many(16, '<sip:h;lr>')}`) }),
    '10,000 empty header lines': () => message({ headers: Array<string>(10_000).fill('a:') }),
    '250 unknown headers': () => message({ headers: Array.from({ length: 240 }, (_, at) => `X-${String(at)}: v`) }),
    '60 KB in one header': () => message({ headers: [`Subject: ${'s'.repeat(60_000)}`] }),
    '16 KB in one header': () => message({ headers: [`Subject: ${'s'.repeat(16_000)}`] }),
    '60 KB of folded lines': () => message({ headers: [`Subject: a${'\r\n b'.repeat(15_000)}`] }),
    '60 KB of white space in Via': () => message({ without: /^Via/, headers: [`Via:${' '.repeat(60_000)}${via}`] }),
    '16 KB of white space in From': () =>
      message({ without: /^From/, headers: [`From:${' '.repeat(16_000)}<sip:a@h>;tag=1`] }),
    'a quoted name of 16 KB of escapes': () =>
      message({ without: /^From/, headers: [`From: "${'\\"'.repeat(8000)}" <sip:a@h>;tag=1`] }),
    'quotes that open and never close': () =>
      message({ without: /^From/, headers: [`From: ${'"a" '.repeat(4000)}"<sip:a@h>;tag=1`] }),
    'angle brackets in angle brackets': () =>
      message({ without: /^To/, headers: [`To: ${'<'.repeat(8000)}sip:a@h${'>'.repeat(8000)}`] }),
    'a Contact of 4,000 parameters': () =>
      message({ without: /^Contact/, headers: [`Contact: <sip:a@h>${';p=1'.repeat(4000)}`] }),
    '2,000 Contacts': () => message({ without: /^Contact/, headers: [`Contact: ${many(2000, '<sip:a@h>')}`] }),
    'a Request-URI of 50 KB': () => message({ line: `REGISTER sip:${'a'.repeat(50_000)}@h SIP/2.0` }),
    'a Request-URI of 10,000 parameters': () => message({ line: `REGISTER sip:h${';a=b'.repeat(10_000)} SIP/2.0` }),
    'a Request-URI all escapes': () => message({ line: `REGISTER sip:${'%41'.repeat(10_000)}@h SIP/2.0` }),
    'a method of 60 KB': () => message({ line: `${'M'.repeat(60_000)} sip:h SIP/2.0` }),
    'Via of 4,000 parameters': () => message({ without: /^Via/, headers: [`Via: ${via}${';p=1'.repeat(4000)}`] }),
    'Via that announces overload control 1,000 times': () =>
      message({ without: /^Via/, headers: [`Via: ${via};oc-algo="loss"${';oc'.repeat(1000)}`] }),
    'Content-Length too long': () => message({ length: 5000 }),
    'Content-Length that is no number': () => message({ headers: ['Content-Length: 1e9'] }),
    'Content-Length of 20 digits': () => message({ headers: [`Content-Length: ${'9'.repeat(20)}`] }),
    'no Call-ID': () => message({ without: /^Call-ID/ }),
    'CSeq of another method': () => message({ without: /^CSeq/, headers: ['CSeq: 1 INVITE'] }),
    'a version of ours no more': () => message({ line: 'REGISTER sip:example.org SIP/7.0' }),
    'a start line of spaces': () => message({ line: ' '.repeat(30_000) }),
    'a body of 60 KB': () => message({ body: 'b'.repeat(60_000) }),
    'digest credentials of 16 KB': () =>
      message({ headers: [`Authorization: Digest ${'a="b",'.repeat(2600)}username="alice"`] }),
  },
  stream: {
    [good]: () => message(),
    'a head that never ends, 60 KB': () => Buffer.from(`REGISTER sip:h SIP/2.0\r\n${'a: b\r\n'.repeat(10_000)}`),
    'line ends, 60 KB': () => Buffer.from('\r\n'.repeat(30_000)),
    'no line end, 60 KB': () => Buffer.alloc(60_000, 'x'),
    'Content-Length of 20 digits': () => message({ headers: [`Content-Length: ${'9'.repeat(20)}`] }),
    '10,000 Via values': () => message({ headers: [`Via: ${many(10_000, via)}`] }),
  },
};

function receive(bytes: Buffer, kind: 'datagram' | 'stream'): void {
  if (kind === 'datagram') {
    const parsed = parseMessage(bytes);
    if (parsed.ok) listener?.onMessage(parsed.value, datagrams);
    else listener?.onMalformed(parsed.fault, datagrams);
    return;
  }
  for (const framed of createFramer().push(bytes)) {
    if (framed.kind === 'message') listener?.onMessage(framed.message, stream);
    else if (framed.kind === 'fault') listener?.onMalformed(framed.fault, stream);
  }
}

const ha1 = ha1Of('MD5', 'alice', domain, 'pw');
const ha2 = digestOf('MD5', `REGISTER:sip:${domain}`);
let nonce = '';
let count = 0;
let cseq = 1;

/** A proof for the next count of the nonce we were given. */
function authorization(): string {
  count += 1;
  const parts = { nonce, qop: 'auth', nc: count.toString(16).padStart(8, '0'), cnonce: '0a4f113b' } as const;
  return (
    `Digest username="alice", realm="${domain}", nonce="${nonce}", uri="sip:${domain}", response="` +
    `${responseOf('MD5', ha1, parts, ha2)}", algorithm=MD5, qop=auth, nc=${parts.nc}, cnonce="0a4f113b"`
  );
}

/** Each copy of a message is one of its own, so that none is a retransmission. */
function copies(template: Buffer, howMany: number): readonly Buffer[] {
  const text = template.toString('latin1');
  return Array.from({ length: howMany }, () => {
    serial += 1;
    const own = text.replaceAll('%SERIAL%', String(serial).padStart(8, '0'));
    if (!own.includes('%PROOF%')) return Buffer.from(own, 'latin1');
    cseq += 1;
    return Buffer.from(own.replace('%PROOF%', authorization()).replace('CSeq: 1 ', `CSeq: ${String(cseq)} `), 'latin1');
  });
}

/** CPU microseconds a message, in the quarter of the batches that other programs disturbed least. */
async function costOf(template: Buffer, kind: 'datagram' | 'stream'): Promise<number> {
  const batch = Math.max(5, Math.min(100, Math.floor(2_000_000 / template.length)));
  const costs: number[] = [];
  for (let done = 0; done < rounds; done += batch) {
    const messages = copies(template, batch);
    const start = process.cpuUsage();
    for (const bytes of messages) receive(bytes, kind);
    // What waits for the store is answered too.
    await store.settled();
    const spent = process.cpuUsage(start);
    costs.push((spent.user + spent.system) / batch);
  }
  return costs.sort((a, b) => a - b)[Math.floor(costs.length / 4)] ?? Number.NaN;
}

receive(copies(message(), 1)[0] ?? Buffer.alloc(0), 'datagram');
nonce = /nonce="([^"]+)"/.exec(sent.toString('latin1'))?.[1] ?? '';
let tooDear = 0;
for (const kind of ['datagram', 'stream'] as const) {
  const templates = Object.entries(over[kind]).filter(([name]) => name.includes(only));
  const sound = message({ headers: ['Authorization: %PROOF%'] });
  for (let warming = 0; warming < 10; warming += 1) await costOf(sound, kind);
  if (!sent.toString('latin1').startsWith('SIP/2.0 200')) throw new Error('the good REGISTER is not good');
  const base = await costOf(sound, kind);
  for (const [name, make] of templates) {
    const template = make();
    const cost = name === good ? base : Math.min(await costOf(template, kind), await costOf(template, kind));
    const isTooDear = cost > factor * base;
    if (isTooDear) tooDear += 1;
    const figures = `${cost.toFixed(1).padStart(8)} µs ${(cost / base).toFixed(1).padStart(6)} x ${String(template.length).padStart(7)} bytes`;
    console.log(`${figures}  ${kind}: ${name}${isTooDear ? '  TOO DEAR' : ''}`);
  }
}
await pharos.stop();
await store.close();
console.log(tooDear === 0 ? `all under ${String(factor)} times a good one` : `${String(tooDear)} cost too much`);
process.exit(tooDear === 0 ? 0 : 1);
