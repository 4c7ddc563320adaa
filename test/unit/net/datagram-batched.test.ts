import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { limits } from '../../../kernel/limits.ts';
import { createOpenBatched } from '../../../net/datagram-batched.ts';
import type { Datagram, DatagramSocket } from '../../../net/datagram.ts';
import { loadSocketCalls } from '../../../net/libc.ts';
import type { WatchedCalls } from '../../support/socket-calls.ts';
import { watchCalls } from '../../support/socket-calls.ts';

const real = await loadSocketCalls();
const here = { host: '127.0.0.1', port: 0 };
const buffers = { receiveBufferBytes: 4_194_304, sendBufferBytes: 4_194_304 };
const bounded = { timeout: 10_000, skip: real.ok ? false : real.fault };

interface Opened extends WatchedCalls {
  readonly socket: DatagramSocket;
  readonly arrived: Datagram[];
  readonly faults: string[];
}

/** A socket that sends to itself. */
async function open(onBatch: (batch: readonly Datagram[]) => void = () => undefined): Promise<Opened> {
  assert.ok(real.ok);
  const watched = watchCalls(real.value);
  const [arrived, faults]: [Datagram[], string[]] = [[], []];
  const opened = await createOpenBatched(watched.calls)(here, buffers, {
    onBatch(batch) {
      arrived.push(...batch);
      onBatch(batch);
    },
    onFault: (reason) => void faults.push(reason),
  });
  assert.ok(opened.ok);
  return Object.assign(watched, { socket: opened.value, arrived, faults });
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function turns(done: () => boolean): Promise<void> {
  while (!done()) await turn();
}

const texts = (datagrams: readonly Datagram[]): readonly string[] => datagrams.map(({ bytes }) => bytes.toString());
const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => String(index));

test('many datagrams cost one system call each way', bounded, async () => {
  const end = await open();
  for (const text of numbers(50)) end.socket.send(Buffer.from(text), end.socket.local);
  assert.equal(end.counts.sent, 0, 'nothing leaves during the turn');
  await turns(() => end.arrived.length === 50);
  assert.deepEqual(texts(end.arrived), numbers(50));
  assert.deepEqual([end.counts.sent, end.counts.received], [1, 1]);
  await end.socket.close();
});

test('what is sent while a batch is handed over leaves right after it, in one call', bounded, async () => {
  let answered = false;
  const end: Opened = await open((batch) => {
    if (answered) return;
    answered = true;
    for (const { bytes, from } of batch) end.socket.send(bytes, from);
    assert.equal(end.counts.sent, 1);
    queueMicrotask(() => assert.equal(end.counts.sent, 2));
  });
  for (const text of numbers(5)) end.socket.send(Buffer.from(text), end.socket.local);
  await turns(() => end.arrived.length === 10);
  assert.equal(end.counts.sent, 2);
  await end.socket.close();
});

test('idle, nothing is called at all', bounded, async () => {
  const end = await open();
  end.socket.send(Buffer.from('x'), end.socket.local);
  await turns(() => end.arrived.length === 1);
  await turn();
  const before = { ...end.counts };
  for (let count = 0; count < 100; count += 1) await turn();
  assert.deepEqual(end.counts, before);
  await end.socket.close();
});

test('a full send buffer is waited for, and what waits leaves in order', bounded, async () => {
  const end = await open();
  end.sendFault = 'EAGAIN';
  for (const text of numbers(200)) end.socket.send(Buffer.from(text), end.socket.local);
  await turns(() => end.watched.length > 0);
  assert.deepEqual(end.watched, [true], 'the poll tells when there is room');
  end.sendFault = undefined;
  end.sends.push(7, 'EINTR', 20);
  await turns(() => end.arrived.length === 200);
  assert.deepEqual(texts(end.arrived), numbers(200));
  await turn();
  assert.deepEqual(end.watched, [true, false], 'and then no more');
  await end.socket.close();
});

test('no more than the bound waits: the rest is told as dropped', bounded, async () => {
  const end = await open();
  end.sendFault = 'EAGAIN';
  const failures: string[] = [];
  const over = 30;
  for (const text of numbers(limits.datagramsWaitingMax + over)) {
    end.socket.send(Buffer.from(text), end.socket.local, (reason) => failures.push(reason));
  }
  assert.equal(failures.length, 0, 'not during the call');
  await turn();
  assert.deepEqual(failures, Array(over).fill('ENOBUFS'));
  const big = Buffer.alloc(60_000);
  const bytes = await open();
  bytes.sendFault = 'EAGAIN';
  for (let count = 0; count < 20; count += 1)
    bytes.socket.send(big, bytes.socket.local, (reason) => failures.push(reason));
  await turn();
  assert.equal(failures.length, over + 20 - Math.floor(limits.datagramBytesWaitingMax / big.length));
  await Promise.all([end.socket.close(), bytes.socket.close()]);
});

test('large datagrams that do not fit together leave in several calls', bounded, async () => {
  const end = await open();
  for (let count = 0; count < 20; count += 1) end.socket.send(Buffer.alloc(60_000, count), end.socket.local);
  await turns(() => end.arrived.length === 20);
  for (const [index, { bytes }] of end.arrived.entries()) assert.ok(bytes.equals(Buffer.alloc(60_000, index)));
  await end.socket.close();
});

test('one datagram that cannot leave does not hold up the others, and only its sender is told', bounded, async () => {
  const end = await open();
  const told: string[] = [];
  end.sends.push(2, 'EPERM');
  for (const text of numbers(5)) {
    end.socket.send(Buffer.from(text), end.socket.local, (reason) => told.push(`${text} ${reason}`));
  }
  await turns(() => end.arrived.length === 4);
  assert.deepEqual(texts(end.arrived), ['0', '1', '3', '4']);
  assert.deepEqual(told, ['2 EPERM']);
  end.sends.push('EPERM');
  end.socket.send(Buffer.from('not asked'), end.socket.local);
  end.socket.send(Buffer.from('5'), end.socket.local);
  await turns(() => end.arrived.length === 5);
  assert.deepEqual(told, ['2 EPERM'], 'who was told before is not told again');
  await end.socket.close();
});

test('what is queued leaves when the socket is closed; what cannot is told', bounded, async () => {
  const [end, peer] = [await open(), await open()];
  end.socket.send(Buffer.from('last words'), peer.socket.local);
  const closed = end.socket.close();
  await turns(() => peer.arrived.length === 1);
  await closed;
  assert.deepEqual(texts(peer.arrived), ['last words']);
  peer.sendFault = 'EAGAIN';
  const failures: string[] = [];
  peer.socket.send(Buffer.from('stuck'), peer.socket.local, (reason) => failures.push(reason));
  await peer.socket.close();
  assert.deepEqual(failures, ['socket closed']);
});

test('a fault of the socket is told, and the socket goes on', bounded, async () => {
  const end = await open();
  end.receiveFaults.push('ENOMEM', 'EINTR', 'EAGAIN');
  end.socket.send(Buffer.from('x'), end.socket.local);
  await turns(() => end.arrived.length === 1);
  assert.deepEqual(end.faults, ['ENOMEM']);
  end.failPoll();
  await turns(() => end.watched.length === 1);
  assert.deepEqual(end.watched, [false], 'polled anew');
  end.socket.send(Buffer.from('y'), end.socket.local);
  await turns(() => end.arrived.length === 2);
  await end.socket.close();
});

test('promises that the receiver settles go on in the same turn', bounded, async () => {
  const order: string[] = [];
  const end = await open(() => {
    setImmediate(() => order.push('next turn'));
    void Promise.resolve().then(() => order.push('promise'));
  });
  end.socket.send(Buffer.from('x'), end.socket.local);
  await turns(() => order.length === 2);
  assert.deepEqual(order, ['promise', 'next turn']);
  await end.socket.close();
});

test('a socket that could not be bound or was closed leaves no descriptor', bounded, async () => {
  const end = await open();
  const opened = await createOpenBatched(end.calls)(end.socket.local, buffers, { onBatch() {}, onFault() {} });
  assert.deepEqual(opened, { ok: false, fault: 'EADDRINUSE' });
  const [first = -1, second = -1] = end.descriptors;
  assert.ok(existsSync(`/proc/self/fd/${String(first)}`));
  assert.ok(!existsSync(`/proc/self/fd/${String(second)}`));
  await Promise.all([end.socket.close(), end.socket.close()]);
  assert.ok(!existsSync(`/proc/self/fd/${String(first)}`));
});

test('an open socket keeps the process alive, a closed one does not', bounded, async () => {
  const source = `
    const { chooseDatagramBackend } = await import(${JSON.stringify(new URL('../../../net/datagram-open.js', import.meta.url).href)});
    const chosen = await chooseDatagramBackend('batched');
    const receiver = { onFault: console.error, onBatch() { console.log('arrived'); void opened.value.close(); } };
    const opened = await chosen.value.open({ host: '127.0.0.1', port: 0 }, { receiveBufferBytes: 65536, sendBufferBytes: 65536 }, receiver);
    opened.value.send(Buffer.from('x'), opened.value.local);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = once(child.stdout, 'data');
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 0);
  assert.equal(String((await said)[0]), 'arrived\n');
});
