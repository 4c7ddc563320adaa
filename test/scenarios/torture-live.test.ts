import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { createMemoryStore } from '../../db/backends/memory.ts';
import { loadConfig } from '../../config/load.ts';
import { silentLog } from '../../kernel/log.ts';
import { createMeter } from '../../kernel/meter.ts';
import { compose, type Pharos } from '../../server/compose.ts';
import { sections } from '../../server/sections.ts';
import { createSystemClock, createSystemScheduler, createSystemTokens } from '../../server/system.ts';
import { tables } from '../../server/tables.ts';

type Answer = number | 'none';
interface Entry {
  readonly file: string;
  readonly section: string;
  /** To a sender by UDP. */
  readonly answer: Answer;
  /** To a trusted sender by UDP, where that tells what a challenge hides. */
  readonly admitted?: number;
  /** What comes over TCP where a stream makes a difference: statuses in order, `closed` when the connection is closed then. */
  readonly tcp?: readonly (number | 'closed')[];
}

const folder = new URL('../../../test/vectors/torture/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8')) as {
  readonly server: { readonly domains: readonly string[] };
  readonly files: readonly Entry[];
};
const bytesOf = (file: string): Buffer => readFileSync(new URL(file, folder));

/** Loopback address of our own, so that we can listen where a Via says: a response goes to its port (RFC 3261 §18.2.2). */
const own = `127.77.${String(process.pid % 250)}.${String(1 + (Math.floor(process.pid / 250) % 250))}`;

/** A server of its own for each message: many share a branch, which makes them retransmissions (RFC 3261 §17.2.3). */
async function withServer(
  run: (ports: { readonly udp: number; readonly tcp: number }) => Promise<void>,
  trustedPeers = '',
): Promise<void> {
  const flags = [
    ['server.domains', manifest.server.domains.join(',')],
    ['server.listen', 'udp:127.0.0.1:0,tcp:127.0.0.1:0'],
    ['auth.trustedPeers', trustedPeers],
  ].map(([path = '', value = '']) => ({ path, value, place: 'test' }));
  const config = loadConfig(sections, { environment: {}, flags });
  assert.ok(config.ok);
  const [clock, scheduler, tokens] = [createSystemClock(), createSystemScheduler(), createSystemTokens()];
  const store = createMemoryStore({ tables });
  const deps = { clock, scheduler, tokens, log: silentLog, meter: createMeter(), store };
  const composed = await compose(deps, config.value.values);
  assert.ok(composed.ok);
  const pharos: Pharos = composed.value;
  const portOf = (transport: string): number =>
    pharos.bound.find((bound) => bound.transport.uriParam === transport)?.port ?? 0;
  try {
    await run({ udp: portOf('udp'), tcp: portOf('tcp') });
  } finally {
    await pharos.stop();
    await store.close();
  }
}

/** Asked after the message on its own path: when it is answered and the message is not, the message gets no answer. */
const lastWord = (transport: string, host: string, port: number): string =>
  [
    'OPTIONS sip:example.com SIP/2.0',
    `Via: SIP/2.0/${transport} ${host}:${String(port)};branch=z9hG4bKlastword`,
    'Max-Forwards: 70',
    'From: <sip:torture@example.com>;tag=t',
    'To: <sip:example.com>',
    'Call-ID: lastword',
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');

const statusOf = (response: string): number => Number(/^SIP\/2\.0 (\d{3})/.exec(response)?.[1] ?? 0);

const isLast = (response: string): boolean => response.startsWith('SIP/2.0 200 ') && response.includes('lastword');
const responsesIn = (stream: string): readonly string[] =>
  stream.split(/(?=SIP\/2\.0 \d{3} )/).filter((text) => text !== '');

/** Where a response to this message goes: the port of the first Via, or 5060. */
const sentByPort = (bytes: Buffer): number =>
  Number(/^via:[^;\r\n]*?:(\d+) *(?:[;,\r\n])/im.exec(bytes.toString('latin1'))?.[1] ?? 5060);

async function overUdp(bytes: Buffer, server: number): Promise<readonly number[]> {
  const text = bytes.toString('latin1');
  const socket = createSocket('udp4').bind(/^via:.*;rport/im.test(text) ? 0 : sentByPort(bytes), own);
  await once(socket, 'listening');
  const statuses: number[] = [];
  const answered = new Promise<void>((resolve) => {
    socket.on('message', (response) => {
      const answer = response.toString('latin1');
      if (isLast(answer)) resolve();
      else statuses.push(statusOf(answer));
    });
  });
  socket.send(bytes, server, '127.0.0.1');
  socket.send(lastWord('UDP', own, socket.address().port), server, '127.0.0.1');
  await answered;
  socket.close();
  return statuses;
}

async function overTcp(bytes: Buffer, server: number): Promise<readonly (number | 'closed')[]> {
  const socket = connect(server, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  socket.write(lastWord('TCP', '127.0.0.1', socket.localPort ?? 0));
  let received = '';
  let end: readonly 'closed'[] = ['closed'];
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    if (!received.endsWith('\r\n\r\n') || !responsesIn(received).some(isLast)) return;
    end = [];
    socket.destroy();
  });
  // What waits for the rest of a body gets none: we say that no more comes.
  const giveUp = setTimeout(() => socket.end(), 500);
  await once(socket, 'close');
  clearTimeout(giveUp);
  const others = responsesIn(received).filter((text) => !isLast(text));
  return [...others.map(statusOf), ...end];
}

describe('torture messages are answered as the manifest says', { concurrency: 1 }, () => {
  for (const { file, section, answer, admitted, tcp } of manifest.files) {
    const over = answer === 'none' ? [] : [answer];
    test(`${file} over UDP: ${String(answer)} (${section})`, () =>
      withServer(async (ports) => {
        assert.deepEqual(await overUdp(bytesOf(file), ports.udp), over);
      }));
    if (admitted !== undefined)
      test(`${file} of a trusted sender: ${String(admitted)} (${section})`, () =>
        withServer(async (ports) => {
          assert.deepEqual(await overUdp(bytesOf(file), ports.udp), [admitted]);
        }, '127.0.0.0/8'));
    test(`${file} over TCP: ${(tcp ?? [answer]).join(', ')} (${section})`, () =>
      withServer(async (ports) => {
        assert.deepEqual(await overTcp(bytesOf(file), ports.tcp), tcp ?? over);
      }));
  }
});
