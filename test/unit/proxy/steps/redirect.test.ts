import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRedirect } from '../../../../proxy/steps/redirect.ts';
import type { StepsConfig } from '../../../../proxy/steps/settings.ts';
import { aor, fakeCall, type FakeCallParts, targetOf } from '../../../support/fake-call.ts';

const targets = [targetOf('sip:alice@192.0.2.3')];
const known: FakeCallParts = { targets, identity: { kind: 'authenticated', aor: aor('sip:bob@example.org') } };
const asking = { headers: ['Request-Disposition: redirect'] };

async function redirects(mode: StepsConfig['redirects'], parts: FakeCallParts): Promise<boolean> {
  const call = fakeCall(parts);
  assert.equal(await createRedirect({ redirects: mode }).run(call), 'next');
  return call.redirect;
}

test('heeds who is known and asks, and no stranger (RFC 3841 §9.1)', async () => {
  assert.equal(await redirects('when-asked', { ...known, ...asking }), true);
  assert.equal(await redirects('when-asked', known), false);
  assert.equal(await redirects('when-asked', { targets, ...asking }), false);
});

test('always or never, by setting (RFC 3261 §8.3)', async () => {
  assert.equal(await redirects('always', { targets }), true);
  assert.equal(await redirects('always', {}), false);
  assert.equal(await redirects('never', { ...known, ...asking }), false);
});

test('what passes through to a flow is not ours to redirect (RFC 5626 §5.3)', async () => {
  assert.equal(await redirects('always', { targets, uri: 'sip:alice@192.0.2.3:5060' }), false);
});

test('never a GRUU, nor within a dialog (RFC 5627 §6.1)', async () => {
  assert.equal(await redirects('always', { targets, uri: 'sip:alice@example.org;gr=1' }), false);
  assert.equal(await redirects('always', { targets, toTag: 't' }), false);
});
