import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../../kernel/limits.ts';
import { frames } from '../../../../sip-stack/transport/frames.ts';

const message = (length: string, body = ''): string =>
  [
    'MESSAGE sip:b@example.com SIP/2.0',
    'Via: SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK1',
    'From: <sip:a@example.com>;tag=1',
    'To: <sip:b@example.com>',
    'Call-ID: c1',
    'CSeq: 1 MESSAGE',
    ...(length === '' ? [] : [`Content-Length: ${length}`]),
    '',
    body,
  ].join('\r\n');

const push = (text: string) => frames.push(Buffer.from(text));
const bodyOf = (text: string): string | undefined => {
  const [framed] = push(text);
  return framed?.kind === 'message' ? framed.message.body.toString() : undefined;
};
const faultOf = (text: string): string | undefined => {
  const framed = push(text);
  assert.equal(framed.length, 1);
  const [first] = framed;
  if (first?.kind !== 'fault') return undefined;
  assert.equal(first.goesOn, true);
  return `${String(first.fault.status)} ${first.fault.reason}`;
};

test('a frame is one message, Content-Length or not (RFC 7118 §5)', () => {
  assert.equal(bodyOf(message('5', 'hello')), 'hello');
  assert.equal(bodyOf(message('', 'hello')), 'hello');
  assert.equal(bodyOf(message('0')), '');
  assert.equal(bodyOf(`\r\n${message('5', 'hello')}`), 'hello');
  assert.equal(bodyOf(message('5', 'hello\r\n')), 'hello');
});

test('two messages in one frame, or a length that is not that of the body, are a fault (RFC 7118 §5)', () => {
  assert.equal(faultOf(message('6', 'hello')), '400 Content-Length Exceeds Frame');
  assert.equal(faultOf(message('4', 'hello')), '400 Content-Length Short of Frame');
  assert.equal(faultOf(message('0') + message('0')), '400 Content-Length Short of Frame');
  assert.equal(faultOf(message('-1', 'hello')), '400 Malformed Content-Length');
});

test('the fault of a request that could be read can be answered', () => {
  const [framed] = push(message('6', 'hello'));
  assert.ok(framed?.kind === 'fault');
  assert.equal(framed.fault.request?.callId, 'c1');
  const [garbage] = push('garbage');
  assert.ok(garbage?.kind === 'fault');
  assert.equal(garbage.fault.request, undefined);
});

test('a frame beyond the bound of messages is refused', () => {
  assert.equal(faultOf(message('', 'x'.repeat(limits.messageBytesMax))), '413 Request Entity Too Large');
});

test('CRLF pings work here too; their answer is no message (RFC 7118 §6)', () => {
  assert.deepEqual(push('\r\n\r\n'), [{ kind: 'ping' }]);
  assert.deepEqual(push('\r\n'), []);
  assert.deepEqual(push(''), []);
});
