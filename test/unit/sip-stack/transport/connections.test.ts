import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../../../../kernel/clock.ts';
import { ok } from '../../../../kernel/result.ts';
import type { Address } from '../../../../net/address.ts';
import type { StreamAcceptor, StreamReader, StreamSocket } from '../../../../net/stream.ts';
import type { TransportFacts } from '../../../../sip-stack/flow.ts';
import { startConnections } from '../../../../sip-stack/transport/connections.ts';
import type { Transport } from '../../../../sip-stack/transport/kind.ts';
import type { TransportSettings } from '../../../../sip-stack/transport/settings.ts';
import type { FramedMessage, Framer } from '../../../../sip-stack/wire/framing.ts';
import type { SipMessage } from '../../../../sip-stack/wire/message.ts';
import type { TransportBench } from '../../../support/transport-ends.ts';
import { createTransportBench } from '../../../support/transport-ends.ts';

const facts: TransportFacts = { viaToken: 'TCP', uriParam: 'tcp', reliable: true, secure: false, defaultPort: 5060 };
const peer: Address = { host: '192.0.2.1', port: 5060 };

/** A connection without a network: the test plays the system. */
interface FakeSocket extends StreamSocket {
  ping?: () => void;
  readonly written: string[];
  readonly reader: StreamReader;
  /** Whether what is written stays in the backlog. */
  stuck: boolean;
  pings: number;
  handshaking: boolean;
  ended: boolean;
  /** The system takes the oldest writes of the backlog. */
  take(count: number): void;
}

function fakeSocket(remote: Address, reader: StreamReader): FakeSocket {
  let waiting: number[] = [];
  let destroyed = false;
  const socket: FakeSocket = {
    remote,
    local: { host: '192.0.2.100', port: 40_000 },
    written: [],
    reader,
    stuck: false,
    pings: 0,
    handshaking: false,
    ended: false,
    get backlogBytes() {
      return waiting.reduce((sum, each) => sum + each, 0);
    },
    write(bytes) {
      socket.written.push(bytes.toString());
      if (socket.stuck) waiting.push(bytes.length);
      else socket.reader.onWritten();
    },
    end() {
      socket.ended = true;
    },
    destroy() {
      if (destroyed) return;
      destroyed = true;
      queueMicrotask(() => socket.reader.onClosed(undefined));
    },
    take(count) {
      waiting = waiting.slice(count);
      for (let each = 0; each < count; each += 1) socket.reader.onWritten();
    },
  };
  return socket;
}

/** Messages are lines; 'bad' is a fault, 'ping' a ping. */
function lineFramer(): Framer {
  let rest = '';
  return {
    push(chunk) {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      return lines.map((line): FramedMessage => {
        if (line === 'bug') throw new Error('a fault of ours');
        if (line === 'ping') return { kind: 'ping' };
        if (line === 'bad') return { kind: 'fault', fault: { reason: 'Bad Line', status: 400 } };
        return { kind: 'message', message: { text: line } as unknown as SipMessage };
      });
    },
  };
}

interface Played extends TransportBench {
  readonly transport: Transport;
  readonly begun: FakeSocket[];
  accept(remote?: Address): Promise<FakeSocket | undefined>;
  /** What was told, in short: texts of messages, 'malformed', 'closed'. */
  told(): readonly string[];
}

/** @param changed  a handshake that accepted connections begin with, pings that they can be asked with */
function play(settings: Partial<TransportSettings> = {}, changed: { handshaking?: true; pings?: true } = {}): Played {
  const bench = createTransportBench(settings);
  const begun: FakeSocket[] = [];
  let acceptor: StreamAcceptor | undefined;
  const transport = startConnections(
    {
      facts,
      createFramer: lineFramer,
      listen(at, _options, given) {
        acceptor = given;
        return Promise.resolve(ok({ local: at, close: () => Promise.resolve() }));
      },
      connect(to, _options, reader) {
        const socket = fakeSocket(to, reader);
        socket.stuck = true;
        begun.push(socket);
        return socket;
      },
    },
    bench.context,
  );
  return {
    ...bench,
    transport,
    begun,
    async accept(remote = peer) {
      if (acceptor === undefined) await transport.listen({ transport: facts, host: '0.0.0.0', port: 5060 });
      const told: { reader?: StreamReader } = {};
      const socket = fakeSocket(remote, {
        onOpen: () => told.reader?.onOpen(),
        onAlive: () => told.reader?.onAlive?.(),
        onBytes: (chunk) => told.reader?.onBytes(chunk),
        onWritten: () => told.reader?.onWritten(),
        onClosed: (reason) => told.reader?.onClosed(reason),
      });
      socket.handshaking = changed.handshaking === true;
      if (changed.pings === true) socket.ping = () => (socket.pings += 1);
      const reader = acceptor?.onConnection(socket);
      if (reader === undefined) return undefined;
      told.reader = reader;
      return socket;
    },
    told: () =>
      bench.listener.told.map((each) =>
        each.kind === 'message' ? (each.message as unknown as { text: string }).text : each.kind,
      ),
  };
}

async function accepted(played: Played, remote?: Address): Promise<FakeSocket> {
  const socket = await played.accept(remote);
  assert.ok(socket);
  return socket;
}

const settle = (): Promise<void> => new Promise(setImmediate);
const bytes = (text: string): Buffer => Buffer.from(text);

test('uses an open connection for every request to its address, whoever began it (RFC 3261 §18.1.1)', async () => {
  const played = play();
  const socket = await accepted(played);
  const flow = played.transport.connect(peer);
  flow.send(bytes('hello'));
  assert.deepEqual(socket.written, ['hello']);
  assert.equal(played.begun.length, 0);
  const own = played.transport.connect({ host: '192.0.2.2', port: 5060 });
  assert.equal(played.transport.connect({ host: '192.0.2.2', port: 5060 }), own);
  assert.equal(played.begun.length, 1);
});

test('requests wait while the connection is established, and all are told once when it fails (RFC 3261 §18.4)', async () => {
  const played = play();
  const flow = played.transport.connect(peer);
  const failures: string[] = [];
  for (const name of ['a', 'b']) flow.send(bytes(name), (reason) => failures.push(`${name} ${reason}`));
  flow.send(bytes('c'));
  assert.equal(flow.open, true);
  played.begun[0]?.reader.onClosed('ECONNREFUSED');
  played.begun[0]?.reader.onClosed('again');
  assert.deepEqual(failures, ['a ECONNREFUSED', 'b ECONNREFUSED']);
  assert.equal(flow.open, false);
  assert.deepEqual(played.told(), ['closed']);
  flow.send(bytes('d'), (reason) => failures.push(`d ${reason}`));
  assert.equal(failures.length, 2, 'not told during the call');
  await settle();
  assert.deepEqual(failures.slice(2), ['d ECONNREFUSED']);
  assert.notEqual(played.transport.connect(peer), flow);
});

test('gives up a connection that is not established in time', async () => {
  const played = play();
  const flow = played.transport.connect(peer);
  const failures: string[] = [];
  flow.send(bytes('a'), (reason) => failures.push(reason));
  played.time.advance(4900);
  await settle();
  assert.deepEqual(failures, []);
  played.time.advance(200);
  assert.equal(flow.open, false);
  await settle();
  assert.deepEqual(failures, ['connect timeout']);
});

test('a message that the system has taken is not told as failed', async () => {
  const played = play();
  const flow = played.transport.connect(peer);
  const socket = played.begun[0];
  assert.ok(socket);
  socket.reader.onOpen();
  const failures: string[] = [];
  for (const name of ['a', 'b', 'c']) flow.send(bytes(name), () => failures.push(name));
  socket.take(2);
  socket.reader.onClosed('ECONNRESET');
  assert.deepEqual(failures, ['c']);
});

test('a key finds the connection it was made from, and no later one between the same ports', async () => {
  const played = play();
  const first = await accepted(played);
  const flow = played.transport.connect(peer);
  const { key } = flow;
  assert.equal(played.transport.flow(key), flow);
  first.reader.onClosed(undefined);
  assert.equal(played.transport.flow(key), undefined);
  await accepted(played);
  assert.equal(played.transport.flow(key), undefined);
  assert.equal(played.transport.flow('tcp|nonsense'), undefined);
});

test('a key made while connecting still finds the connection when it is open', () => {
  const played = play();
  const flow = played.transport.connect(peer);
  const { key } = flow;
  played.begun[0]?.reader.onOpen();
  assert.equal(played.transport.flow(key), flow);
});

test('answers a ping with a pong (RFC 5626 §4.4.1)', async () => {
  const played = play();
  const socket = await accepted(played);
  socket.reader.onBytes(bytes('ping\nhello\n'));
  assert.deepEqual(socket.written, ['\r\n']);
  assert.deepEqual(played.told(), ['hello']);
});

test('tells of a malformed message, lets the answer go out and hears nothing more', async () => {
  const played = play();
  const socket = await accepted(played);
  socket.reader.onBytes(bytes('one\nbad\ntwo\n'));
  socket.reader.onBytes(bytes('three\n'));
  assert.deepEqual(played.told(), ['one', 'malformed']);
  assert.equal(socket.ended, true);
  played.time.advance(2100);
  await settle();
  assert.deepEqual(played.told(), ['one', 'malformed', 'closed']);
});

test('a framer that fails costs its connection, not the process', async () => {
  const played = play();
  const socket = await accepted(played);
  socket.reader.onBytes(bytes('bug\n'));
  await settle();
  assert.deepEqual(played.told(), ['closed']);
  assert.deepEqual(
    played.logged.map((line) => line.event),
    ['message-failed', 'connection-closed'],
  );
});

test('closes a connection on which a message stays unfinished', async () => {
  const played = play();
  const socket = await accepted(played);
  socket.reader.onBytes(bytes('whole\n'));
  played.time.advance(100_000);
  socket.reader.onBytes(bytes('beg'));
  played.time.advance(20_000);
  socket.reader.onBytes(bytes('un'));
  played.time.advance(9000);
  await settle();
  assert.deepEqual(played.told(), ['whole']);
  played.time.advance(1100);
  await settle();
  assert.deepEqual(played.told(), ['whole', 'closed']);
});

test('closes an accepted connection on which nothing ever comes', async () => {
  const played = play();
  await accepted(played);
  played.time.advance(30_100);
  await settle();
  assert.deepEqual(played.told(), ['closed']);
  assert.ok(played.logged.some((line) => line.event === 'message-unfinished'));
});

test('line ends between messages begin nothing (RFC 3261 §7.5)', async () => {
  const played = play();
  const socket = await accepted(played);
  socket.reader.onBytes(bytes('whole\n'));
  socket.reader.onBytes(bytes('\r'));
  played.time.advance(60_000);
  await settle();
  assert.deepEqual(played.told(), ['whole']);
});

test('closes an idle connection, counting from what was received last', async () => {
  const played = play();
  const socket = await accepted(played);
  socket.reader.onBytes(bytes('one\n'));
  played.time.advance(3_000_000);
  socket.reader.onBytes(bytes('two\n'));
  played.time.advance(3_800_000);
  assert.equal(socket.ended, false);
  played.time.advance(101_000);
  assert.equal(socket.ended, true);
});

test('closes a connection whose peer does not read, within the bound on the backlog', async () => {
  const played = play({ streamBacklogBytesMax: 65_536 });
  const socket = await accepted(played);
  socket.stuck = true;
  const flow = played.transport.connect(peer);
  const failures: string[] = [];
  for (let count = 0; count < 100; count += 1) flow.send(Buffer.alloc(1000), (reason) => failures.push(reason));
  assert.equal(socket.written.length, 66);
  await settle();
  assert.deepEqual(failures, Array<string>(100).fill('peer reads too slowly'));
  assert.deepEqual(played.told(), ['closed']);
  assert.equal(played.logged.filter((line) => line.event === 'peer-reads-too-slowly').length, 1);
});

test('turns connections away beyond the bound, and says so once', async () => {
  const played = play({ connectionsMax: 2 });
  const first = await accepted(played, { host: '192.0.2.1', port: 1 });
  await accepted(played, { host: '192.0.2.1', port: 2 });
  assert.equal(await played.accept({ host: '192.0.2.1', port: 3 }), undefined);
  const refused = played.transport.connect({ host: '192.0.2.9', port: 5060 });
  assert.equal(refused.open, false);
  const failures: string[] = [];
  refused.send(bytes('x'), (reason) => failures.push(reason));
  await settle();
  assert.deepEqual(failures, ['too many connections']);
  assert.equal(played.logged.filter((line) => line.event === 'too-many-connections').length, 1);
  first.reader.onClosed(undefined);
  assert.ok(await played.accept({ host: '192.0.2.1', port: 4 }));
});

test('stopping lets what is queued go out, for a bounded time', async () => {
  const played = play();
  const socket = await accepted(played);
  const connecting = played.transport.connect({ host: '192.0.2.2', port: 5060 });
  const stopped = played.transport.stop();
  assert.equal(socket.ended, true);
  assert.equal(connecting.open, false);
  assert.equal(played.transport.connect({ host: '192.0.2.3', port: 5060 }).open, false);
  assert.equal(await played.accept({ host: '192.0.2.4', port: 5060 }), undefined);
  played.time.advance(2100);
  await stopped;
  assert.deepEqual(played.told(), ['closed', 'closed']);
  assert.equal(played.context.wheel.size, 0);
});

test('an accepted connection carries nothing before its handshake is over, and is closed when it takes too long', async () => {
  const played = play({}, { handshaking: true });
  const socket = await accepted(played);
  socket.reader.onBytes(bytes('early\n'));
  assert.deepEqual(played.told(), []);
  played.time.advance(9000);
  await settle();
  assert.deepEqual(played.told(), []);
  played.time.advance(1100);
  await settle();
  assert.ok(played.logged.some((line) => line.event === 'handshake-unfinished'));
  assert.ok(played.told().includes('closed'));
});

test('after its handshake an accepted connection is as any other', async () => {
  const played = play({}, { handshaking: true });
  const socket = await accepted(played);
  socket.reader.onOpen();
  socket.reader.onBytes(bytes('hello\n'));
  assert.deepEqual(played.told(), ['hello']);
  assert.equal(played.transport.connect(peer), played.listener.told[0]?.flow);
  played.time.advance(60_000);
  await settle();
  assert.deepEqual(played.told(), ['hello']);
});

test('a first message is waited for from the end of the handshake', async () => {
  const played = play({}, { handshaking: true });
  const socket = await accepted(played);
  played.time.advance(5000);
  socket.reader.onOpen();
  played.time.advance(29_900);
  await settle();
  assert.deepEqual(played.told(), []);
  played.time.advance(200);
  await settle();
  assert.deepEqual(played.told(), ['closed']);
});

test('a silent peer that can be asked is pinged, and closed when it does not tell that it lives (RFC 7118 §6)', async () => {
  const played = play({ webSocketPingAfter: seconds(45) }, { pings: true });
  const socket = await accepted(played);
  socket.reader.onBytes(bytes('one\n'));
  played.time.advance(44_000);
  assert.equal(socket.pings, 0);
  played.time.advance(1100);
  assert.equal(socket.pings, 1);
  socket.reader.onAlive?.();
  played.time.advance(46_000);
  assert.equal(socket.pings, 2);
  played.time.advance(45_000);
  await settle();
  assert.deepEqual(played.told(), ['one', 'closed']);
  assert.equal(
    played.logged.find((line) => line.event === 'connection-closed')?.fields['reason'],
    'no answer to pings',
  );
});

test('pings can be turned off', async () => {
  const played = play({ webSocketPingAfter: seconds(0) }, { pings: true });
  const socket = await accepted(played);
  socket.reader.onBytes(bytes('one\n'));
  played.time.advance(3_000_000);
  assert.equal(socket.pings, 0);
  assert.deepEqual(played.told(), ['one']);
});

test('turns away what one address has too many of, and says so', async () => {
  const played = play({ connectionsPerSourceMax: 2 });
  await accepted(played, { host: '192.0.2.1', port: 1 });
  const second = await accepted(played, { host: '192.0.2.1', port: 2 });
  assert.equal(await played.accept({ host: '192.0.2.1', port: 3 }), undefined);
  await accepted(played, { host: '192.0.2.2', port: 3 });
  assert.deepEqual(played.logged.find((line) => line.event === 'source-turned-away')?.fields, {
    transport: 'tcp',
    peer: '192.0.2.1',
    reason: 'too-many',
  });
  second.reader.onClosed(undefined);
  await accepted(played, { host: '192.0.2.1', port: 4 });
});
