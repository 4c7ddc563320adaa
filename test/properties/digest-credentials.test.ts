import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readDigestCredentials } from '../../sip-stack/digest/credentials.ts';
import { readPlain } from '../../sip-stack/digest/plain-credentials.ts';
import { parseCredentials } from '../../sip-stack/wire/credentials.ts';

const names = ['username', 'realm', 'nonce', 'uri', 'response', 'algorithm', 'qop', 'nc', 'cnonce'] as const;

const value = fc.oneof(
  fc.constantFrom('auth', 'MD5', '00000001', '"a, b"', '""', '"x\\"y"', '"sip:a@b"', 'a b', '', 'a"b', '"', '"a" '),
  fc.string({ maxLength: 8 }),
);
const name = fc.constantFrom(...names, 'opaque', 'Realm', 'NC', 'xyz', 'userhash', 'realn', '');
const separator = fc.constantFrom(', ', ',', ',  ', ' , ', ';', ' ', '');
const text = fc
  .array(fc.tuple(name, fc.constantFrom('=', ' = ', '= '), value, separator), { maxLength: 8 })
  .map((parts) => `Digest ${parts.map((part) => part.join('')).join('')}`);

test('the short way to read credentials comes to what the grammar says, where it comes to anything (RFC 7616 §3.4)', () => {
  fc.assert(
    fc.property(text, (written) => {
      const plain = readPlain(written);
      if (plain === undefined) return;
      const parsed = parseCredentials(written);
      assert.ok(parsed.ok, written);
      for (const each of names) assert.equal(plain[each], parsed.value.params.get(each), written);
    }),
    { numRuns: 5000 },
  );
});

test('nothing that stands in an Authorization header field throws', () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.string()), (written) => {
      const read = readDigestCredentials(written);
      assert.ok(!read.ok || read.value.qop === undefined || read.value.count > 0);
    }),
  );
});
