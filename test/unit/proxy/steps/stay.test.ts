import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locations } from '../../../../proxy/locations.ts';
import { createStay } from '../../../../proxy/steps/stay.ts';
import type { StepsConfig } from '../../../../proxy/steps/settings.ts';
import { aor, fakeCall, type FakeCallParts, ourDomains, targetOf } from '../../../support/fake-call.ts';
import { fakeFlow } from '../../../support/sip-incoming.ts';
import { tcp } from '../../../support/fake-layer.ts';

const locations: Locations = {
  targets: () => [],
  has: () => true,
  gruu: ({ params }) => (params.get('gr') === '1' ? { aor: aor('sip:bob@example.org'), targets: [] } : 'unknown'),
  flowFailed: () => undefined,
};
const recordRouteMethods = ['INVITE', 'SUBSCRIBE', 'NOTIFY', 'REFER'];

async function stays(recordRoute: StepsConfig['recordRoute'], parts: FakeCallParts): Promise<boolean> {
  const call = fakeCall(parts);
  await createStay({ locations, domains: ourDomains }, { recordRoute, recordRouteMethods }).run(call);
  return call.recordRoute;
}

test('stays in what begins a dialog (RFC 3261 §16.6 step 4, RFC 6665 §4.3)', async () => {
  assert.equal(await stays('always', {}), true);
  assert.equal(await stays('always', { method: 'NOTIFY' }), true);
  assert.equal(await stays('always', { method: 'MESSAGE' }), false);
  assert.equal(await stays('never', {}), false);
});

test('within a dialog only what may begin it anew is recorded; nothing else moves the route set (RFC 3261 §12.2, §16.6 step 4)', async () => {
  for (const method of ['INVITE', 'SUBSCRIBE', 'NOTIFY', 'REFER'])
    assert.equal(await stays('always', { method, toTag: 'x' }), true, method);
  for (const method of ['UPDATE', 'PRACK', 'INFO', 'ACK', 'BYE', 'MESSAGE', 'OPTIONS', 'FOO'])
    assert.equal(await stays('always', { method, toTag: 'x' }), false, method);
});

test('stays as needed where only we have the connection (RFC 3261 §16.6 step 4)', async () => {
  const plain = targetOf('sip:alice@192.0.2.3');
  assert.equal(await stays('needed', { targets: [plain] }), false);
  assert.equal(await stays('needed', { targets: [plain, { ...plain, flow: 'tcp|1|2' }] }), true);
  assert.equal(await stays('needed', { targets: [{ ...plain, path: ['<sip:edge.example.org;lr>'] }] }), true);
  assert.equal(await stays('needed', { targets: [plain], flow: { ...fakeFlow(), transport: tcp } }), true);
});

test('a GRUU binds to stay, at either end (RFC 5627 §6.2)', async () => {
  const record = 'Record-Route: <sip:edge.example.org;lr>';
  assert.equal(await stays('never', { headers: [record, 'Contact: <sip:bob@example.org;gr=1>'] }), true);
  assert.equal(await stays('never', { headers: [record, 'Contact: <sip:bob@example.org;gr=2>'] }), false);
  assert.equal(await stays('never', { headers: ['Contact: <sip:bob@example.org;gr=1>'] }), false);
  const behindPath = targetOf('sip:alice@192.0.2.3', { path: ['<sip:edge.example.org;lr>'], device: 'urn:1' });
  assert.equal(await stays('never', { targets: [behindPath] }), true);
});
