import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalAor } from '../../../../sip-stack/wire/aor.ts';
import { parseUri } from '../../../../sip-stack/wire/uri.ts';
import { valueOf } from './support.ts';

const aor = (text: string): string => canonicalAor(valueOf(parseUri(text)));

test('names a user by one text, whatever the URI carries (RFC 3261 §10.3)', () => {
  const alice = [
    'sip:alice@example.com',
    'SIPS:%61lice:pw@EXAMPLE.com:5061;transport=tls?x=y',
    'pres:alice@example.com',
    'im:alice@example.com',
  ];
  for (const text of alice) assert.equal(aor(text), 'sip:alice@example.com');
});

test('keeps the case of the user part and escapes only what needs it (RFC 3261 §19.1.4)', () => {
  assert.equal(aor('sip:Alice@example.com'), 'sip:Alice@example.com');
  assert.equal(aor('sip:a%20b%2Fc@example.com'), 'sip:a%20b/c@example.com');
  assert.equal(aor('sip:null-%00-null@example.com'), 'sip:null-%00-null@example.com');
  assert.equal(aor('sip:J\xc3\xbcrgen@example.com'), aor('sip:J%C3%BCrgen@example.com'));
});

test('names a domain by its host, and leaves other schemes their own', () => {
  assert.equal(aor('sip:EXAMPLE.com'), 'sip:example.com');
  assert.equal(aor('urn:service:sos'), 'urn:service:sos');
});

test('a telephone number is the same with and without separators (RFC 3966 §5.1.1)', () => {
  assert.equal(aor('tel:+1-(201).555-0123;ext=3'), 'tel:+12015550123');
});
