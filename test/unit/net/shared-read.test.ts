import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { readShared } from '../../../net/shared-read.ts';

test('this Node reads accepted sockets into one room; the end of a stream is told as ever', async () => {
  const received: Buffer[] = [];
  let isShared: boolean | undefined;
  const server = createServer((socket) => {
    isShared = readShared(socket, (bytes) => {
      received.push(bytes);
      if (bytes.toString() === 'one') client.write('two');
      else client.end();
    });
    socket.once('close', () => server.close());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('one');
  await once(server, 'close');
  assert.equal(isShared, true, 'the places of this Node are known: without them each REGISTER over TCP costs more');
  assert.deepEqual(received.map(String), ['one', 'two']);
});

test('leaves a socket without a handle as it is', () => {
  assert.equal(
    readShared(new Socket(), () => undefined),
    false,
  );
});
