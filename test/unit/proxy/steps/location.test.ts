import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aorFromStore } from '../../../../kernel/aor.ts';
import type { Locations } from '../../../../proxy/locations.ts';
import { createLocation } from '../../../../proxy/steps/location.ts';
import type { SipUri } from '../../../../sip-stack/wire/uri.ts';
import { fakeCall, type FakeCall, targetOf, uriOf } from '../../../support/fake-call.ts';

const target = targetOf('sip:alice@192.0.2.3');
const locations: Locations = {
  targets: (aor) => (aor === 'sip:alice@example.org' ? [target] : []),
  has: (aor) => aor !== 'sip:nobody@example.org',
  gruu: () => undefined,
  flowFailed: () => undefined,
};
const domains = {
  domainOf: ({ host }: SipUri) => (host === 'example.org' || host === '192.0.2.1' ? 'example.org' : undefined),
  localAor: (uri: SipUri) =>
    domains.domainOf(uri) === undefined ? undefined : aorFromStore(`sip:${uri.user ?? ''}@example.org`),
};
const run = async (call: FakeCall, uri: string, known = locations): Promise<string | number> => {
  call.uri = uriOf(uri);
  const verdict = await createLocation(known, domains).run(call);
  return typeof verdict === 'object' ? verdict.reply.status : verdict;
};

test('a registered user is where he registered (RFC 3261 §16.5)', async () => {
  const call = fakeCall();
  assert.equal(await run(call, 'sip:Alice@EXAMPLE.org;transport=tcp'), 480);
  assert.equal(await run(call, 'sips:alice@EXAMPLE.org:5061'), 'next');
  assert.deepEqual(call.targets, [target]);
});

test('a user who is nowhere is 480, nobody 404 (RFC 3261 §16.5, §21.4.18)', async () => {
  assert.equal(await run(fakeCall(), 'sip:bob@example.org'), 480);
  assert.equal(await run(fakeCall(), 'sip:nobody@example.org'), 404);
});

test('what is elsewhere, or has a target already, is left alone (RFC 3261 §16.5)', async () => {
  const found = targetOf('sip:gateway.example.net');
  const call = fakeCall({ targets: [found] });
  assert.equal(await run(call, 'sip:alice@example.org'), 'next');
  assert.deepEqual(call.targets, [found]);
  for (const uri of ['sip:carol@example.net', 'sip:alice@example.org;maddr=192.0.2.9']) {
    const other = fakeCall();
    assert.equal(await run(other, uri), 'next');
    assert.deepEqual(other.targets, []);
  }
});

const registered = (contacts: Readonly<Record<string, readonly string[]>>): Locations => ({
  ...locations,
  has: () => true,
  targets: (aor) => (contacts[aor.slice('sip:'.length).split('@')[0] ?? ''] ?? []).map((uri) => targetOf(uri)),
});

test('who registers another user of ours as his contact forwards to him, over several if need be (RFC 3261 §16.5)', async () => {
  const known = registered({
    alice: ['sip:bob@example.org', 'sip:alice@192.0.2.7:5062'],
    bob: ['sip:carol@example.org;transport=tcp'],
    carol: ['sip:c@198.51.100.4', 'sip:c@[2001:db8::4]'],
  });
  const call = fakeCall();
  assert.equal(await run(call, 'sip:alice@example.org', known), 'next');
  assert.deepEqual(
    call.targets.map(({ uri }) => uri),
    ['sip:c@198.51.100.4', 'sip:c@[2001:db8::4]', 'sip:alice@192.0.2.7:5062'],
  );
});

test('forwarding that goes round is 482, to somebody who is nowhere 480 (RFC 3261 §16.3 step 4, §21.4.18)', async () => {
  assert.equal(await run(fakeCall(), 'sip:alice@example.org', registered({ alice: ['sip:alice@example.org'] })), 482);
  const round = registered({
    alice: ['sip:bob@example.org'],
    bob: ['sip:carol@example.org'],
    carol: ['sip:alice@example.org'],
  });
  assert.equal(await run(fakeCall(), 'sip:alice@example.org', round), 482);
  assert.equal(await run(fakeCall(), 'sip:alice@example.org', registered({ alice: ['sip:bob@example.org'] })), 480);
});

test('an address of this machine in a Contact is a client beside us, and a GRUU one device: neither is a user', async () => {
  for (const contact of ['sip:bob@192.0.2.1', 'sip:bob@example.org;gr=urn:uuid:1', 'sip:bob@example.net']) {
    const call = fakeCall();
    assert.equal(
      await run(call, 'sip:alice@example.org', registered({ alice: [contact], bob: ['sip:b@198.51.100.1'] })),
      'next',
    );
    assert.deepEqual(
      call.targets.map(({ uri }) => uri),
      [contact],
    );
  }
});
