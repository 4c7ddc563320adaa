import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLoopHash } from '../../../proxy/loop-hash.ts';
import { fakeCall, type FakeCallParts } from '../../support/fake-call.ts';

const hashOf = (parts: FakeCallParts, seed = 'seed', further: readonly string[] = []): string =>
  createLoopHash(seed, further)(fakeCall(parts).incoming.request);

test('is a dot and fourteen letters and digits, the same for the same request (RFC 5393 §4.2.1)', () => {
  assert.match(hashOf({}), /^\.[0-9a-z]{14}$/);
  assert.equal(hashOf({}), hashOf({}));
});

test('varies with all that decides the way, and with the transaction (RFC 5393 §4.2.1, §4.2.4)', () => {
  const variants: readonly FakeCallParts[] = [
    {},
    { uri: 'sip:carol@example.org' },
    { uri: 'sip:alice@example.org;gr=1' },
    { headers: ['Route: <sip:p1.example.org;lr>'] },
    { headers: ['Route: <sip:p2.example.org;lr>'] },
    { headers: ['Accept-Contact: *;audio'] },
    { headers: ['Reject-Contact: *;audio'] },
    { headers: ['Request-Disposition: no-fork'] },
    { headers: ['Event: dialog'] },
    { from: 'sip:eve@example.net' },
    { toTag: 't' },
    { callId: 'call-2' },
    { cseq: 2 },
  ];
  assert.equal(new Set(variants.map((parts) => hashOf(parts))).size, variants.length);
});

test('does not vary with the method, nor with what changes at each hop (RFC 5393 §4.2.1)', () => {
  assert.equal(hashOf({ method: 'CANCEL' }), hashOf({ method: 'INVITE' }));
  assert.equal(hashOf({ headers: ['Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKother'] }), hashOf({}));
});

test('an operator can add headers that his step routes by (RFC 5393 §4.2.1)', () => {
  const tagged = { headers: ['X-Desk: 7'] };
  assert.equal(hashOf(tagged), hashOf({}));
  assert.notEqual(hashOf(tagged, 'seed', ['x-desk']), hashOf({}, 'seed', ['x-desk']));
});

test('another server has other hashes', () => {
  assert.notEqual(hashOf({}, 'one'), hashOf({}, 'other'));
});

test('ten thousand near requests collide nowhere', () => {
  const hash = createLoopHash('seed');
  const seen = new Set<string>();
  for (let cseq = 1; cseq <= 10_000; cseq += 1) seen.add(hash(fakeCall({ cseq }).incoming.request));
  assert.equal(seen.size, 10_000);
});
