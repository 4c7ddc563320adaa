import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  parseChallenge,
  parseCredentials,
  writeChallenge,
  writeCredentials,
} from '../../../../sip-stack/wire/credentials.ts';
import { valueOf } from './support.ts';

test('reads digest credentials (RFC 7616 §3.4)', () => {
  const read = valueOf(
    parseCredentials('DIGEST username="Al \\"x\\"" , realm="a,b",nc=00000001, QOP=auth,uri="sip:h;x=y" ,'),
  );
  assert.equal(read.scheme, 'digest');
  assert.deepEqual(
    [...read.params],
    [
      ['username', 'Al "x"'],
      ['realm', 'a,b'],
      ['nc', '00000001'],
      ['qop', 'auth'],
      ['uri', 'sip:h;x=y'],
    ],
  );
});

test('an unknown scheme is read too (RFC 4475 §3.3.7)', () => {
  assert.equal(valueOf(parseCredentials('NoOneKnowsThisScheme opaque-data=here')).scheme, 'nooneknowsthisscheme');
});

test('the first of two parameters with one name counts', () => {
  assert.equal(valueOf(parseCredentials('Digest nc=1, nc=2')).params.get('nc'), '1');
});

test('refuses what is malformed', () => {
  for (const text of [
    '',
    '"x"',
    'Digest x',
    'Digest x=',
    'Digest x="y',
    'Digest x=y z=w',
    'Digest =y',
    'Digest ,x=y',
  ]) {
    assert.ok(!parseCredentials(text).ok, text);
  }
});

test('writes a challenge and credentials with quotes where they belong (RFC 7616 §3.3, §3.4)', () => {
  const challenge = writeChallenge('Digest', [
    ['realm', 'a"b'],
    ['nonce', 'n'],
    ['algorithm', 'SHA-256'],
    ['qop', 'auth,auth-int'],
    ['stale', 'true'],
  ]);
  assert.equal(challenge, 'Digest realm="a\\"b", nonce="n", algorithm=SHA-256, qop="auth,auth-int", stale=true');
  assert.equal(valueOf(parseChallenge(challenge)).params.get('realm'), 'a"b');
  assert.equal(
    writeCredentials('Digest', [
      ['username', 'u'],
      ['qop', 'auth'],
      ['nc', '00000001'],
    ]),
    'Digest username="u", qop=auth, nc=00000001',
  );
});
