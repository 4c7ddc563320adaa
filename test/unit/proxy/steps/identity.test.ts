import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Aliases } from '../../../../proxy/aliases.ts';
import { createAudience } from '../../../../proxy/steps/audience.ts';
import { createIdentity } from '../../../../proxy/steps/identity.ts';
import type { StepsConfig } from '../../../../proxy/steps/settings.ts';
import { aor, fakeCall, type FakeCall, type FakeCallParts, ourDomains, targetOf } from '../../../support/fake-call.ts';
import { responseOf } from '../../../support/sip-text.ts';

const bob = aor('sip:bob@example.org');
const proved: FakeCallParts = { identity: { kind: 'authenticated', aor: bob } };
const trusted: FakeCallParts = { identity: { kind: 'trusted-peer', aor: aor('sip:bob@example.net') } };
const toOwn: FakeCallParts = { targets: [targetOf('sip:alice@192.0.2.3')] };
const toPeer: FakeCallParts = { uri: 'sip:carol@peer.example.net' };
const toStranger: FakeCallParts = { uri: 'sip:carol@example.net' };
const claims = 'P-Asserted-Identity: "Eve" <sip:eve@example.org>';
const aliases: Aliases = {
  resolve: (name) => (name === 'sip:robert@example.org' || name === 'tel:+12015550123' ? bob : undefined),
};

async function run(parts: FakeCallParts, assertIdentity: StepsConfig['assertIdentity'] = 'own'): Promise<FakeCall> {
  const call = fakeCall(parts);
  const audience = createAudience(['Peer.example.net']);
  const step = createIdentity({ aliases, domains: ourDomains, audience }, { assertIdentity });
  assert.equal(await step.run(call), 'next');
  return call;
}
const edits = async (parts: FakeCallParts, policy?: StepsConfig['assertIdentity']): Promise<readonly string[]> =>
  (await run(parts, policy)).edits.log;

const added = 'append P-Asserted-Identity: <sip:bob@example.org>';
const removed = 'remove p-asserted-identity';

test('asserts who proved himself, towards our users and trusted peers (RFC 3325 §5)', async () => {
  assert.deepEqual(await edits({ ...proved, ...toOwn }), [added]);
  assert.deepEqual(await edits({ ...proved, ...toPeer }), [added]);
  assert.deepEqual(await edits({ ...proved, ...toStranger }), []);
  assert.deepEqual(await edits({ ...toOwn }), []);
});

test('replaces or removes what a sender claims who is not trusted (RFC 3325 §5)', async () => {
  assert.deepEqual(await edits({ ...toOwn, headers: [claims] }), [removed]);
  assert.deepEqual(await edits({ ...proved, ...toOwn, headers: [claims] }), [removed, added]);
});

test('believes a trusted peer, and tells it on as far as it may be told (RFC 3325 §5, §7)', async () => {
  assert.deepEqual(await edits({ ...trusted, ...toOwn, headers: [claims] }), []);
  assert.deepEqual(await edits({ ...trusted, ...toPeer, headers: [claims, 'Privacy: id'] }), []);
  assert.deepEqual(await edits({ ...trusted, ...toStranger, headers: [claims] }), [removed]);
  assert.deepEqual(await edits({ ...trusted, ...toOwn, headers: [claims, 'Privacy: header;id'] }), [removed]);
});

test('Privacy id keeps it within the trust domain, none forbids to hide it (RFC 3325 §7)', async () => {
  assert.deepEqual(await edits({ ...proved, ...toOwn, headers: ['Privacy: id'] }), []);
  assert.deepEqual(await edits({ ...proved, ...toPeer, headers: ['Privacy: id'] }), [added]);
  assert.deepEqual(await edits({ ...trusted, ...toStranger, headers: [claims, 'Privacy: none'] }), []);
});

test('policy says who else is told (RFC 3325 §7)', async () => {
  assert.deepEqual(await edits({ ...proved, ...toStranger }, 'all'), [added]);
  assert.deepEqual(await edits({ ...proved, ...toOwn }, 'trusted'), []);
  assert.deepEqual(await edits({ ...proved, ...toStranger, headers: ['Privacy: id'] }, 'all'), []);
});

test('takes a hint for another name of the user, and lets nobody see it (RFC 3325 §6)', async () => {
  const hint = (value: string): FakeCallParts => ({ ...proved, ...toOwn, headers: [`P-Preferred-Identity: ${value}`] });
  const gone = 'remove p-preferred-identity';
  const robert = 'append P-Asserted-Identity: <sip:robert@example.org>';
  assert.deepEqual(await edits(hint('"Bob" <sip:robert@example.org>')), [robert, gone]);
  assert.deepEqual(await edits(hint('<sip:alice@example.org>')), [added, gone]);
  assert.deepEqual(await edits(hint('<sip:robert@example.net>')), [added, gone]);
  assert.deepEqual(await edits(hint('<sip:robert@example.org>, <tel:+1-201-555-0123>')), [
    robert,
    'append P-Asserted-Identity: <tel:+12015550123>',
    gone,
  ]);
});

test('the least trusted of several ways counts (RFC 3325 §5)', async () => {
  const peer = targetOf('sip:alice@peer.example.net');
  assert.deepEqual(await edits({ ...proved, targets: [peer], headers: ['Privacy: id'] }), [added]);
  assert.deepEqual(await edits({ ...proved, targets: [peer, targetOf('sip:a@h')], headers: ['Privacy: id'] }), []);
  const behind = targetOf('sip:a@h', { path: ['<sip:peer.example.net;lr>'] });
  assert.deepEqual(await edits({ ...proved, targets: [behind], headers: ['Privacy: id'] }), [added]);
  assert.deepEqual(await edits({ ...proved, ...toStranger, route: ['<sip:peer.example.net;lr>'] }), [added]);
});

test('it has no place in ACK and CANCEL (RFC 5876 §3.2)', async () => {
  assert.deepEqual(await edits({ ...proved, ...toOwn, method: 'ACK' }), []);
});

test('what the called side asserts is passed on from a trusted peer only (RFC 3325 §5, §7)', async () => {
  const answer = (...headers: readonly string[]): ReturnType<typeof responseOf> =>
    responseOf([
      'SIP/2.0 200 OK',
      'Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1',
      'From: <sip:bob@example.net>;tag=1',
      'To: <sip:alice@example.org>;tag=2',
      'Call-ID: 1',
      'CSeq: 1 INVITE',
      claims,
      ...headers,
    ]);
  assert.deepEqual((await run(toOwn)).editsOf(answer('P-Preferred-Identity: <sip:x@y>')), [
    removed,
    'remove p-preferred-identity',
  ]);
  assert.deepEqual((await run(toPeer)).editsOf(answer()), []);
  assert.deepEqual((await run(toPeer)).editsOf(answer('Privacy: id')), [removed]);
  assert.deepEqual((await run({ ...trusted, ...toPeer })).editsOf(answer('Privacy: id')), []);
});
