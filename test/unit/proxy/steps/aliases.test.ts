import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Aliases } from '../../../../proxy/aliases.ts';
import { createAliases } from '../../../../proxy/steps/aliases.ts';
import { fakeCall, uriOf } from '../../../support/fake-call.ts';

const known: Readonly<Record<string, string>> = {
  'sip:info@example.org': 'sip:sales@example.org',
  'sip:sales@example.org': 'sip:alice@example.org',
  'sip:away@example.org': 'sip:carol@example.net',
  'tel:+12015550123': 'sip:alice@example.org',
  'sip:one@example.org': 'sip:two@example.org',
  'sip:two@example.org': 'sip:one@example.org',
  'sip:bad@example.org': 'no uri',
};
const aliases: Aliases = { resolve: (aor) => known[aor] };

async function resolved(uri: string): Promise<string | number> {
  const call = fakeCall();
  call.uri = uriOf(uri);
  const verdict = await createAliases(aliases).run(call);
  return typeof verdict === 'object' ? verdict.reply.status : call.uri.text;
}

test('follows alias after alias, to us or away (RFC 3261 §16.5)', async () => {
  assert.equal(await resolved('sip:info@example.org'), 'sip:alice@example.org');
  assert.equal(await resolved('sip:away@example.org;transport=tcp'), 'sip:carol@example.net');
  assert.equal(await resolved('sip:alice@example.org'), 'sip:alice@example.org');
});

test('finds a number under its tel URI (RFC 3966 §5.1.1)', async () => {
  assert.equal(await resolved('sip:+12015550123@example.org;user=phone'), 'sip:alice@example.org');
  assert.equal(await resolved('tel:+12015550123'), 'sip:alice@example.org');
  assert.equal(await resolved('sip:+12015550123@example.org'), 'sip:+12015550123@example.org');
});

test('a GRUU is not sent elsewhere (RFC 5627 §6.1)', async () => {
  assert.equal(await resolved('sip:info@example.org;gr=7'), 'sip:info@example.org;gr=7');
});

test('aliases that go round are 482, one that is no URI is our fault', async () => {
  assert.equal(await resolved('sip:one@example.org'), 482);
  assert.equal(await resolved('sip:bad@example.org'), 500);
});
