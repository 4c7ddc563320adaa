import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMessage } from '../../../../sip-stack/wire/parse.ts';
import { faultOf } from '../../../../sip-stack/wire/validate.ts';
import { bytesOf, refusalOf, registerLines, valueOf } from './support.ts';

const start = 'REGISTER sip:example.com SIP/2.0';
const without = (name: string): Buffer => bytesOf([start, ...registerLines.filter((line) => !line.startsWith(name))]);
const withLine = (name: string, value: string): Buffer =>
  bytesOf([start, ...registerLines.filter((line) => !line.startsWith(name)), `${name}: ${value}`]);

test('the five mandatory header fields must be there; Max-Forwards may be missing (RFC 3261 §8.1.1, §16.3)', () => {
  for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq'])
    assert.equal(refusalOf(without(name)), `Missing ${name}`);
  assert.equal(refusalOf(without('Max-Forwards')), undefined);
});

test('what may stand once stands once (RFC 3261 §7.3.1, RFC 4475 §3.3.8)', () => {
  for (const [line, name] of [
    ['t: <sip:x@y>', 'To'],
    ['Call-ID: b', 'Call-ID'],
    ['Max-Forwards: 7', 'Max-Forwards'],
  ] as const) {
    assert.equal(refusalOf(bytesOf([start, ...registerLines, line])), `Repeated ${name}`);
  }
  for (const name of ['Event', 'Expires', 'SIP-If-Match', 'Content-Type']) {
    assert.equal(refusalOf(bytesOf([start, ...registerLines, `${name}: a`, `${name}: a`])), `Repeated ${name}`);
  }
  assert.equal(
    refusalOf(bytesOf([start, ...registerLines, registerLines[0] ?? '', 'Supported: a', 'Supported: b'])),
    undefined,
  );
});

test('what must be well-formed is (RFC 3261 §25.1)', () => {
  assert.equal(refusalOf(withLine('From', '"x')), 'Malformed From');
  assert.equal(refusalOf(withLine('To', 'x y')), 'Malformed To');
  // From and To have one value; what would follow a comma must not slip through unread.
  assert.equal(refusalOf(withLine('From', '<sip:a@b>;tag=1, <sip:c@d>')), 'Malformed From');
  assert.equal(refusalOf(withLine('To', '<sip:a@b>,\rx')), 'Malformed To');
  assert.equal(refusalOf(withLine('CSeq', '1')), 'Malformed CSeq');
  assert.equal(refusalOf(withLine('Call-ID', 'a b')), 'Malformed Call-ID');
  assert.equal(refusalOf(withLine('Call-ID', '')), 'Malformed Call-ID');
  assert.equal(refusalOf(withLine('Via', 'x')), 'Malformed Via');
  assert.equal(refusalOf(withLine('Via', 'SIP/2.0/UDP a;branch=z9hG4bKx, SIP/2.0/UDP')), 'Malformed Via');
  assert.equal(refusalOf(withLine('Max-Forwards', '7.5')), 'Malformed Max-Forwards');
  assert.equal(refusalOf(withLine('Contact', '<sip:a@b')), 'Malformed Contact');
});

test('a Via below the topmost is looked at wherever it stands', () => {
  assert.equal(refusalOf(bytesOf([start, ...registerLines, 'v: x'])), 'Malformed Via');
  assert.equal(refusalOf(bytesOf([start, ...registerLines, 'Via: SIP/2.0/TCP h'])), undefined);
});

test('the CSeq method is that of the request line (RFC 3261 §8.1.1.5, RFC 4475 §3.1.2.17)', () => {
  assert.equal(refusalOf(withLine('CSeq', '1 INVITE')), 'CSeq Method Mismatch');
  assert.equal(refusalOf(withLine('CSeq', '1 register')), 'CSeq Method Mismatch');
});

test('a Request-URI carries no headers (RFC 3261 §19.1.1)', () => {
  assert.equal(refusalOf(bytesOf(['REGISTER sip:a@b?x=y SIP/2.0', ...registerLines])), 'Headers in Request-URI');
});

test('the magic cookie alone is no branch; no branch at all is of RFC 2543 (RFC 4475 §3.2.1, §3.4.1)', () => {
  assert.equal(refusalOf(withLine('Via', 'SIP/2.0/UDP h;branch=z9hG4bK')), 'Malformed Via Branch');
  assert.equal(refusalOf(withLine('Via', 'SIP/2.0/UDP h')), undefined);
});

test('only a SIP URI can be registered (RFC 3261 §10.2, RFC 4475 §3.3.4)', () => {
  assert.equal(refusalOf(withLine('To', '<tel:+1>')), 'No SIP URI in To');
});

test('a response is checked for what finds its transaction (RFC 3261 §17.1.3)', () => {
  const lines = registerLines.map((line) => (line.startsWith('Via') ? 'Via: x' : line));
  assert.equal(refusalOf(bytesOf(['SIP/2.0 200 OK', ...lines])), 'Malformed Via');
  assert.equal(refusalOf(bytesOf(['SIP/2.0 200 OK', ...registerLines.slice(0, 5)])), 'Missing CSeq');
  assert.equal(refusalOf(bytesOf(['SIP/2.0 200 OK', ...registerLines, 'Contact: <'])), undefined);
});

test('a fault of a response carries nothing to answer', () => {
  const fault = faultOf(valueOf(parseMessage(bytesOf(['SIP/2.0 200 OK', ...registerLines.slice(0, 5)]))));
  assert.deepEqual(fault, { reason: 'Missing CSeq', status: 400 });
});
