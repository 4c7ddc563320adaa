import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlternativeName, CertificateNames } from '../../../../net/certificate-names.ts';
import { domainIdentities, judgeCertificate, sameDomain } from '../../../../sip-stack/transport/domain-identity.ts';

const names = (alternatives: readonly AlternativeName[] | undefined, commonName?: string): CertificateNames => ({
  alternatives,
  commonName,
});
const dns = (value: string): AlternativeName => ({ type: 'DNS', value });
const uri = (value: string): AlternativeName => ({ type: 'URI', value });

test('a sip URI without user names a domain, its scheme in any case (RFC 5922 §7.1)', () => {
  assert.deepEqual(domainIdentities(names([uri('sip:Example.org')])), ['example.org']);
  assert.deepEqual(domainIdentities(names([uri('SIP:example.org;transport=tls')])), ['example.org']);
  assert.deepEqual(domainIdentities(names([uri('sip:example.org:5061')])), ['example.org']);
});

test('other schemes and URIs of users name no domain (RFC 5922 §7.1)', () => {
  for (const value of [
    'sips:example.org',
    'https://example.org',
    'sip:alice@example.org',
    'sip:',
    'sip:a:b@example.org',
  ])
    assert.deepEqual(domainIdentities(names([uri(value)])), [], value);
});

test('DNS names count if and only if no sip URI names a domain (RFC 5922 §7.1)', () => {
  assert.deepEqual(domainIdentities(names([dns('a.example'), dns('B.example')])), ['a.example', 'b.example']);
  assert.deepEqual(domainIdentities(names([dns('a.example'), uri('sip:b.example')])), ['b.example']);
  assert.deepEqual(domainIdentities(names([dns('a.example'), uri('sip:alice@b.example')])), ['a.example']);
});

test('other types of names are no domains (RFC 5922 §7.1)', () => {
  assert.deepEqual(domainIdentities(names([{ type: 'IP Address', value: '192.0.2.1' }])), []);
  assert.deepEqual(domainIdentities(names([{ type: 'other', value: 'example.org' }])), []);
});

test('the common name counts if and only if there is no subjectAltName (RFC 5922 §7.1)', () => {
  assert.deepEqual(domainIdentities(names(undefined, 'Example.org')), ['example.org']);
  assert.deepEqual(domainIdentities(names([], 'example.org')), []);
  assert.deepEqual(domainIdentities(names([uri('sips:other.example')], 'example.org')), []);
  assert.deepEqual(domainIdentities(names(undefined, 'Pharos Server 1')), []);
  assert.deepEqual(domainIdentities(names(undefined)), []);
});

test('domains are compared as DNS names, without regard to case (RFC 5922 §7.2)', () => {
  assert.equal(sameDomain('EXAMPLE.org', 'example.ORG'), true);
  assert.equal(sameDomain('example.org.', 'example.org'), true);
  assert.equal(sameDomain('', ''), false);
});

test('names in other scripts are compared as they stand in the DNS (RFC 5922 §7.2, RFC 5280 §7.2)', () => {
  assert.equal(sameDomain('bücher.example', 'XN--BCHER-KVA.example'), true);
});

test('suffixes do not match (RFC 5922 §7.2)', () => {
  assert.equal(sameDomain('foo.example.com', 'example.com'), false);
  assert.equal(sameDomain('example.com', 'foo.example.com'), false);
});

test('wildcards match nothing but themselves (RFC 5922 §7.2)', () => {
  for (const wildcard of ['*.example.com', '.example.com']) {
    assert.equal(sameDomain(wildcard, 'foo.example.com'), false, wildcard);
    assert.equal(sameDomain(wildcard, wildcard), true);
    assert.equal(judgeCertificate(names([dns(wildcard)]), 'foo.example.com').ok, false);
  }
});

test('a server is authenticated by one of its identities (RFC 5922 §7.3)', () => {
  const two = names([dns('a.example'), dns('b.example')]);
  assert.deepEqual(judgeCertificate(two, 'B.example'), { ok: true, value: ['a.example', 'b.example'] });
  assert.deepEqual(judgeCertificate(two, 'c.example'), { ok: false, fault: 'certificate is not of c.example' });
  assert.equal(judgeCertificate(names([]), 'a.example').ok, false);
});

test('an address in place of a domain is proved by a certificate for that address', () => {
  const certificate = names([dns('a.example'), { type: 'IP Address', value: '2001:DB8:0:0:0:0:0:1' }]);
  assert.deepEqual(judgeCertificate(certificate, '2001:db8::1'), { ok: true, value: ['a.example', '2001:db8::1'] });
  assert.equal(judgeCertificate(certificate, '192.0.2.1').ok, false);
  assert.equal(judgeCertificate(names([dns('192.0.2.1')]), '192.0.2.2').ok, false);
});
