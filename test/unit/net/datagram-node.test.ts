import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatagramSocket } from '../../../net/datagram-node.ts';
import type { Datagram, DatagramSocket } from '../../../net/datagram.ts';

const buffers = { receiveBufferBytes: 4_194_304, sendBufferBytes: 4_194_304 };

interface Opened {
  readonly socket: DatagramSocket;
  readonly batches: (readonly Datagram[])[];
  /** Settles once so many datagrams have come. */
  arrived(count: number): Promise<readonly Datagram[]>;
}

async function open(host: string, port = 0): Promise<Opened> {
  const batches: (readonly Datagram[])[] = [];
  let wake = (): void => undefined;
  const opened = await openDatagramSocket({ host, port }, buffers, {
    onBatch(batch) {
      batches.push(batch);
      wake();
    },
    onFault: (reason) => assert.fail(reason),
  });
  assert.ok(opened.ok);
  const arrived = async (count: number): Promise<readonly Datagram[]> => {
    while (batches.flat().length < count) await new Promise<void>((resolve) => (wake = resolve));
    return batches.flat();
  };
  return { socket: opened.value, batches, arrived };
}

for (const host of ['127.0.0.1', '::1']) {
  test(`carries datagrams over ${host} with the sender's address`, async () => {
    const [a, b] = [await open(host), await open(host)];
    a.socket.send(Buffer.from('hello'), b.socket.local);
    const [first] = await b.arrived(1);
    assert.equal(first?.bytes.toString(), 'hello');
    assert.deepEqual(first.from, a.socket.local);
    await Promise.all([a.socket.close(), b.socket.close()]);
  });
}

test('hands over in order and in batches what arrives in one turn of the loop', async () => {
  const [a, b] = [await open('127.0.0.1'), await open('127.0.0.1')];
  for (let count = 0; count < 20; count += 1) a.socket.send(Buffer.from(String(count)), b.socket.local);
  const all = await b.arrived(20);
  assert.deepEqual(
    all.map((each) => Number(each.bytes.toString())),
    [...Array(20).keys()],
  );
  assert.ok(b.batches.length < 20, `${String(b.batches.length)} batches`);
  await Promise.all([a.socket.close(), b.socket.close()]);
});

test('lets IPv4 and IPv6 share a port', async () => {
  const four = await open('0.0.0.0');
  const six = await open('::', four.socket.local.port);
  assert.equal(six.socket.local.port, four.socket.local.port);
  await Promise.all([four.socket.close(), six.socket.close()]);
});

test('says why it cannot bind', async () => {
  const first = await open('127.0.0.1');
  const receiver = { onBatch: () => undefined, onFault: () => undefined };
  assert.deepEqual(await openDatagramSocket(first.socket.local, buffers, receiver), { ok: false, fault: 'EADDRINUSE' });
  const named = await openDatagramSocket({ host: 'localhost', port: 0 }, buffers, receiver);
  assert.deepEqual(named, { ok: false, fault: 'not a numeric address: localhost' });
  await first.socket.close();
});

test('tells a failed send once and later, and never throws', async () => {
  const { socket } = await open('127.0.0.1');
  const failures: string[] = [];
  const send = (bytes: Buffer, to: { host: string; port: number }): Promise<void> =>
    new Promise((resolve) => {
      let returned = false;
      socket.send(bytes, to, (reason) => {
        assert.ok(returned);
        failures.push(reason);
        resolve();
      });
      returned = true;
    });
  await send(Buffer.alloc(70_000), socket.local);
  await send(Buffer.from('x'), { host: '::1', port: 5060 });
  await send(Buffer.from('x'), { host: '127.0.0.1', port: 0 });
  await send(Buffer.from('x'), { host: '127.0.0.1', port: 65_536 });
  await socket.close();
  await send(Buffer.from('x'), { host: '127.0.0.1', port: 5060 });
  socket.send(Buffer.from('x'), { host: '127.0.0.1', port: 5060 });
  await socket.close();
  assert.deepEqual(failures, ['EMSGSIZE', 'EINVAL', 'EINVAL', 'EINVAL', 'socket closed']);
});
