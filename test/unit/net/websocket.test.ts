import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { limits } from '../../../kernel/limits.ts';
import { milliseconds } from '../../../kernel/clock.ts';
import type { StreamReader, StreamServer, StreamSocket } from '../../../net/stream.ts';
import type { WebSocketPolicy } from '../../../net/websocket.ts';
import { createListenWebSocket } from '../../../net/websocket.ts';

const bounded = { timeout: 10_000 };

/** A server with what its one reader was told. */
interface Serving {
  readonly server: StreamServer;
  readonly port: number;
  readonly accepted: StreamSocket[];
  readonly told: string[];
  readonly until: (start: string) => Promise<string>;
}

async function serve(changed: Partial<WebSocketPolicy> = {}): Promise<Serving> {
  const accepted: StreamSocket[] = [];
  const told: string[] = [];
  let wake = (): void => undefined;
  const tell = (text: string): void => {
    told.push(text);
    wake();
  };
  const reader: StreamReader = {
    onOpen: () => tell('open'),
    onBytes: (chunk) => tell(chunk.toString('latin1')),
    onAlive: () => tell('alive'),
    onWritten: () => tell('written'),
    onClosed: (reason) => tell(`closed ${reason ?? ''}`),
  };
  const listen = createListenWebSocket({ protocol: 'sip', origins: [], path: '', ...changed });
  const server = await listen(
    { host: '127.0.0.1', port: 0 },
    { probeAfter: milliseconds(0) },
    {
      onConnection(socket) {
        accepted.push(socket);
        return reader;
      },
      onFault: (reason) => assert.fail(reason),
    },
  );
  assert.ok(server.ok);
  return {
    server: server.value,
    port: server.value.local.port,
    accepted,
    told,
    async until(start) {
      for (;;) {
        const found = told.find((text) => text.startsWith(start));
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

interface Dialled {
  readonly socket: WebSocket;
  readonly heard: { readonly text: string; readonly binary: boolean }[];
  readonly closed: Promise<number>;
}

/** The open socket, or the status of the refusal. */
function dial(
  port: number,
  options: { protocol?: string; path?: string; origin?: string } = {},
): Promise<Dialled | number> {
  const { protocol = 'sip', path = '/', origin } = options;
  const socket = new WebSocket(
    `ws://127.0.0.1:${String(port)}${path}`,
    protocol === '' ? [] : protocol.split(','),
    origin === undefined ? {} : { origin },
  );
  const heard: { text: string; binary: boolean }[] = [];
  socket.on('message', (data: Buffer, binary) => heard.push({ text: data.toString('latin1'), binary }));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('unexpected-response', (request, response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
    socket.once('open', () => resolve({ socket, heard, closed }));
  });
}

async function open(port: number): Promise<Dialled> {
  const dialled = await dial(port);
  assert.ok(typeof dialled !== 'number');
  return dialled;
}

test('the sub-protocol sip is required and confirmed (RFC 7118 §4.1)', bounded, async () => {
  const { port, server } = await serve();
  assert.equal(await dial(port, { protocol: '' }), 400);
  assert.equal(await dial(port, { protocol: 'msrp' }), 400);
  const among = await dial(port, { protocol: 'msrp,sip' });
  assert.ok(typeof among !== 'number');
  assert.equal(among.socket.protocol, 'sip');
  among.socket.terminate();
  await server.close();
});

test('pages of other origins are refused, programs without an origin are not (RFC 6455 §10.2)', bounded, async () => {
  const { port, server } = await serve({ origins: ['https://app.example.org'] });
  assert.equal(await dial(port, { origin: 'https://evil.example' }), 403);
  for (const options of [{ origin: 'https://App.example.org' }, {}]) {
    const dialled = await dial(port, options);
    assert.ok(typeof dialled !== 'number');
    dialled.socket.terminate();
  }
  await server.close();
});

test('another path than the one set is not found', bounded, async () => {
  const { port, server } = await serve({ path: '/sip' });
  assert.equal(await dial(port, { path: '/other' }), 404);
  const dialled = await dial(port, { path: '/sip?token=1' });
  assert.ok(typeof dialled !== 'number');
  dialled.socket.terminate();
  await server.close();
});

for (const [what, request, status] of [
  ['no upgrade', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', '426'],
  ['no HTTP', 'OPTIONS sip:x SIP/2.0\r\n\r\n', '400'],
  ['a head that is too large', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, '400'],
] as const) {
  test(`a request with ${what} is answered ${status} and closed`, bounded, async () => {
    const { port, server, until, told } = await serve();
    const socket = connect(port, '127.0.0.1');
    let heard = '';
    socket.on('data', (chunk) => (heard += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.write(request);
    await new Promise((resolve) => socket.once('close', resolve));
    assert.equal(heard.slice(9, 12), status);
    await until('closed');
    assert.equal(told.includes('open'), false);
    await server.close();
  });
}

test('text and binary frames are both taken, whole (RFC 7118 §4.2)', bounded, async () => {
  const { port, server, until } = await serve();
  const { socket } = await open(port);
  socket.send('a text');
  await until('a text');
  socket.send(Buffer.from('a binary'));
  await until('a binary');
  socket.send('in ', { fin: false });
  socket.send('pieces', { fin: true });
  await until('in pieces');
  socket.terminate();
  await server.close();
});

test('what is no UTF-8 leaves as a binary frame, all else as text (RFC 7118 §4.2)', bounded, async () => {
  const { port, server, accepted, until } = await serve();
  const { heard, socket } = await open(port);
  await until('open');
  accepted[0]?.write(Buffer.from('é'));
  accepted[0]?.write(Buffer.from([0xff, 0xfe]));
  await until('written');
  await new Promise((resolve) => socket.once('message', resolve));
  while (heard.length < 2) await new Promise(setImmediate);
  assert.deepEqual(
    heard.map(({ binary }) => binary),
    [false, true],
  );
  assert.equal(accepted[0]?.backlogBytes, 0);
  socket.terminate();
  await server.close();
});

test('pings are asked and answered (RFC 6455 §5.5.2)', bounded, async () => {
  const { port, server, accepted, until, told } = await serve();
  const { socket } = await open(port);
  await until('open');
  accepted[0]?.ping?.();
  await until('alive');
  told.length = 0;
  const pong = new Promise((resolve) => socket.once('pong', resolve));
  socket.ping();
  await Promise.all([pong, until('alive')]);
  socket.terminate();
  await server.close();
});

test('ends with a code that says why (RFC 6455 §7.4.1)', bounded, async () => {
  for (const [reason, code] of [
    ['done', 1001],
    ['protocol-error', 1002],
  ] as const) {
    const { port, server, accepted, until } = await serve();
    const { closed } = await open(port);
    await until('open');
    accepted[0]?.end(reason);
    assert.equal(await closed, code);
    await until('closed');
    await server.close();
  }
});

test('a message beyond the bound of messages closes the connection (RFC 6455 §7.4.1)', bounded, async () => {
  const { port, server, until } = await serve();
  const { socket, closed } = await open(port);
  socket.send(Buffer.alloc(limits.messageBytesMax + 1));
  assert.equal(await closed, 1009);
  assert.match(await until('closed'), /WS_ERR_UNSUPPORTED_MESSAGE_LENGTH/);
  await server.close();
});

test('a frame that breaks the protocol closes the connection', bounded, async () => {
  const { port, server, until } = await serve();
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  const head = `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}`;
  socket.write(`${head}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n\r\n`);
  await until('open');
  // A frame of a client that is not masked (RFC 6455 §5.1).
  socket.write(Buffer.from([0x81, 0x02, 0x68, 0x69]));
  await new Promise((resolve) => socket.on('data', (chunk) => chunk.includes(0x88) && resolve(chunk)));
  socket.destroy();
  assert.match(await until('closed'), /WS_ERR_EXPECTED_MASK/);
  await server.close();
});
