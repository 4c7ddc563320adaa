import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locations } from '../../../../proxy/locations.ts';
import { createLocation } from '../../../../proxy/steps/location.ts';
import { fakeCall, type FakeCall, targetOf, uriOf } from '../../../support/fake-call.ts';

const target = targetOf('sip:alice@192.0.2.3');
const locations: Locations = {
  targets: (aor) => (aor === 'sip:alice@example.org' ? [target] : []),
  has: (aor) => aor !== 'sip:nobody@example.org',
  gruu: () => undefined,
  flowFailed: () => undefined,
};
const run = async (call: FakeCall, uri: string): Promise<string | number> => {
  call.uri = uriOf(uri);
  const verdict = await createLocation(locations).run(call);
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
