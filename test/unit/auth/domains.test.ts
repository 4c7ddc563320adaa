import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDomains, type OwnAddress } from '../../../auth/domains.ts';
import { parseUri, type SipUri } from '../../../sip-stack/wire/uri.ts';

const own: readonly OwnAddress[] = [
  { host: '192.0.2.1', port: 5060 },
  { host: '192.0.2.1', port: 5061 },
  { host: '2001:db8::1', port: 5060 },
  { host: 'box.local', port: 5060 },
];
const domains = createDomains({ domains: ['Example.com', 'example.org'], ownAddresses: () => own });

const uri = (text: string): SipUri => {
  const parsed = parseUri(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
};

for (const [text, aor] of [
  ['sip:alice@example.com', 'sip:alice@example.com'],
  ['sip:alice@EXAMPLE.COM:5080;transport=tcp', 'sip:alice@example.com'],
  ['sips:alice@example.org;user=phone', 'sip:alice@example.org'],
  ['pres:alice@example.com', 'sip:alice@example.com'],
  ['sip:al%69ce@example.com', 'sip:alice@example.com'],
  ['sip:alice@192.0.2.1', 'sip:alice@example.com'],
  ['sip:alice@192.0.2.1:5061', 'sip:alice@example.com'],
  ['sip:alice@[2001:db8::1]', 'sip:alice@example.com'],
  ['sip:alice@[2001:DB8:0:0:0:0:0:1]:5060', 'sip:alice@example.com'],
  ['sip:alice@Box.local', 'sip:alice@example.com'],
] as const) {
  test(`${text} is ${aor} (RFC 3261 §10.3 step 5)`, () => {
    assert.equal(domains.localAor(uri(text)), aor);
  });
}

for (const text of [
  'sip:alice@example.net',
  'sip:alice@sub.example.com',
  'sip:alice@192.0.2.2',
  'sip:alice@192.0.2.1:6000',
  'sip:alice@[2001:db8::2]',
  'tel:+15551234',
  'mailto:alice',
]) {
  test(`${text} is elsewhere`, () => {
    assert.equal(domains.localAor(uri(text)), undefined);
  });
}

test('the first domain is the primary one, in lower case', () => {
  assert.equal(domains.primary, 'example.com');
  assert.equal(domains.domainOf(uri('sip:192.0.2.1')), 'example.com');
  assert.equal(domains.domainOf(uri('sip:example.org')), 'example.org');
});

test('serves its domains and its own addresses', () => {
  for (const host of ['example.com', 'EXAMPLE.org', '192.0.2.1', '[2001:db8::1]', 'box.local'])
    assert.ok(domains.serves(host), host);
  for (const host of ['example.net', '192.0.2.2', '']) assert.ok(!domains.serves(host), host);
});

test('addresses that become known later count from then on', () => {
  let known: readonly OwnAddress[] = [];
  const late = createDomains({ domains: ['example.com'], ownAddresses: () => known });
  assert.ok(!late.serves('192.0.2.1'));
  known = own;
  assert.ok(late.serves('192.0.2.1'));
});

test('answers for each URI anew, in whatever order From, To and Request-URI are asked for', () => {
  const [alice, bob, domain] = [uri('sip:alice@192.0.2.1'), uri('sip:bob@example.org'), uri('sip:example.org')];
  for (let round = 0; round < 2; round += 1) {
    assert.equal(domains.domainOf(domain), 'example.org');
    assert.equal(domains.localAor(alice), 'sip:alice@example.com');
    assert.equal(domains.domainOf(alice), 'example.com');
    assert.equal(domains.domainOf(bob), 'example.org');
    assert.equal(domains.localAor(alice), 'sip:alice@example.com');
    assert.equal(domains.localAor(bob), 'sip:bob@example.org');
  }
});
