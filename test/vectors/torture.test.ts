import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { ParseFault } from '../../sip-stack/wire/fault.ts';
import { parseMessage } from '../../sip-stack/wire/parse.ts';
import { faultOf } from '../../sip-stack/wire/validate.ts';
import { writeMessage } from '../../sip-stack/wire/write.ts';

interface Entry {
  readonly file: string;
  readonly section: string;
  readonly verdict: string;
  readonly answer: number | 'none';
  readonly reason: string;
}

const folder = new URL('../../../test/vectors/torture/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8')) as {
  readonly files: readonly Entry[];
};
const bytesOf = (file: string): Buffer => readFileSync(new URL(file, folder));

const faultIn = (bytes: Buffer): ParseFault | undefined => {
  const parsed = parseMessage(bytes);
  return parsed.ok ? faultOf(parsed.value) : parsed.fault;
};

test('the torture manifest names every file, and no other (RFC 4475, RFC 5118)', () => {
  const onDisk = ['rfc4475', 'rfc5118', 'rfc5118-crlf'].flatMap((name) =>
    readdirSync(new URL(`${name}/`, folder)).map((file) => `${name}/${file}`),
  );
  assert.deepEqual(manifest.files.map(({ file }) => file).sort(), onDisk.sort());
  for (const { reason, section } of manifest.files) assert.ok(reason.length > 10 && /^RFC \d{4} /.test(section));
});

for (const { file, section, verdict, answer } of manifest.files) {
  test(`${file}: ${verdict} (${section})`, () => {
    const fault = faultIn(bytesOf(file));
    assert.equal(fault?.reason ?? 'sound', verdict);
    if (fault === undefined) return;
    // What is refused can be answered exactly when an answer is due, and with the status that is due.
    assert.equal(fault.request !== undefined, answer !== 'none');
    if (answer !== 'none') assert.equal(fault.status, answer);
  });
}

test('a sound torture message is written as it was received (RFC 4475 §2)', () => {
  for (const { file, verdict } of manifest.files) {
    if (verdict !== 'sound') continue;
    const bytes = bytesOf(file);
    const parsed = parseMessage(bytes);
    assert.ok(parsed.ok);
    const written = writeMessage(parsed.value);
    assert.deepEqual(written, bytes.subarray(0, written.length), file);
    // Only the INVITE behind the body of this one is left out (RFC 4475 §3.1.1.8).
    if (file === 'rfc4475/dblreq.dat') assert.ok(written.length < bytes.length);
  }
});

const sound = (file: string): Extract<ReturnType<typeof parseMessage>, { ok: true }>['value'] => {
  const parsed = parseMessage(bytesOf(file));
  assert.ok(parsed.ok);
  assert.equal(faultOf(parsed.value), undefined);
  return parsed.value;
};

test('reads folded, compact and spaced header fields (RFC 4475 §3.1.1.1)', () => {
  const message = sound('rfc4475/wsinv.dat');
  assert.equal(message.to.tag, '1918181833n');
  assert.equal(message.from.displayName, 'J Rosenberg \\"');
  assert.equal(message.from.tag, '98asjd8');
  assert.deepEqual(message.cseq, { number: 9, method: 'INVITE' });
  assert.equal(message.via.branch, '390skdjuw');
  assert.equal(message.headers.first('subject'), '');
  assert.equal(message.headers.first('newfangledheader'), 'newfangled value continued newfangled value');
  assert.equal(message.headers.all('via').length, 2);
  assert.equal(message.body.length, 150);
});

test('reads every kind of character where it may stand (RFC 4475 §3.1.1.2)', () => {
  const message = sound('rfc4475/intmeth.dat');
  assert.equal(message.kind === 'request' && message.method, "!interesting-Method0123456789_*+`.%indeed'~");
  assert.equal(message.to.displayName, 'BEL:\x07 NUL:\0 DEL:\x7f');
  assert.equal(message.to.uri.user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
  assert.equal(message.from.displayName, "token1~` token2'+_ token3*%!.-");
  assert.equal(message.from.tag, "_token~1'+`*%!-.");
});

test('resolves escapes once and where they are escapes (RFC 4475 §3.1.1.3, §3.1.1.4)', () => {
  assert.equal(sound('rfc4475/esc01.dat').from.uri.user, 'I have spaces');
  assert.equal(sound('rfc4475/esc01.dat').to.uri.user, 'user');
  assert.equal(sound('rfc4475/escnull.dat').to.uri.user, 'null-\0-null');
});

test('a semicolon in the user part begins no parameter (RFC 4475 §3.1.1.9)', () => {
  const message = sound('rfc4475/semiuri.dat');
  assert.ok(message.kind === 'request');
  assert.equal(message.requestUri.user, 'user;par=u@example.net');
  assert.equal(message.requestUri.params.size, 0);
});

test('tells an IPv6 address from a port by the brackets (RFC 5118 §4.3, §4.4)', () => {
  const ambiguous = sound('rfc5118-crlf/port-ambiguous.sip');
  const clear = sound('rfc5118-crlf/port-unambiguous.sip');
  assert.ok(ambiguous.kind === 'request' && clear.kind === 'request');
  assert.deepEqual([ambiguous.requestUri.host, ambiguous.requestUri.port], ['[2001:db8::10:5070]', undefined]);
  assert.deepEqual([clear.requestUri.host, clear.requestUri.port], ['[2001:db8::10]', 5070]);
});
