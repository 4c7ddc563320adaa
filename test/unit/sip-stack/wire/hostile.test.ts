import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../../kernel/limits.ts';
import { parseCredentials } from '../../../../sip-stack/wire/credentials.ts';
import { createFramer } from '../../../../sip-stack/wire/framing.ts';
import { parseMessage } from '../../../../sip-stack/wire/parse.ts';
import { headerSafe } from '../../../../sip-stack/wire/text.ts';
import { writeResponse } from '../../../../sip-stack/wire/write.ts';

const register = (
  parts: { readonly line?: string; readonly via?: string; readonly headers?: readonly string[] } = {},
) =>
  parseMessage(
    Buffer.from(
      [
        parts.line ?? 'REGISTER sip:example.org SIP/2.0',
        parts.via ?? 'Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1',
        'From: <sip:a@example.org>;tag=1',
        'To: <sip:a@example.org>',
        'Call-ID: c',
        'CSeq: 1 REGISTER',
        ...(parts.headers ?? []),
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n'),
      'latin1',
    ),
  );
const faultIn = (parsed: ReturnType<typeof register>) => (parsed.ok ? undefined : parsed.fault);

test('a Request-URI beyond the bound is 414 and can be answered (RFC 3261 §21.4.12)', () => {
  const line = (length: number): string => `REGISTER sip:${'a'.repeat(length)}@h SIP/2.0`;
  const fault = faultIn(register({ line: line(limits.uriBytesMax) }));
  assert.deepEqual([fault?.status, fault?.reason], [414, 'Request-URI Too Long']);
  assert.ok(fault?.request !== undefined);
  assert.equal(register({ line: line(limits.uriBytesMax - 100) }).ok, true);
});

test('a method beyond the bound is no SIP message', () => {
  const line = (length: number): string => `${'M'.repeat(length)} sip:h SIP/2.0`;
  assert.equal(faultIn(register({ line: line(limits.methodBytesMax + 1) }))?.reason, 'Not a SIP Message');
  assert.equal(register({ line: line(limits.methodBytesMax) }).ok, true);
});

test('lines that are continued count as lines (RFC 3261 §7.3.1)', () => {
  const folded = (count: number): string => `Subject: a${'\r\n b'.repeat(count)}`;
  assert.equal(faultIn(register({ headers: [folded(limits.headerLinesMax)] }))?.reason, 'Too Many Header Lines');
  assert.equal(register({ headers: [folded(100)] }).ok, true);
});

test('a value beyond the bound is refused, also when most of it is white space', () => {
  for (const value of ['s'.repeat(20_000), `${' '.repeat(20_000)}s`, `s${' '.repeat(20_000)}s`]) {
    const fault = faultIn(register({ headers: [`Subject: ${value}`] }));
    assert.deepEqual([fault?.status, fault?.reason], [400, 'Header Field Too Large']);
  }
});

test('white space around a value that is not too large goes, however much there is', () => {
  const parsed = register({ headers: [`Subject:${' '.repeat(20_000)}hello${' '.repeat(200)}`] });
  assert.equal(parsed.ok ? parsed.value.headers.first('subject') : faultIn(parsed)?.reason, 'Header Field Too Large');
  const less = register({ headers: [`Subject:${' '.repeat(9000)}hello${' '.repeat(200)}`] });
  assert.equal(less.ok ? less.value.headers.first('subject') : '', 'hello');
});

test('of a Via line beyond the bound the answer repeats the topmost value alone', () => {
  const top = 'SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1';
  const fault = faultIn(register({ via: `Via: ${Array<string>(1000).fill(top).join(',')}` }));
  assert.ok(fault?.request !== undefined);
  const answer = writeResponse(fault.request, { status: 400 }).toString('latin1');
  assert.ok(answer.startsWith(`SIP/2.0 400 Bad Request\r\nVia: ${top}\r\n`), answer.slice(0, 200));
});

test('of the pings of one chunk two are answered (RFC 5626 §3.5.1)', () => {
  const framed = createFramer().push(Buffer.from('\r\n'.repeat(30_000)));
  assert.deepEqual(
    framed.map(({ kind }) => kind),
    ['ping', 'ping'],
  );
});

test('credentials have so many parameters', () => {
  const of = (count: number): boolean => parseCredentials(`Digest ${'a=b, '.repeat(count - 1)}c=d`).ok;
  assert.deepEqual([of(limits.credentialParamsMax), of(limits.credentialParamsMax + 1)], [true, false]);
});

test('long text is made safe as short text is', () => {
  const long = 'a'.repeat(300);
  assert.equal(headerSafe(long), long);
  assert.equal(headerSafe(`${long}\r\nX: y\0`), `${long} X: y `);
  assert.equal(headerSafe(`${long}é`), `${long}é`);
});
