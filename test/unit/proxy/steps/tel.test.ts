import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTel } from '../../../../proxy/steps/tel.ts';
import { fakeCall, ourDomains, uriOf } from '../../../support/fake-call.ts';

async function numbered(uri: string): Promise<string> {
  const call = fakeCall();
  call.uri = uriOf(uri);
  assert.equal(await createTel(ourDomains).run(call), 'next');
  return call.uri.text;
}

test('a global number becomes one of our main domain (RFC 3261 §19.1.6, RFC 3966 §5.1.4)', async () => {
  assert.equal(await numbered('tel:+1-(201)-555.0123'), 'sip:+12015550123@example.org;user=phone');
  assert.equal(await numbered('tel:+12015550123;isub=12'), 'sip:+12015550123@example.org;user=phone');
});

test('a local number is one of its context (RFC 3966 §5.1.5)', async () => {
  assert.equal(await numbered('tel:7042;phone-context=example.com'), 'sip:7042@example.com;user=phone');
  assert.equal(await numbered('tel:863-1234;phone-context=+1-914-555'), 'sip:+19145558631234@example.org;user=phone');
  assert.equal(await numbered('tel:7042;phone-context=example.net'), 'tel:7042;phone-context=example.net');
  assert.equal(await numbered('tel:7042'), 'tel:7042');
});

test('numbers of ours lose their visual separators (RFC 3966 §5.1.1)', async () => {
  assert.equal(await numbered('sip:+1-201-555@example.org;user=phone'), 'sip:+1201555@example.org;user=phone');
  assert.equal(await numbered('sip:+1-201-555@example.net;user=phone'), 'sip:+1-201-555@example.net;user=phone');
  assert.equal(await numbered('sip:anne-marie@example.org;user=phone'), 'sip:anne-marie@example.org;user=phone');
  assert.equal(await numbered('sip:a.b@example.org'), 'sip:a.b@example.org');
});
