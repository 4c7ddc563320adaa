import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRequest, createResponse } from '../../sip-stack/wire/build.ts';
import { parseContacts } from '../../sip-stack/wire/contact.ts';
import { parseCredentials } from '../../sip-stack/wire/credentials.ts';
import { createFramer } from '../../sip-stack/wire/framing.ts';
import type { HeaderPair, SipMessage, SipRequest } from '../../sip-stack/wire/message.ts';
import { nameAddrToText, parseNameAddr } from '../../sip-stack/wire/name-addr.ts';
import { parseMessage } from '../../sip-stack/wire/parse.ts';
import { parseUri, sameUri, uriToText } from '../../sip-stack/wire/uri.ts';
import { faultOf } from '../../sip-stack/wire/validate.ts';
import { splitList } from '../../sip-stack/wire/values.ts';
import { writeMessage } from '../../sip-stack/wire/write.ts';

/** Messages to mutate: 20,000 in the ordinary run, a million in the long one (PHAROS_FUZZ_RUNS=1000000). */
const mutations = Number(process.env['PHAROS_FUZZ_RUNS'] ?? 20_000);

const chars = (from: string, least: number, most: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from(from)), minLength: least, maxLength: most });
const token = chars("abcXYZ019-.!%*_+`'~", 1, 12);
const value = fc
  .string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 60 })
  .map((text) => text.trim())
  .filter((text) => !text.includes('\x7f') && !/^\s|\s$/.test(text));
const host = fc.constantFrom('example.com', '192.0.2.1', '[2001:db8::1]', 'h-1.invalid');
const user = fc.string({
  unit: fc.integer({ min: 1, max: 0xff }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 12,
});
const anyUri = fc
  .record({
    scheme: fc.constantFrom('sip', 'sips'),
    user: fc.option(user, { nil: undefined }),
    host,
    port: fc.option(fc.integer({ min: 0, max: 65_535 }), { nil: undefined }),
    params: fc.dictionary(chars('abcxyz019', 1, 6), fc.option(user, { nil: undefined }), { maxKeys: 3 }),
    headers: fc.dictionary(chars('ABCabc', 1, 6), user, { maxKeys: 2 }),
  })
  .map((parts) => ({
    ...parts,
    password: undefined,
    rest: undefined,
    params: new Map(Object.entries(parts.params)),
    headers: new Map(Object.entries(parts.headers)),
  }));

const request = fc
  .record({
    method: fc.constantFrom('REGISTER', 'PUBLISH', 'NOTIFY', 'x-Own'),
    uri: anyUri,
    branch: token,
    tag: token,
    callId: token,
    number: fc.integer({ min: 0, max: 0x7fff_ffff }),
    extra: fc.array(
      fc.tuple(
        token.map((name) => `X${name}`),
        value,
      ),
      { maxLength: 6 },
    ),
    body: fc.uint8Array({ maxLength: 200 }),
  })
  .map(({ method, uri, branch, tag, callId, number, extra, body }): SipRequest => {
    const text = uriToText({ ...uri, headers: new Map() });
    const headers: HeaderPair[] = [
      ['Via', `SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK${branch};rport`],
      ['From', `"A \\" B" <${text}>;tag=${tag}`],
      ['To', `<${text}>`],
      ['Call-ID', callId],
      ['CSeq', `${String(number)} ${method}`],
      ...extra,
    ];
    const parts = { method, uri: text, headers };
    const bytes = Buffer.from(body);
    return createRequest(bytes.length === 0 ? parts : { ...parts, body: { contentType: 'a/b', bytes } });
  });

test('write(parse(x)) = x for well-formed messages (RFC 3261 §7)', () => {
  fc.assert(
    fc.property(request, (built) => {
      const bytes = writeMessage(built);
      const parsed = parseMessage(bytes);
      assert.ok(parsed.ok);
      assert.equal(faultOf(parsed.value), undefined);
      assert.deepEqual(writeMessage(parsed.value), bytes);
      // Not only as the text that was received: its lines, written anew, give the same bytes.
      const { value: read } = parsed;
      assert.ok(read.kind === 'request');
      const lines = [...read.headers.lines()].map(({ name, value: content }): HeaderPair => [name, content]);
      const own = lines.filter(([name]) => !name.startsWith('Content-'));
      const body = { contentType: 'a/b', bytes: read.body };
      assert.deepEqual(writeMessage(createRequest({ method: read.method, uri: read.uri, headers: own, body })), bytes);
    }),
  );
});

test('parse(write(uri)) = uri (RFC 3261 §19.1)', () => {
  fc.assert(
    fc.property(anyUri, (uri) => {
      const parsed = parseUri(uriToText(uri));
      assert.ok(parsed.ok, uriToText(uri));
      const { scheme, user: name, host: at, port } = parsed.value;
      assert.deepEqual(
        { scheme, user: name, host: at, port },
        { scheme: uri.scheme, user: uri.user, host: uri.host, port: uri.port },
      );
      assert.deepEqual([...parsed.value.params], [...uri.params]);
      assert.deepEqual([...parsed.value.headers], [...uri.headers]);
      assert.ok(sameUri(parsed.value, parsed.value));
    }),
  );
});

test('parse(write(address)) = address (RFC 3261 §20.10)', () => {
  fc.assert(
    fc.property(
      anyUri,
      value,
      fc.dictionary(chars('abcxyz', 1, 6), value, { maxKeys: 3 }),
      (uri, displayName, params) => {
        const parts = { displayName, uri: uriToText(uri), params: new Map(Object.entries(params)) };
        const parsed = parseNameAddr(nameAddrToText(parts));
        assert.ok(parsed.ok, nameAddrToText(parts));
        assert.equal(parsed.value.displayName, displayName);
        assert.equal(parsed.value.uri.text, parts.uri);
        assert.deepEqual([...parsed.value.params], [...parts.params]);
      },
    ),
  );
});

/** Asks for everything that is lazy, and answers what can be answered. */
function exercise(bytes: Buffer): void {
  const parsed = parseMessage(bytes);
  const fault = parsed.ok ? faultOf(parsed.value) : parsed.fault;
  if (fault?.request !== undefined) readAll(fault.request);
  if (parsed.ok && fault === undefined) readAll(parsed.value);
}

/** Its arguments were read: that is all it is for. */
const touch = (...members: readonly unknown[]): void => {
  assert.ok(members.length > 0);
};

function readAll(message: SipMessage): void {
  const { via, from, to, cseq, callId, headers, body } = message;
  touch(via.branch, via.host, via.params.size, cseq.number, callId.length, body.length);
  for (const address of [from, to]) touch(address.displayName, address.tag, address.params.size, address.uri.user);
  parseContacts(headers);
  for (const line of headers.lines()) splitList(line.value);
  for (const line of headers.all('authorization')) parseCredentials(line);
  if (message.kind === 'response') return;
  touch(message.requestUri.params.size, message.requestUri.headers.size);
  const answer = writeMessage(createResponse(message, { status: 400, toTag: 't' })).toString('latin1');
  // Nothing received may end a line of ours or begin one.
  assert.doesNotMatch(answer, /\r(?!\n)|(?<!\r)\n/);
  assert.ok(answer.endsWith('\r\n\r\n') && answer.indexOf('\r\n\r\n') === answer.length - 4);
}

const vectors = ['torture/rfc4475', 'torture/rfc5118', 'torture/rfc5118-crlf', 'rfc-messages'].flatMap((name) => {
  const folder = new URL(`../../../test/vectors/${name}/`, import.meta.url);
  const files = readdirSync(folder).filter((file) => !file.endsWith('.json') && !file.endsWith('.md'));
  return files.map((file) => readFileSync(new URL(file, folder)));
});

/** What a mutation puts in: bytes that mean something somewhere in the grammar. */
const inserts = [
  '\r\n',
  '\n',
  '\r',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '"',
  '<',
  '>',
  '\\',
  '%',
  '@',
  '[',
  '\0',
  '\xff',
  '=',
  '\r\n ',
];

function mutated(original: Buffer, edits: readonly (readonly [number, number, number])[]): Buffer {
  let bytes = original;
  for (const [place, kind, what] of edits) {
    const at = place % (bytes.length + 1);
    const piece = Buffer.from(inserts[what % inserts.length] ?? '', 'latin1');
    const cut = kind % 4 === 0 ? 0 : kind % 4 === 1 ? 1 : what;
    const insert = kind % 4 === 2 ? bytes.subarray(at, at + what) : piece;
    bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(Math.min(bytes.length, at + cut))]);
  }
  return bytes;
}

const edit = fc.tuple(fc.nat(4000), fc.nat(3), fc.nat(60));

test(`no mutated message throws, and none gets lines of its own into an answer (${String(mutations)} messages)`, () => {
  fc.assert(
    fc.property(fc.nat(vectors.length - 1), fc.array(edit, { minLength: 1, maxLength: 4 }), (index, edits) => {
      exercise(mutated(vectors[index] ?? Buffer.alloc(0), edits));
    }),
    { numRuns: mutations },
  );
});

test('a stream gives the same messages however it is cut (RFC 3261 §18.3)', () => {
  fc.assert(
    fc.property(
      fc.array(request, { minLength: 1, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 400 })),
      (sent, cuts) => {
        const whole = Buffer.concat(sent.map(writeMessage));
        const framer = createFramer();
        const got: Buffer[] = [];
        let at = 0;
        for (const cut of [...cuts, whole.length]) {
          for (const framed of framer.push(Buffer.from(whole.subarray(at, at + cut)))) {
            assert.ok(framed.kind === 'message');
            got.push(writeMessage(framed.message));
          }
          at = Math.min(whole.length, at + cut);
        }
        assert.deepEqual(Buffer.concat(got), whole);
        assert.equal(got.length, sent.length);
      },
    ),
  );
});

test('no stream throws, and none is held beyond the bounds', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(vectors.length - 1), edit), { maxLength: 5 }),
      fc.integer({ min: 1, max: 300 }),
      (picks, size) => {
        const whole = Buffer.concat(
          picks.map(([index, change]) => mutated(vectors[index] ?? Buffer.alloc(0), [change])),
        );
        const framer = createFramer();
        for (let at = 0; at < whole.length; at += size) {
          for (const framed of framer.push(whole.subarray(at, at + size))) {
            if (framed.kind === 'message' && faultOf(framed.message) === undefined) readAll(framed.message);
          }
        }
      },
    ),
  );
});
