// Clients on connections, in a process of their own: started by `fork`, told what to do by one message at a time.
import { createSocket } from 'node:dgram';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setTimeout as wait } from 'node:timers/promises';

/** What these clients are asked to do. */
export type ClientOrder =
  /** Opens connections that stay, one OPTIONS with its answer on each. */
  | { readonly kind: 'idle'; readonly transport: StreamName; readonly port: number; readonly count: number }
  /** Opens, asks one OPTIONS and closes: so many connections a second. */
  | { readonly kind: 'rate'; readonly port: number; readonly perSecond: number; readonly seconds: number }
  /** REGISTERs that refresh, each user on its flow, at a rate; the first order of a transport opens the flows. */
  | {
      readonly kind: 'register';
      readonly transport: 'tcp' | 'udp';
      readonly port: number;
      readonly users: number;
      readonly perSecond: number;
      readonly seconds: number;
    };

export type StreamName = 'tcp' | 'tls' | 'ws' | 'wss';

/** What came of it; latencies in milliseconds. */
export interface ClientResult {
  readonly done: number;
  readonly failed: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
}

export const clientDomain = 'example.org';
export const clientUser = (index: number): string => `u${String(index).padStart(6, '0')}`;

const run = Math.random().toString(36).slice(2);
let branches = 0;
const kept: Socket[] = [];
const latencies: number[] = [];

function requestText(method: string, transport: string, headers: readonly string[]): string {
  branches += 1;
  return [
    `${method} sip:${clientDomain} SIP/2.0`,
    `Via: SIP/2.0/${transport.toUpperCase()} client.invalid:5060;branch=z9hG4bK${run}.${String(branches)};rport`,
    'Max-Forwards: 70',
    ...headers,
    'Content-Length: 0\r\n\r\n',
  ].join('\r\n');
}

const optionsText = (transport: string): string =>
  requestText('OPTIONS', transport, [
    `From: <sip:probe@${clientDomain}>;tag=o`,
    `To: <sip:${clientDomain}>`,
    `Call-ID: o${String(branches)}.${run}`,
    'CSeq: 1 OPTIONS',
  ]);

/** One connection, its OPTIONS answered; sources are spread, for each has 28,000 ports towards the server. */
function exchange(transport: StreamName, port: number, index: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const at = { host: '127.0.0.1', port, localAddress: `127.0.0.${String(1 + (index % 8))}` };
    const isWeb = transport === 'ws' || transport === 'wss';
    const isSecure = transport === 'tls' || transport === 'wss';
    const socket = isSecure ? connectTls({ ...at, rejectUnauthorized: false }) : connectTcp(at);
    const ask = (): void => void socket.write(isWeb ? maskedFrame(optionsText(transport)) : optionsText(transport));
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      if (isWeb) socket.write(upgrade);
      else ask();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed')));
    socket.on('data', (bytes: Buffer) => {
      const text = bytes.toString('latin1');
      if (text.startsWith('HTTP/1.1 101')) ask();
      else if (/SIP\/2\.0 200 /.test(text)) resolve(socket);
      else reject(new Error(text.slice(0, 80)));
    });
  });
}

const upgrade =
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n\r\n';

/** A text frame of a client, masked with zeros (RFC 6455 §5.2). */
function maskedFrame(text: string): Buffer {
  const head = Buffer.from([0x81, 0xfe, text.length >> 8, text.length & 0xff, 0, 0, 0, 0]);
  return Buffer.concat([head, Buffer.from(text, 'latin1')]);
}

async function openIdle(transport: StreamName, port: number, count: number): Promise<number> {
  let [next, failed] = [0, 0];
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      try {
        kept.push(await exchange(transport, port, index));
      } catch (error) {
        failed += 1;
        if (failed === 1) console.error(error);
      }
    }
  };
  await Promise.all(Array.from({ length: 50 }, worker));
  return failed;
}

/** Calls `step` at a steady rate, in ticks of 10 ms; what falls behind is caught up. */
async function paced(perSecond: number, seconds: number, step: (index: number) => void): Promise<void> {
  const begun = performance.now();
  let begunSteps = 0;
  while (begunSteps < perSecond * seconds) {
    const due = Math.min(perSecond * seconds, ((performance.now() - begun) / 1000) * perSecond);
    while (begunSteps < due) step(begunSteps++);
    await wait(10);
  }
}

async function openAtRate(port: number, perSecond: number, seconds: number): Promise<number> {
  let failed = 0;
  const open: Promise<void>[] = [];
  await paced(perSecond, seconds, (index) => {
    const since = performance.now();
    open.push(
      exchange('tls', port, index).then(
        (socket) => {
          latencies.push(performance.now() - since);
          socket.destroy();
        },
        () => void (failed += 1),
      ),
    );
  });
  await Promise.all(open);
  return failed;
}

interface Flows {
  readonly send: (user: number, text: string) => void;
}
const flows: { tcp?: Flows; udp?: Flows } = {};
/** Moments at which REGISTERs were sent, by their Call-ID and CSeq. */
const asked = new Map<string, number>();
const refreshes = { done: 0, failed: 0, cseq: 0 };

function onAnswers(text: string): void {
  for (const [, status, callId, cseq] of text.matchAll(
    /SIP\/2\.0 (\d+)[^]*?\r\nCall-ID: (\S+)[^]*?\r\nCSeq: (\d+)[^]*?\r\n\r\n/g,
  )) {
    const name = `${String(callId)} ${String(cseq)}`;
    const since = asked.get(name);
    asked.delete(name);
    if (since === undefined || status !== '200') refreshes.failed += 1;
    else {
      refreshes.done += 1;
      latencies.push(performance.now() - since);
    }
  }
}

async function openFlows(transport: 'tcp' | 'udp', port: number, users: number): Promise<Flows> {
  if (transport === 'udp') {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 });
    socket.on('message', (bytes) => onAnswers(bytes.toString('latin1')));
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return { send: (_, text) => socket.send(text, port, '127.0.0.1') };
  }
  const sockets: Socket[] = [];
  for (let index = 0; index < users; index += 1) {
    const socket = await exchange('tcp', port, 0);
    socket.removeAllListeners('data').on('data', (bytes: Buffer) => onAnswers(bytes.toString('latin1')));
    sockets.push(socket);
  }
  return { send: (user, text) => void sockets[user]?.write(text) };
}

async function register(order: ClientOrder & { readonly kind: 'register' }): Promise<number> {
  const { transport, port, users } = order;
  const { send } = (flows[transport] ??= await openFlows(transport, port, users));
  refreshes.done = refreshes.failed = 0;
  await paced(order.perSecond, order.seconds, (index) => {
    const user = index % users;
    if (user === 0) refreshes.cseq += 1;
    const callId = `${transport}${String(user)}`;
    asked.set(`${callId} ${String(refreshes.cseq)}`, performance.now());
    const text = requestText('REGISTER', transport, [
      `From: <sip:${clientUser(user)}@${clientDomain}>;tag=r`,
      `To: <sip:${clientUser(user)}@${clientDomain}>`,
      `Call-ID: ${callId}`,
      `CSeq: ${String(refreshes.cseq)} REGISTER`,
      `Contact: <sip:${clientUser(user)}@127.0.0.1:5070;transport=${transport}>`,
      'Expires: 3600',
    ]);
    send(user, text);
  });
  for (let rest = 0; asked.size > 0 && rest < 50; rest += 1) await wait(100);
  return refreshes.failed + asked.size;
}

async function obey(order: ClientOrder): Promise<ClientResult> {
  latencies.length = 0;
  const begun = performance.now();
  let [done, failed] = [0, 0];
  if (order.kind === 'idle') {
    failed = await openIdle(order.transport, order.port, order.count);
    done = kept.length;
  } else if (order.kind === 'rate') {
    failed = await openAtRate(order.port, order.perSecond, order.seconds);
    done = latencies.length;
  } else {
    failed = await register(order);
    ({ done } = refreshes);
  }
  latencies.sort((one, other) => one - other);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { done, failed, seconds: (performance.now() - begun) / 1000, p50: at(0.5), p99: at(0.99) };
}

process.on('message', (order: ClientOrder) => {
  void obey(order).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit());
