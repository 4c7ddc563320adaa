import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locations } from '../../../../proxy/locations.ts';
import { createGruu } from '../../../../proxy/steps/gruu.ts';
import { aor, fakeCall, type FakeCall, type FakeCallParts, ourDomains, targetOf } from '../../../support/fake-call.ts';

const alice = aor('sip:alice@example.org');
const target = targetOf('sip:alice@192.0.2.3', {
  flow: 'tcp|1|2',
  path: ['<sip:edge.example.org;lr>'],
  device: 'urn:1',
});
const locations: Locations = {
  targets: () => [],
  has: () => true,
  gruu: ({ params }) => {
    const value = params.get('gr');
    if (value === 'urn:1') return { aor: alice, targets: [target] };
    return value === 'urn:away' ? { aor: alice, targets: [] } : 'unknown';
  },
  flowFailed: () => undefined,
};

async function run(parts: FakeCallParts): Promise<{ readonly call: FakeCall; readonly status: number | string }> {
  const call = fakeCall(parts);
  const verdict = await createGruu({ locations, domains: ourDomains }).run(call);
  return { call, status: typeof verdict === 'object' ? verdict.reply.status : verdict };
}

test('resolves to the device (RFC 5627 §6.1)', async () => {
  const { call, status } = await run({ uri: 'sip:alice@example.org;gr=urn:1' });
  assert.equal(status, 'next');
  assert.deepEqual(call.targets, [target]);
});

test('one that is none of ours is 404, one whose device is not registered 480 (RFC 5627 §6.1)', async () => {
  assert.equal((await run({ uri: 'sip:alice@example.org;gr=urn:2' })).status, 404);
  assert.equal((await run({ uri: 'sip:alice@example.org;gr=urn:away' })).status, 480);
  const foreign = await run({ uri: 'sip:carol@example.net;gr=urn:2' });
  assert.equal(foreign.status, 'next');
  assert.deepEqual(foreign.call.targets, []);
});

test('within a dialog that has a Route still, the Path is not gone again (RFC 5627 §6.1)', async () => {
  const { call } = await run({ uri: 'sip:alice@example.org;gr=urn:1', route: ['<sip:edge.example.org;lr>'] });
  assert.deepEqual(call.targets, [{ ...target, path: [], flow: '' }]);
});

test('the GRUU of another user as Contact is 403 (RFC 5627 §6.2)', async () => {
  const contact = ['Contact: <sip:alice@example.org;gr=urn:1>'];
  const as = (user: string): FakeCallParts => ({
    uri: 'sip:carol@example.net',
    headers: contact,
    identity: { kind: 'authenticated', aor: aor(user) },
  });
  assert.equal((await run(as('sip:bob@example.org'))).status, 403);
  assert.equal((await run(as('sip:alice@example.org'))).status, 'next');
  assert.equal((await run({ ...as('sip:bob@example.org'), toTag: 't' })).status, 'next');
  assert.equal((await run({ headers: contact })).status, 'next');
});
