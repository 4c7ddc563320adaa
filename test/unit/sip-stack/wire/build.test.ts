import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRequest, createResponse, withHeader, withoutHeader } from '../../../../sip-stack/wire/build.ts';
import { parseMessage } from '../../../../sip-stack/wire/parse.ts';
import { faultOf } from '../../../../sip-stack/wire/validate.ts';
import { writeMessage } from '../../../../sip-stack/wire/write.ts';
import { bytesOf, registerBytes, registerLines, soundRequest } from './support.ts';

const textOf = (message: Parameters<typeof writeMessage>[0]): string => writeMessage(message).toString('latin1');
const request = soundRequest(registerBytes(['Content-Length: 0']));

test('a response copies Via, From, To, Call-ID and CSeq (RFC 3261 §8.2.6.2)', () => {
  const response = createResponse(request, { status: 423, headers: [['Min-Expires', '60']], toTag: 't1' });
  assert.equal(
    textOf(response),
    [
      'SIP/2.0 423 Interval Too Brief',
      'Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776;rport',
      'From: "Alice" <sip:alice@example.com>;tag=456248',
      'To: <sip:alice@example.com>;tag=t1',
      'Call-ID: 843817@192.0.2.10',
      'CSeq: 1826 REGISTER',
      'Min-Expires: 60',
      'Content-Length: 0',
      '\r\n',
    ].join('\r\n'),
  );
  assert.equal(response.received, undefined);
  assert.equal(response.headers.first('min-expires'), '60');
  assert.equal(faultOf(response), undefined);
  assert.equal(response.to.tag, 't1');
});

test('the topmost Via value is replaced, those below stay (RFC 3261 §18.2.1, RFC 3581 §4)', () => {
  const lines = ['Via: SIP/2.0/UDP a;branch=z9hG4bK1,SIP/2.0/UDP b', ...registerLines.slice(1), 'v: SIP/2.0/UDP c'];
  const response = createResponse(soundRequest(bytesOf(['REGISTER sip:h SIP/2.0', ...lines])), {
    status: 200,
    via: 'SIP/2.0/UDP a;received=1.2.3.4',
  });
  assert.deepEqual(response.headers.all('via'), ['SIP/2.0/UDP a;received=1.2.3.4,SIP/2.0/UDP b', 'SIP/2.0/UDP c']);
});

test('a tag that is there is kept, and none is added unasked (RFC 3261 §8.2.6.2)', () => {
  const tagged = soundRequest(
    bytesOf([
      'REGISTER sip:h SIP/2.0',
      ...registerLines.map((line) => line.replace('To: <sip:alice@example.com>', 'To: sip:a@b;tag=old')),
    ]),
  );
  assert.equal(createResponse(tagged, { status: 200, toTag: 'new' }).headers.first('to'), 'sip:a@b;tag=old');
  assert.equal(createResponse(request, { status: 100 }).headers.first('to'), '<sip:alice@example.com>');
});

test('a body brings its two lines', () => {
  const body = { contentType: 'application/pidf+xml', bytes: Buffer.from('<x/>') };
  const response = createResponse(request, { status: 200, reason: 'Fine', body });
  assert.ok(textOf(response).endsWith('Content-Type: application/pidf+xml\r\nContent-Length: 4\r\n\r\n<x/>'));
  assert.equal(response.reason, 'Fine');
});

test('what is handed in cannot end a line', () => {
  const response = createResponse(request, {
    status: 200,
    reason: 'x\r\nA: b',
    headers: [['Subject', 'a\r\n\r\nb\u010a']],
  });
  assert.equal(response.reason, 'x A: b');
  assert.equal(response.headers.first('subject'), 'a b\xc4\x8a');
});

test('a refused request is answered with what it has, cleaned (RFC 4475 §3.3.1)', () => {
  const parsed = parseMessage(bytesOf(['REGISTER sip:h SIP/3.0', registerLines[0] ?? '', 'To: a\rVia: b', 'f: "x\nc']));
  assert.ok(!parsed.ok && parsed.fault.request !== undefined);
  const text = textOf(createResponse(parsed.fault.request, { status: 400, toTag: 't' }));
  assert.doesNotMatch(text, /\r(?!\n)|(?<!\r)\n/);
  assert.deepEqual(text.split('\r\n').slice(1, 4), [registerLines[0], 'From: "x', 'To: a Via: b']);
});

test('builds a request that stands (RFC 3261 §8.1.1)', () => {
  const headers = registerLines.map((line): readonly [string, string] => [
    line.slice(0, line.indexOf(':')),
    line.slice(line.indexOf(':') + 2),
  ]);
  const built = createRequest({ method: 'REGISTER', uri: 'sip:example.com', headers });
  assert.equal(faultOf(built), undefined);
  assert.equal(built.requestUri.host, 'example.com');
  assert.deepEqual(writeMessage(built), writeMessage(request));
});

test('changing a message makes a new one', () => {
  const more = soundRequest(registerBytes(['k: a', 'Supported: b', 'X: y']));
  const one = withHeader(more, 'Supported', 'c');
  assert.deepEqual([...one.headers.lines()].slice(6), [
    { name: 'Supported', value: 'c' },
    { name: 'X', value: 'y' },
  ]);
  assert.equal(withHeader(more, 'Expires', '5').headers.first('expires'), '5');
  assert.equal(withoutHeader(more, 'supported').headers.has('supported'), false);
  assert.deepEqual(more.headers.all('supported'), ['a', 'b']);
  const response = createResponse(more, { status: 200, headers: [['X-Own', 'y']] });
  assert.equal(withoutHeader(response, 'X-Own').headers.has('x-own'), false);
  assert.equal(withHeader(response, 'X-Own', 'z').headers.first('x-own'), 'z');
  assert.equal(withHeader(response, 'X-Own', 'z').reason, 'OK');
});
