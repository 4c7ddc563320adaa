import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, seconds } from '../../../kernel/clock.ts';
import { createDigest, type Digest, responseOf } from '../../../sip-stack/digest.ts';
import { type DigestAlgorithm, digestOf, ha1Of } from '../../../sip-stack/digest/algorithm.ts';
import type { DigestCredentials } from '../../../sip-stack/digest/credentials.ts';
import { createFakeTokens } from '../../support/fake-tokens.ts';

const start = instant(1_700_000_000_000);
const later = (count: number) => instant(start + count * 1000);
const register = { method: 'REGISTER', body: Buffer.alloc(0) };
const algorithms: readonly DigestAlgorithm[] = ['MD5', 'SHA-256'];

const create = (noncesMax?: number): Digest =>
  createDigest(
    {
      tokens: createFakeTokens(),
      secret: 'secret',
      startedAt: start,
      ...(noncesMax === undefined ? {} : { noncesMax }),
    },
    { digestAlgorithms: algorithms, nonceLifetime: seconds(300) },
  );

const nonceIn = (challenges: readonly string[]): string => /nonce="([^"]+)"/.exec(challenges[0] ?? '')?.[1] ?? '';

interface Signing {
  readonly nonce: string;
  readonly count?: number;
  readonly password?: string;
  readonly algorithm?: DigestAlgorithm;
  readonly qop?: 'auth' | 'auth-int' | 'none';
  readonly uri?: string;
  readonly method?: string;
  readonly body?: Buffer;
}

/** Credentials as a client would make them. */
function sign(signing: Signing): DigestCredentials {
  const {
    nonce,
    count = 1,
    password = 'secret',
    algorithm = 'MD5',
    uri = 'sip:example.com',
    method = 'REGISTER',
  } = signing;
  const qop = signing.qop === 'none' ? undefined : (signing.qop ?? 'auth');
  const nc = count.toString(16).padStart(8, '0');
  const unsigned = { nonce, qop, nc, cnonce: 'c1' };
  const a2 =
    qop === 'auth-int'
      ? `${method}:${uri}:${digestOf(algorithm, signing.body ?? Buffer.alloc(0))}`
      : `${method}:${uri}`;
  const ha1 = ha1Of(algorithm, 'alice', 'example.com', password);
  const response = responseOf(algorithm, ha1, unsigned, digestOf(algorithm, a2));
  return { ...unsigned, username: 'alice', realm: 'example.com', uri, response, algorithm, count };
}

const ha1 = (algorithm: DigestAlgorithm = 'MD5'): string => ha1Of(algorithm, 'alice', 'example.com', 'secret');

for (const [algorithm, response] of [
  ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
] as const) {
  test(`makes the published response with ${algorithm} (RFC 7616 §3.9.1)`, () => {
    const credentials = {
      nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
      nc: '00000001',
      cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
      qop: 'auth',
    } as const;
    const known = ha1Of(algorithm, 'Mufasa', 'http-auth@example.org', 'Circle of Life');
    assert.equal(responseOf(algorithm, known, credentials, digestOf(algorithm, 'GET:/dir/index.html')), response);
  });
}

test('makes the published response without qop (RFC 2069 §2.4 erratum 749)', () => {
  const known = ha1Of('MD5', 'Mufasa', 'testrealm@host.com', 'CircleOfLife');
  const credentials = { nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093', nc: '', cnonce: '', qop: undefined } as const;
  const response = responseOf('MD5', known, credentials, digestOf('MD5', 'GET:/dir/index.html'));
  assert.equal(response, '1949323746fe6a43ef61f9606e7febea');
});

test('hashes an empty body as the empty string (RFC 8760 §2.6 item 7)', () => {
  assert.equal(digestOf('MD5', Buffer.alloc(0)), 'd41d8cd98f00b204e9800998ecf8427e');
  assert.match(digestOf('SHA-256', Buffer.alloc(0)), /^e3b0c44298fc1c14/);
});

test('offers each algorithm with the same nonce, quoting what must be quoted (RFC 8760 §2.3, RFC 7616 §3.3)', () => {
  const [md5, sha256, ...more] = create().challenges('example.com', false, start);
  assert.match(md5 ?? '', /^Digest realm="example\.com", nonce="[^"]+", algorithm=MD5, qop="auth,auth-int"$/);
  assert.match(sha256 ?? '', /^Digest realm="example\.com", nonce="[^"]+", algorithm=SHA-256, qop="auth,auth-int"$/);
  assert.equal(nonceIn([md5 ?? '']), nonceIn([sha256 ?? '']));
  assert.deepEqual(more, []);
});

test('offers only what a client can take, and says stale (RFC 7616 §3.3)', () => {
  const challenges = create().challenges('example.com', true, start, ['MD5']);
  assert.equal(challenges.length, 1);
  assert.match(challenges[0] ?? '', /algorithm=MD5, qop="auth,auth-int", stale=true$/);
});

test('no two challenges have the same nonce (RFC 7616 §3.3)', () => {
  const digest = create();
  const nonces = new Set(Array.from({ length: 100 }, () => nonceIn(digest.challenges('example.com', false, start))));
  assert.equal(nonces.size, 100);
});

for (const algorithm of algorithms) {
  for (const qop of ['auth', 'auth-int'] as const) {
    test(`proves who knows the password: ${algorithm}, qop=${qop} (RFC 7616 §3.4.1)`, () => {
      const digest = create();
      const nonce = nonceIn(digest.challenges('example.com', false, start));
      const subject = { method: 'PUBLISH', body: Buffer.from('<presence/>') };
      const credentials = sign({ nonce, algorithm, qop, ...subject });
      assert.equal(digest.verify(credentials, subject, ha1(algorithm), start), 'proved');
    });
  }
}

test('a changed body is found under auth-int and not under auth (RFC 7616 §3.4.3)', () => {
  const digest = create();
  const nonce = nonceIn(digest.challenges('example.com', false, start));
  const body = Buffer.from('open');
  const altered = { method: 'PUBLISH', body: Buffer.from('shut') };
  const whole = sign({ nonce, qop: 'auth-int', method: 'PUBLISH', body });
  assert.equal(digest.verify(whole, altered, ha1(), start), 'wrong');
  assert.equal(digest.verify(sign({ nonce, method: 'PUBLISH', body }), altered, ha1(), start), 'proved');
});

test('refuses a wrong password, another method, an unknown user and a response of another length alike', () => {
  const digest = create();
  const nonce = nonceIn(digest.challenges('example.com', false, start));
  const good = sign({ nonce });
  assert.equal(digest.verify(sign({ nonce, password: 'guess' }), register, ha1(), start), 'wrong');
  assert.equal(digest.verify(good, { method: 'PUBLISH', body: register.body }, ha1(), start), 'wrong');
  assert.equal(digest.verify(good, register, undefined, start), 'wrong');
  assert.equal(digest.verify({ ...good, response: '' }, register, ha1(), start), 'wrong');
  assert.equal(digest.verify({ ...good, response: `${good.response}0` }, register, ha1(), start), 'wrong');
  assert.equal(digest.verify({ ...good, response: good.response.toUpperCase() }, register, ha1(), start), 'wrong');
  assert.equal(digest.noncesUsed, 0, 'who proves nothing takes no memory');
  assert.equal(digest.verify(good, register, ha1(), start), 'proved');
});

test('an algorithm that is not offered proves nothing (RFC 8760 §2.3)', () => {
  const digest = createDigest(
    { tokens: createFakeTokens(), secret: 'secret', startedAt: start },
    { digestAlgorithms: ['SHA-256'], nonceLifetime: seconds(300) },
  );
  const nonce = nonceIn(digest.challenges('example.com', false, start));
  assert.equal(digest.verify(sign({ nonce }), register, ha1(), start), 'wrong');
  assert.equal(digest.verify({ ...sign({ nonce }), algorithm: undefined }, register, ha1(), start), 'wrong');
  assert.equal(digest.verify(sign({ nonce, algorithm: 'SHA-256' }), register, ha1('SHA-256'), start), 'proved');
});

test('a nonce serves many requests, other methods and URIs between them (RFC 7616 §3.4)', () => {
  const digest = create();
  const nonce = nonceIn(digest.challenges('example.com', false, start));
  for (let count = 1; count <= 9; count += 1) {
    const method = count % 3 === 0 ? 'PUBLISH' : 'REGISTER';
    const uri = count % 2 === 0 ? 'sip:example.com' : 'sip:alice@example.com';
    const algorithm = count % 4 === 0 ? 'SHA-256' : 'MD5';
    const credentials = sign({ nonce, count, method, uri, algorithm });
    const verdict = digest.verify(credentials, { method, body: register.body }, ha1(algorithm), start);
    assert.equal(verdict, 'proved', `request ${String(count)}`);
  }
  assert.equal(digest.noncesUsed, 1);
});

test('a count seen before is a replay, one that was only overtaken is not (RFC 7616 §3.4)', () => {
  const digest = create();
  const nonce = nonceIn(digest.challenges('example.com', false, start));
  const verdicts = [1, 3, 2, 2, 3, 40, 9, 8, 9, 41].map((count) =>
    digest.verify(sign({ nonce, count }), register, ha1(), start),
  );
  const expected = ['proved', 'proved', 'proved', 'stale', 'stale', 'proved', 'proved', 'stale', 'stale', 'proved'];
  assert.deepEqual(verdicts, expected);
});

test('without qop a nonce can be used once (RFC 3261 §22.4 item 8)', () => {
  const digest = create();
  const nonce = nonceIn(digest.challenges('example.com', false, start));
  assert.equal(digest.verify(sign({ nonce, qop: 'none', count: 0 }), register, ha1(), start), 'proved');
  assert.equal(digest.verify(sign({ nonce, qop: 'none', count: 0 }), register, ha1(), start), 'stale');
  assert.equal(digest.verify(sign({ nonce, count: 2 }), register, ha1(), start), 'stale');
});

test('an expired nonce is stale for who knows the password, used before or not (RFC 7616 §3.3)', () => {
  const digest = create();
  const used = nonceIn(digest.challenges('example.com', false, start));
  const unused = nonceIn(digest.challenges('example.com', false, start));
  assert.equal(digest.verify(sign({ nonce: used }), register, ha1(), later(299)), 'proved');
  assert.equal(digest.verify(sign({ nonce: used, count: 2 }), register, ha1(), later(300)), 'stale');
  assert.equal(digest.verify(sign({ nonce: unused }), register, ha1(), later(300)), 'stale');
  assert.equal(digest.verify(sign({ nonce: unused, password: 'guess' }), register, ha1(), later(300)), 'wrong');
});

test('a forged, altered, foreign or empty nonce is stale (RFC 7616 §5.4)', () => {
  const digest = create();
  const nonce = nonceIn(digest.challenges('example.com', false, start));
  const forged = ['', '.', 'zzz', `x${nonce}`, `${nonce}x`, nonce.slice(0, -1), nonce.replace(/^./, 'z')];
  for (const each of forged) assert.equal(digest.verify(sign({ nonce: each }), register, ha1(), start), 'stale', each);
  assert.equal(digest.noncesUsed, 0);
});

test('a nonce of before the start is stale, since its counts are not known', () => {
  const before = createDigest(
    { tokens: createFakeTokens(), secret: 'secret', startedAt: instant(start - 9000) },
    { digestAlgorithms: algorithms, nonceLifetime: seconds(300) },
  );
  const nonce = nonceIn(before.challenges('example.com', false, instant(start - 1)));
  assert.equal(create().verify(sign({ nonce }), register, ha1(), start), 'stale');
});

test('remembers no more nonces than its bound, and a forgotten one cannot be replayed', () => {
  const digest = create(10);
  const nonces: string[] = [];
  for (let n = 0; n < 40; n += 1) {
    const now = instant(start + n * 10);
    const nonce = nonceIn(digest.challenges('example.com', false, now));
    nonces.push(nonce);
    assert.equal(digest.verify(sign({ nonce }), register, ha1(), now), 'proved');
    assert.ok(digest.noncesUsed <= 10);
  }
  const now = instant(start + 400);
  for (const nonce of nonces) assert.equal(digest.verify(sign({ nonce }), register, ha1(), now), 'stale');
  assert.equal(digest.verify(sign({ nonce: nonces.at(-1) ?? '', count: 2 }), register, ha1(), now), 'proved');
});

test('a nonce in use survives the change of generations', () => {
  const digest = create(10);
  const mine = nonceIn(digest.challenges('example.com', false, start));
  for (let n = 1; n <= 40; n += 1) {
    assert.equal(digest.verify(sign({ nonce: mine, count: n }), register, ha1(), start), 'proved');
    const nonce = nonceIn(digest.challenges('example.com', false, start));
    assert.equal(digest.verify(sign({ nonce }), register, ha1(), start), 'proved');
  }
});
