import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentialsToPassOn } from '../../../auth/spent-credentials.ts';
import { createAuthBed, credentialsFor } from './bed.ts';

const ofRealm = (realm: string): string => credentialsFor('n', 'INVITE', 'sip:bob@example.com', { realm });

test('credentials for our realm end here, those for others go on (RFC 3261 §22.3)', async () => {
  const { request, domains } = await createAuthBed();
  const passedOn = (...values: string[]) =>
    credentialsToPassOn(
      request({ headers: values.map((value) => `Proxy-Authorization: ${value}`) }).request,
      'proxy-authorization',
      domains,
    );
  assert.deepEqual(passedOn(ofRealm('example.com')), []);
  assert.deepEqual(passedOn(ofRealm('example.org')), [], 'of another name of the domain');
  assert.deepEqual(passedOn(ofRealm('example.net'), ofRealm('example.com')), [ofRealm('example.net')]);
  assert.equal(passedOn(ofRealm('example.net'), 'Basic abc'), undefined, 'nothing of ours: all as it is');
  assert.equal(passedOn(), undefined);
});
