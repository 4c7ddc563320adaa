import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DatagramBackend } from '../../net/datagram-open.ts';
import { chooseDatagramBackend } from '../../net/datagram-open.ts';
import type { Datagram, DatagramSocket, OpenDatagramSocket } from '../../net/datagram.ts';

const buffers = { receiveBufferBytes: 4_194_304, sendBufferBytes: 4_194_304 };

/** What does not come at all must fail, not hang. */
const bounded = { timeout: 10_000 };

interface Opened {
  readonly socket: DatagramSocket;
  readonly batches: (readonly Datagram[])[];
  /** Settles once so many datagrams have come. */
  arrived(count: number, onBatch?: (batch: readonly Datagram[]) => void): Promise<readonly Datagram[]>;
}

async function openWith(openDatagramSocket: OpenDatagramSocket, host: string, port: number): Promise<Opened> {
  const batches: (readonly Datagram[])[] = [];
  let wake = (): void => undefined;
  let also: (batch: readonly Datagram[]) => void = () => undefined;
  const opened = await openDatagramSocket({ host, port }, buffers, {
    onBatch(batch) {
      batches.push(batch);
      also(batch);
      wake();
    },
    onFault: (reason) => assert.fail(reason),
  });
  assert.ok(opened.ok);
  const arrived: Opened['arrived'] = async (count, onBatch = also) => {
    also = onBatch;
    while (batches.flat().length < count) await new Promise<void>((resolve) => (wake = resolve));
    return batches.flat();
  };
  return { socket: opened.value, batches, arrived };
}

const backends: readonly DatagramBackend[] = (await chooseDatagramBackend('batched')).ok
  ? ['node', 'batched']
  : ['node'];

for (const backend of backends) {
  const chosen = await chooseDatagramBackend(backend);
  assert.ok(chosen.ok);
  const openDatagramSocket = chosen.value.open;
  const open = (host: string, port = 0): Promise<Opened> => openWith(openDatagramSocket, host, port);

  for (const host of ['127.0.0.1', '::1']) {
    test(`${backend}: carries datagrams over ${host} with the sender's address`, bounded, async () => {
      const [a, b] = [await open(host), await open(host)];
      a.socket.send(Buffer.from('hello'), b.socket.local);
      const [first] = await b.arrived(1);
      assert.equal(first?.bytes.toString(), 'hello');
      assert.deepEqual(first.from, a.socket.local);
      await Promise.all([a.socket.close(), b.socket.close()]);
    });
  }

  test(`${backend}: hands over in order and in batches what arrives in one turn of the loop`, bounded, async () => {
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

  test(`${backend}: lets IPv4 and IPv6 share a port`, bounded, async () => {
    const four = await open('0.0.0.0');
    const six = await open('::', four.socket.local.port);
    assert.equal(six.socket.local.port, four.socket.local.port);
    await Promise.all([four.socket.close(), six.socket.close()]);
  });

  test(`${backend}: says why it cannot bind`, bounded, async () => {
    const first = await open('127.0.0.1');
    const receiver = { onBatch: () => undefined, onFault: () => undefined };
    assert.deepEqual(await openDatagramSocket(first.socket.local, buffers, receiver), {
      ok: false,
      fault: 'EADDRINUSE',
    });
    const named = await openDatagramSocket({ host: 'localhost', port: 0 }, buffers, receiver);
    assert.deepEqual(named, { ok: false, fault: 'not a numeric address: localhost' });
    await first.socket.close();
  });

  test(`${backend}: tells a failed send once and later, and never throws`, bounded, async () => {
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

  test(`${backend}: carries datagrams of every size up to the largest`, bounded, async () => {
    const [a, b] = [await open('127.0.0.1'), await open('127.0.0.1')];
    const sizes = [0, 1, 1300, 16_384, 65_507, 40_000, 3];
    for (const size of sizes) a.socket.send(Buffer.alloc(size, size % 251), b.socket.local);
    const all = await b.arrived(sizes.length);
    assert.deepEqual(
      all.map((each) => each.bytes.length),
      sizes,
    );
    for (const { bytes } of all) assert.ok(bytes.equals(Buffer.alloc(bytes.length, bytes.length % 251)));
    await Promise.all([a.socket.close(), b.socket.close()]);
  });

  test(`${backend}: what was handed over stays as it is when more arrives`, bounded, async () => {
    const [a, b] = [await open('127.0.0.1'), await open('127.0.0.1')];
    for (let round = 0; round < 20; round += 1) {
      for (let index = 0; index < 5; index += 1) {
        a.socket.send(Buffer.alloc(700, round * 5 + index), b.socket.local);
      }
      await b.arrived(round * 5 + 5);
    }
    for (const [index, { bytes }] of (await b.arrived(100)).entries())
      assert.ok(bytes.equals(Buffer.alloc(700, index)));
    await Promise.all([a.socket.close(), b.socket.close()]);
  });

  test(`${backend}: the sender may change its bytes in the next turn`, bounded, async () => {
    const [a, b] = [await open('127.0.0.1'), await open('127.0.0.1')];
    const bytes = Buffer.from('first');
    a.socket.send(bytes, b.socket.local);
    const [first] = await b.arrived(1);
    bytes.write('later');
    assert.equal(first?.bytes.toString(), 'first');
    await Promise.all([a.socket.close(), b.socket.close()]);
  });

  for (const host of ['127.0.0.1', '::1']) {
    test(`${backend}: a thousand datagrams there and back over ${host}, in order`, bounded, async () => {
      const [a, b] = [await open(host), await open(host)];
      const echoed = b.arrived(1000, (batch) => {
        for (const { bytes, from } of batch) b.socket.send(bytes, from);
      });
      for (let count = 0; count < 1000; count += 1) {
        a.socket.send(Buffer.from(String(count)), b.socket.local);
        // So few at once that they fit into the socket's buffer whatever the system allows.
        if (count % 100 === 99) await a.arrived(count + 1);
      }
      await echoed;
      const back = await a.arrived(1000);
      assert.deepEqual(
        back.map((each) => Number(each.bytes.toString())),
        [...Array(1000).keys()],
      );
      await Promise.all([a.socket.close(), b.socket.close()]);
    });
  }

  test(`${backend}: a port that nobody listens on does no harm`, bounded, async () => {
    const [a, b, gone] = [await open('127.0.0.1'), await open('127.0.0.1'), await open('127.0.0.1')];
    await gone.socket.close();
    for (let count = 0; count < 10; count += 1) {
      a.socket.send(Buffer.from('nobody'), gone.socket.local);
      a.socket.send(Buffer.from(String(count)), b.socket.local);
    }
    assert.equal((await b.arrived(10)).length, 10);
    await Promise.all([a.socket.close(), b.socket.close()]);
  });

  test(`${backend}: may be closed while it hands over, and tells nothing after`, bounded, async () => {
    const [a, b] = [await open('127.0.0.1'), await open('127.0.0.1')];
    const closed = b.arrived(1, () => void b.socket.close());
    for (let count = 0; count < 100; count += 1) a.socket.send(Buffer.from('x'), b.socket.local);
    await closed;
    assert.equal(b.socket.open, false);
    const before = b.batches.length;
    a.socket.send(Buffer.from('x'), b.socket.local);
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    assert.equal(b.batches.length, before);
    await Promise.all([a.socket.close(), b.socket.close()]);
  });
}
