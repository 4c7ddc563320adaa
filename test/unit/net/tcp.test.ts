import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds } from '../../../kernel/clock.ts';
import type { StreamReader, StreamServer, StreamSocket } from '../../../net/stream.ts';
import { connectTcp, listenTcp } from '../../../net/tcp.ts';

const options = { probeAfter: milliseconds(0) };

/** A reader that writes down what it is told. */
function recorder(): StreamReader & { readonly told: string[]; until(text: string): Promise<void> } {
  const told: string[] = [];
  let wake = (): void => undefined;
  const tell = (text: string): void => {
    told.push(text);
    wake();
  };
  return {
    told,
    onOpen: () => tell('open'),
    onBytes: (chunk) => tell(chunk.toString()),
    onWritten: () => tell('written'),
    onClosed: (reason) => tell(`closed ${reason ?? ''}`),
    async until(text) {
      while (!told.includes(text)) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

async function serve(host: string): Promise<{
  readonly server: StreamServer;
  readonly accepted: StreamSocket[];
  readonly reader: ReturnType<typeof recorder>;
}> {
  const accepted: StreamSocket[] = [];
  const reader = recorder();
  const server = await listenTcp({ host, port: 0 }, options, {
    onConnection(socket) {
      accepted.push(socket);
      return reader;
    },
    onFault: (reason) => assert.fail(reason),
  });
  assert.ok(server.ok);
  return { server: server.value, accepted, reader };
}

for (const host of ['127.0.0.1', '::1']) {
  test(`carries bytes both ways over ${host}; what is written while connecting waits`, async () => {
    const { server, accepted, reader } = await serve(host);
    const client = recorder();
    const socket = connectTcp(server.local, options, client);
    socket.write(Buffer.from('early'));
    assert.equal(socket.backlogBytes, 5);
    await reader.until('early');
    accepted[0]?.write(Buffer.from('answer'));
    await client.until('answer');
    assert.deepEqual(accepted[0]?.remote, socket.local);
    assert.equal(socket.backlogBytes, 0);
    socket.end();
    await Promise.all([client.until('closed '), reader.until('closed ')]);
    assert.deepEqual(client.told, ['open', 'written', 'answer', 'closed ']);
    await server.close();
  });
}

test('tells why a connection could not be begun, once', async () => {
  const { server } = await serve('127.0.0.1');
  const { local } = server;
  await server.close();
  const client = recorder();
  const socket = connectTcp(local, options, client);
  socket.write(Buffer.from('lost'));
  await client.until('closed ECONNREFUSED');
  socket.write(Buffer.from('nothing happens'));
  socket.destroy();
  assert.deepEqual(client.told, ['closed ECONNREFUSED']);
});

test('turns a connection away that nobody wants to read', async () => {
  const server = await listenTcp({ host: '127.0.0.1', port: 0 }, options, {
    onConnection: () => undefined,
    onFault: (reason) => assert.fail(reason),
  });
  assert.ok(server.ok);
  const client = recorder();
  connectTcp(server.value.local, options, client);
  await client.until('open');
  while (!client.told.some((line) => line.startsWith('closed'))) await new Promise(setImmediate);
  await server.value.close();
});

test('says why it cannot listen', async () => {
  const { server } = await serve('127.0.0.1');
  const again = await listenTcp(server.local, options, { onConnection: () => undefined, onFault: () => undefined });
  assert.deepEqual(again, { ok: false, fault: 'EADDRINUSE' });
  await server.close();
});

test('what an accepted connection receives is the reader’s to keep, however much follows and whoever sends', async () => {
  const { server, reader } = await serve('127.0.0.1');
  const chunks: Buffer[] = [];
  const kept: StreamReader = { ...reader, onBytes: (chunk) => void chunks.push(chunk) };
  Object.assign(reader, kept);
  const length = 300_000;
  const ends = ['a', 'b'].map((letter) => {
    const client = recorder();
    const socket = connectTcp(server.local, options, client);
    socket.write(Buffer.alloc(length, letter));
    socket.end();
    return client.until('closed ');
  });
  await Promise.all(ends);
  await server.close();
  const all = Buffer.concat(chunks).toString();
  assert.equal(all.length, 2 * length);
  assert.equal(all.replaceAll('b', '').length, length);
  for (const chunk of chunks)
    assert.ok(chunk.equals(Buffer.alloc(chunk.length, chunk[0])), 'no chunk was written over');
});
