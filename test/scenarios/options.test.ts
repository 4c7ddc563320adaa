import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipResponse } from '../../sip-stack/wire/message.ts';
import { splitList } from '../../sip-stack/wire/values.ts';
import type { Phone } from '../support/phone.ts';
import { createServed } from '../support/served.ts';

const phoneTags = ';audio;methods="INVITE,ACK,BYE,CANCEL,OPTIONS"';
const tabletTags =
  ';video;methods="MESSAGE,OPTIONS";+g.3gpp.iari-ref="urn%3Aurn-7%3A3gpp-application.ims.iari.rcse.im"';

const options = (asker: Phone, uri: string): void => {
  asker.request('OPTIONS', uri, { callId: `options-${uri}` });
};

/** The answer made of both devices' registrations, the one that registered last first. */
function assertMerged(answer: SipResponse): void {
  assert.equal(
    answer.headers.first('contact'),
    '<sip:alice@example.org>;video;methods="MESSAGE,OPTIONS,INVITE,ACK,BYE,CANCEL"' +
      ';+g.3gpp.iari-ref="urn%3Aurn-7%3A3gpp-application.ims.iari.rcse.im";audio',
  );
  assert.equal(answer.headers.first('allow'), 'MESSAGE, OPTIONS, INVITE, ACK, BYE, CANCEL');
}

test('OPTIONS to a user goes to her devices, and the first 200 comes back (RFC 3261 §11.2, §16.7)', async () => {
  const served = await createServed();
  const alice = await served.registered('alice', 1, phoneTags);
  const bob = await served.registered('bob', 2);
  options(bob, 'sip:alice@example.org');
  await served.settle();
  const asked = alice.takeRequest('OPTIONS');
  assert.equal(asked.uri, 'sip:alice@198.51.100.1:5060');
  alice.respond(asked, 200, { headers: ['Allow: INVITE, ACK'] });
  await served.settle();
  assert.equal(bob.takeResponse('200 OPTIONS').headers.first('allow'), 'INVITE, ACK');
  await served.settle(40_000);
  assert.deepEqual(bob.inbox, []);
  assert.equal(served.figure('pharos_proxy_options_answered_total'), 0);
  await served.stop();
});

test('OPTIONS to a user whose devices keep silent is answered from all their registrations (RFC 3840 §9)', async () => {
  const served = await createServed();
  await served.registered('alice', 1, phoneTags);
  await served.registered('alice', 3, tabletTags);
  const bob = await served.registered('bob', 2);
  options(bob, 'sip:alice@example.org');
  await served.settle(2900);
  assert.deepEqual(bob.inbox, []);
  await served.settle(200);
  assertMerged(bob.takeResponse('200 OPTIONS'));
  await served.settle(40_000);
  assert.deepEqual(bob.inbox, []);
  assert.equal(served.figure('pharos_proxy_options_answered_total'), 1);
  await served.stop();
});

test('OPTIONS to a user whose devices are all unavailable is answered so at once (RFC 3840 §9)', async () => {
  const served = await createServed();
  const phone = await served.registered('alice', 1, phoneTags);
  const tablet = await served.registered('alice', 3, tabletTags);
  const bob = await served.registered('bob', 2);
  options(bob, 'sip:alice@example.org');
  await served.settle();
  phone.respond(phone.takeRequest('OPTIONS'), 480);
  tablet.respond(tablet.takeRequest('OPTIONS'), 408);
  await served.settle();
  assertMerged(bob.takeResponse('200 OPTIONS'));
  await served.stop();
});

test('as RCS wants it, OPTIONS to a user asks no device when the setting says so (RFC 3840 §9)', async () => {
  const served = await createServed([['proxy.optionsFromRegistration', 'always']]);
  const alice = await served.registered('alice', 1, phoneTags);
  await served.registered('alice', 3, tabletTags);
  const bob = await served.registered('bob', 2);
  options(bob, 'sip:alice@example.org');
  await served.settle();
  assertMerged(bob.takeResponse('200 OPTIONS'));
  assert.deepEqual(alice.inbox, []);
  options(bob, 'sip:carol@example.org');
  await served.settle();
  bob.takeResponse('480 OPTIONS');
  options(bob, 'sip:nobody@example.org');
  await served.settle();
  bob.takeResponse('404 OPTIONS');
  await served.stop();
});

test('OPTIONS to the server tells what is installed: methods, extensions, packages, bodies (RFC 3261 §11.2)', async () => {
  const served = await createServed();
  const bob = await served.registered('bob', 2);
  options(bob, 'sip:example.org');
  await served.settle();
  const { headers } = bob.takeResponse('200 OPTIONS');
  const list = (name: string): readonly string[] => splitList(headers.first(name) ?? '');
  for (const method of ['REGISTER', 'PUBLISH', 'SUBSCRIBE', 'OPTIONS', 'ACK', 'CANCEL'])
    assert.ok(list('allow').includes(method), method);
  // Of the registrar, and of the steps of the proxy.
  for (const tag of ['path', 'gruu', 'outbound', 'pref', 'privacy']) assert.ok(list('supported').includes(tag), tag);
  assert.equal(new Set(list('supported')).size, list('supported').length);
  for (const eventPackage of ['presence', 'reg']) assert.ok(list('allow-events').includes(eventPackage), eventPackage);
  assert.deepEqual(list('accept'), ['application/pidf+xml']);
  assert.equal(headers.first('accept-encoding'), 'identity');
  await served.stop();
});
