import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../../kernel/limits.ts';
import { isKeepalive, parseMessage } from '../../../../sip-stack/wire/parse.ts';
import {
  bytesOf,
  refusalOf,
  registerBytes,
  registerLines,
  sound,
  soundRequest,
  soundResponse,
  valueOf,
} from './support.ts';

test('reads a request (RFC 3261 §7.1)', () => {
  const request = soundRequest(registerBytes(['Content-Length: 4'], 'body'));
  assert.equal(request.method, 'REGISTER');
  assert.equal(request.uri, 'sip:example.com');
  assert.equal(request.requestUri.host, 'example.com');
  assert.equal(request.via.branch, 'z9hG4bK776');
  assert.equal(request.from.displayName, 'Alice');
  assert.equal(request.from, request.from);
  assert.equal(request.to.tag, undefined);
  assert.equal(request.callId, '843817@192.0.2.10');
  assert.deepEqual(request.cseq, { number: 1826, method: 'REGISTER' });
  assert.equal(request.body.toString(), 'body');
  assert.ok(request.received?.endsWith('Content-Length: 4\r\n\r\n'));
});

test('reads a response, with and without reason phrase (RFC 3261 §7.2)', () => {
  const response = (line: string): ReturnType<typeof soundResponse> => soundResponse(bytesOf([line, ...registerLines]));
  assert.deepEqual([response('SIP/2.0 200 OK then').status, response('SIP/2.0 200 OK then').reason], [200, 'OK then']);
  assert.equal(response('SIP/2.0 200 ').reason, '');
  assert.equal(response('SIP/2.0 200').reason, '');
  assert.equal(response('sip/2.0 699 x').status, 699);
});

test('From and To of a response need not be readable: they are our own, echoed', () => {
  const lines = registerLines.map((line) => (line.startsWith('To') ? 'To: "x' : line));
  const response = soundResponse(bytesOf(['SIP/2.0 200 OK', ...lines]));
  assert.equal(response.to.tag, undefined);
  assert.equal(response.to.uri.scheme, '');
  assert.equal(response.from.tag, '456248');
});

test('the whole datagram is the body when no Content-Length says otherwise (RFC 3261 §18.3)', () => {
  assert.equal(sound(registerBytes([], 'all of it')).body.toString(), 'all of it');
  assert.equal(sound(registerBytes(['l: 3'], 'all of it')).body.toString(), 'all');
  assert.equal(sound(registerBytes(['Content-Length: 0'], 'INVITE sip:x SIP/2.0\r\n')).body.length, 0);
});

test('refuses a Content-Length that cannot be (RFC 3261 §18.3, RFC 4475 §3.1.2.2, §3.1.2.3, §3.3.9)', () => {
  assert.equal(refusalOf(registerBytes(['Content-Length: 5'], 'body')), 'Content-Length Exceeds Datagram');
  assert.equal(refusalOf(registerBytes(['Content-Length: 70000'], 'body')), 'Content-Length Exceeds Datagram');
  const huge = parseMessage(registerBytes([`Content-Length: ${'9'.repeat(400)}`], 'body'));
  assert.equal(!huge.ok && huge.fault.status, 413);
  for (const length of ['-1', '', '4x', '0x4', '4, 4']) {
    assert.equal(refusalOf(registerBytes([`Content-Length: ${length}`], 'body')), 'Malformed Content-Length', length);
  }
  assert.equal(refusalOf(registerBytes(['Content-Length: 4', 'l: 4'], 'body')), 'Malformed Content-Length');
});

test('line ends before the start line are stepped over (RFC 3261 §7.5)', () => {
  const message = sound(Buffer.concat([Buffer.from('\r\n\r\n'), registerBytes([], 'x')]));
  assert.equal(message.callId, '843817@192.0.2.10');
  assert.equal(message.body.toString(), 'x');
});

test('bare line feeds pass where the first line tells that all are, and nowhere else', () => {
  const lines = ['REGISTER sip:example.com SIP/2.0', ...registerLines, 'Subject: a', ' b'];
  const bare = sound(Buffer.from(`${lines.join('\n')}\n\nbody`, 'latin1'));
  assert.equal(bare.headers.first('subject'), 'a b');
  assert.equal(bare.body.toString(), 'body');
  assert.equal(refusalOf(registerBytes(['Subject: a\nVia: b'])), 'Bare Line Feed');
});

test('a header section may end with its last line, but not within one', () => {
  const whole = registerBytes();
  assert.equal(sound(whole.subarray(0, -2)).body.length, 0);
  assert.equal(refusalOf(whole.subarray(0, -6)), 'Unterminated Header Section');
});

test('refuses malformed start lines (RFC 4475 §3.1.2.8 to §3.1.2.10, §3.1.2.16, §3.1.2.19)', () => {
  const reason = (line: string): string | undefined => refusalOf(bytesOf([line, ...registerLines]));
  assert.equal(reason('REGISTER  sip:example.com SIP/2.0'), 'Malformed Request-URI');
  assert.equal(reason('REGISTER sip:example.com  SIP/2.0'), 'Malformed Request-URI');
  assert.equal(reason('REGISTER sip:example.com SIP/2.0 '), 'Malformed Request Line');
  assert.equal(reason('REGISTER sip:example.com'), 'Malformed Request Line');
  assert.equal(reason('REGISTER  SIP/2.0'), 'Malformed Request Line');
  assert.equal(reason('REGISTER sip:example.com HTTP/1.1'), 'Malformed Request Line');
  assert.equal(reason('REGISTER sip:example.com SIP/3.0'), 'Version Not Supported');
  assert.equal(reason('REGISTER sip:example.com sip/2.0'), undefined);
  for (const status of ['099', '700', '20', '2000', '4294967301', 'abc']) {
    assert.equal(reason(`SIP/2.0 ${status} x`), 'Malformed Status Line', status);
  }
  assert.equal(reason('SIP/3.0 200 OK'), 'Malformed Status Line');
  for (const line of ['', ' ', '<xml>', 'REGISTER', ':']) assert.equal(reason(line) === undefined, false, line);
});

test('what is refused can be answered when its Via says where to, and an ACK never (RFC 3261 §17)', () => {
  const request = (lines: readonly string[]): string | undefined => {
    const parsed = parseMessage(bytesOf(lines));
    assert.ok(!parsed.ok);
    return parsed.fault.request?.method;
  };
  assert.equal(request(['REGISTER sip:example.com SIP/3.0', ...registerLines]), 'REGISTER');
  assert.equal(request(['REGISTER sip:example.com SIP/3.0', ...registerLines.slice(1)]), undefined);
  assert.equal(request(['ACK sip:example.com SIP/3.0', ...registerLines]), undefined);
  assert.equal(request(['SIP/2.0 999 x', ...registerLines]), undefined);
  assert.equal(request(['REGISTER sip:example.com SIP/2.0', 'no colon here', ...registerLines]), 'REGISTER');
});

test('a member of a refused request never throws', () => {
  const parsed = parseMessage(
    bytesOf(['REGISTER', ...registerLines].map((line, at) => (at === 0 ? 'REGISTER x SIP/3.0' : line)).slice(0, 2)),
  );
  assert.ok(!parsed.ok && parsed.fault.request !== undefined);
  const { from, to, cseq, callId, requestUri, via } = parsed.fault.request;
  assert.deepEqual([from.tag, to.tag, cseq.number, callId, requestUri.scheme], [undefined, undefined, 0, '', '']);
  assert.equal(via.host, '192.0.2.10');
});

test('a message that was not checked may not be used', () => {
  const message = valueOf(parseMessage(bytesOf(['REGISTER sip:example.com SIP/2.0', 'X: y'])));
  assert.throws(() => message.from, /not checked/);
  assert.throws(() => message.callId, /not checked/);
});

test('refuses more lines, longer values and larger sections than the bounds', () => {
  const many = Array.from({ length: limits.headerLinesMax }, () => 'a: b');
  assert.equal(refusalOf(registerBytes(many)), 'Too Many Header Lines');
  assert.equal(refusalOf(registerBytes(many.slice(registerLines.length))), undefined);
  assert.equal(refusalOf(registerBytes([`a: ${'b'.repeat(limits.headerValueBytesMax)}`])), undefined);
  assert.equal(
    refusalOf(registerBytes([`a: ${'b'.repeat(limits.headerValueBytesMax + 1)}`])),
    'Header Field Too Large',
  );
  const large = Array.from({ length: 10 }, () => `a: ${'b'.repeat(10_000)}`);
  const parsed = parseMessage(registerBytes(large));
  assert.ok(!parsed.ok);
  assert.equal(parsed.fault.reason, 'Header Section Too Large');
  assert.equal(parsed.fault.request?.method, 'REGISTER');
});

test('header lines are name, colon and value (RFC 3261 §7.3.1)', () => {
  for (const line of ['no colon', ': no name', 'two words: x', ' leading: space']) {
    const bytes = bytesOf(['REGISTER sip:example.com SIP/2.0', line, ...registerLines]);
    assert.equal(refusalOf(bytes), 'Malformed Header Line', line);
  }
});

test('tells keepalives from messages and garbage (RFC 5626 §4.4)', () => {
  for (const text of ['', '\r\n\r\n', '\r\n', '\0', 'jaK', '\0'.repeat(20), '\r\n'.repeat(8)])
    assert.ok(isKeepalive(Buffer.from(text)), JSON.stringify(text));
  for (const text of ['hello', 'OPTIONS sip:a SIP/2.0\r\n', '\0'.repeat(100)])
    assert.ok(!isKeepalive(Buffer.from(text)), text);
  assert.equal(refusalOf(Buffer.from('hello')), 'Not a SIP Message');
  assert.equal(refusalOf(Buffer.alloc(0)), 'Not a SIP Message');
});
