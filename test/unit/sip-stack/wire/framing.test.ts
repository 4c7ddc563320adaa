import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../../kernel/limits.ts';
import type { FramedMessage } from '../../../../sip-stack/wire/framing.ts';
import { createFramer } from '../../../../sip-stack/wire/framing.ts';
import { registerBytes } from './support.ts';

const kinds = (framed: readonly FramedMessage[]): string[] =>
  framed.map((each) =>
    each.kind === 'message' ? each.message.body.toString() : each.kind === 'fault' ? each.fault.reason : 'ping',
  );
const message = (body: string): Buffer => registerBytes([`Content-Length: ${String(body.length)}`], body);
const frames = (...chunks: readonly Buffer[]): string[] => {
  const framer = createFramer();
  return chunks.flatMap((chunk) => kinds(framer.push(chunk)));
};

test('cuts a stream by Content-Length (RFC 3261 §18.3)', () => {
  assert.deepEqual(frames(Buffer.concat([message('one'), message(''), message('three')])), ['one', '', 'three']);
});

test('gives a message when its last byte has come, however it is cut', () => {
  const whole = Buffer.concat([message('a body\r\n\r\nwith lines'), message('b')]);
  for (let size = 1; size < 60; size += 7) {
    const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, at) =>
      whole.subarray(at * size, (at + 1) * size),
    );
    assert.deepEqual(frames(...chunks), ['a body\r\n\r\nwith lines', 'b'], String(size));
  }
});

test('a body is not written over by what comes later', () => {
  const framer = createFramer();
  const whole = Buffer.concat([message('first'), message('second')]);
  const got: Buffer[] = [];
  for (let at = 0; at < whole.length; at += 50) {
    for (const each of framer.push(Buffer.from(whole.subarray(at, at + 50))))
      if (each.kind === 'message') got.push(each.message.body);
  }
  assert.deepEqual(got.map(String), ['first', 'second']);
});

test('a double line end between messages is a ping, a single one is none (RFC 5626 §3.5.1)', () => {
  const crlf = Buffer.from('\r\n');
  assert.deepEqual(frames(Buffer.from('\r\n\r\n')), ['ping']);
  assert.deepEqual(frames(Buffer.from('\r'), Buffer.from('\n\r'), Buffer.from('\n')), ['ping']);
  assert.deepEqual(frames(crlf, message('a'), crlf, message('b')), ['a', 'b']);
  assert.deepEqual(frames(message('a'), crlf, crlf, message('b')), ['a', 'ping', 'b']);
});

test('without Content-Length there is no body, unless something says that there is one', () => {
  assert.deepEqual(frames(registerBytes(), message('b')), ['', 'b']);
  assert.deepEqual(frames(registerBytes(['Content-Type: a/b'], 'body')), ['Missing Content-Length']);
});

test('nothing comes of a stream after a fault (RFC 4475 §3.1.2.3)', () => {
  assert.deepEqual(frames(registerBytes(['Content-Length: -1']), message('b')), ['Malformed Content-Length']);
  assert.deepEqual(frames(Buffer.from('hello\r\n\r\n'), message('b')), ['Not a SIP Message']);
  assert.deepEqual(frames(Buffer.concat([message('a'), registerBytes(['x y: z']), message('b')])), [
    'a',
    'Malformed Header Line',
  ]);
});

test('what would be too large is refused before it is taken in (RFC 3261 §21.4.11)', () => {
  const framer = createFramer();
  const [refused] = framer.push(registerBytes([`Content-Length: ${String(limits.messageBytesMax)}`]));
  assert.ok(refused?.kind === 'fault');
  assert.equal(refused.fault.status, 413);
  assert.equal(refused.fault.request?.method, 'REGISTER');
});

test('a header section without end is refused at its bound', () => {
  const framer = createFramer();
  framer.push(Buffer.from('OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP h\r\n'));
  const line = Buffer.from(`X: ${'y'.repeat(1000)}\r\n`);
  let pushed = 0;
  let framed: readonly FramedMessage[] = [];
  while (framed.length === 0 && pushed < 2 * limits.headerBytesMax) {
    framed = framer.push(line);
    pushed += line.length;
  }
  assert.deepEqual(kinds(framed), ['Header Section Too Large']);
  assert.ok(pushed <= limits.headerBytesMax + line.length);
});

test('a message that trickles in is copied a bounded number of times', () => {
  const framer = createFramer();
  const body = 'x'.repeat(100_000);
  const whole = message(body);
  let got = 0;
  for (let at = 0; at < whole.length; at += 16) got += framer.push(whole.subarray(at, at + 16)).length;
  assert.equal(got, 1);
});
