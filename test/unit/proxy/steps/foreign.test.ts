import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createForeign } from '../../../../proxy/steps/foreign.ts';
import { fakeCall, targetOf, uriOf } from '../../../support/fake-call.ts';

async function run(uri: string, parts: Parameters<typeof fakeCall>[0] = {}): Promise<string | number> {
  const call = fakeCall(parts);
  call.uri = uriOf(uri);
  const verdict = await createForeign().run(call);
  return typeof verdict === 'object' ? verdict.reply.status : call.uri.text;
}

test('another domain is where its URI says (RFC 3261 §16.5)', async () => {
  assert.equal(await run('sip:carol@example.net'), 'sip:carol@example.net');
  assert.equal(await run('sips:carol@example.net'), 'sips:carol@example.net');
});

test('im and pres name the person of the SIP URI (RFC 3428 §5, RFC 3856 §5)', async () => {
  assert.equal(await run('im:carol@example.net'), 'sip:carol@example.net');
  assert.equal(await run('pres:carol@example.net'), 'sip:carol@example.net');
  assert.equal(await run('im:example.net'), 416);
});

test('a number that nobody has is 404, a scheme without a way 416 (RFC 3261 §16.3 step 2, §16.5)', async () => {
  assert.equal(await run('tel:+12015550123'), 404);
  assert.equal(await run('mailto:carol@example.net'), 416);
});

test('what has a target or a Route goes there', async () => {
  assert.equal(await run('tel:+1201', { route: ['<sip:gw.example.net;lr>'] }), 'tel:+1201');
  assert.equal(await run('tel:+1201', { targets: [targetOf('sip:gw@h')] }), 'tel:+1201');
});
