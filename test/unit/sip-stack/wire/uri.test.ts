import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipUri } from '../../../../sip-stack/wire/uri.ts';
import { parseUri, sameUri, uriToText } from '../../../../sip-stack/wire/uri.ts';
import { faultIn, valueOf } from './support.ts';

const uri = (text: string): SipUri => valueOf(parseUri(text));

test('reads every part of a SIP URI (RFC 3261 §19.1.1)', () => {
  const all = uri('SIPS:al%69ce:se%63ret@EXAMPLE.com:5061;transport=TCP;lr?Subject=a%20b&x=');
  assert.equal(all.scheme, 'sips');
  assert.equal(all.user, 'alice');
  assert.equal(all.password, 'secret');
  assert.equal(all.host, 'example.com');
  assert.equal(all.port, 5061);
  assert.deepEqual(
    [...all.params],
    [
      ['transport', 'TCP'],
      ['lr', undefined],
    ],
  );
  assert.deepEqual(
    [...all.headers],
    [
      ['Subject', 'a b'],
      ['x', ''],
    ],
  );
  assert.equal(all.rest, undefined);
  assert.equal(all.text, 'SIPS:al%69ce:se%63ret@EXAMPLE.com:5061;transport=TCP;lr?Subject=a%20b&x=');
});

test('a URI without user has none, not an empty one', () => {
  assert.equal(uri('sip:example.com').user, undefined);
  assert.equal(uri('sip:example.com;user=phone').host, 'example.com');
  assert.equal(faultIn(parseUri('sip:@example.com')), 'empty user part in URI');
});

test('the user part may hold ; ? / and what looks like another URI (RFC 4475 §3.1.1.9)', () => {
  assert.equal(uri('sip:user;par=u%40example.net@example.com').user, 'user;par=u@example.net');
  assert.equal(uri('sip:a?b/c@h').user, 'a?b/c');
  assert.equal(uri('sip:sips%3Auser%40example.com@example.net').user, 'sips:user@example.com');
});

test('an IPv6 address stands in brackets (RFC 5118 §4.1, §4.2, §4.10)', () => {
  assert.equal(uri('sip:[2001:DB8::10]:5070').host, '[2001:db8::10]');
  assert.equal(uri('sip:[2001:db8::10]:5070').port, 5070);
  assert.equal(uri('sip:u@[2001:db8:::192.0.2.1]').host, '[2001:db8:::192.0.2.1]');
  for (const text of ['sip:2001:db8::10', 'sip:[2001:db8::10', 'sip:[192.0.2.1]', 'sip:[::g]'])
    assert.ok(!parseUri(text).ok, text);
});

test('reads the schemes that presence uses as user and host (RFC 3859, RFC 3860)', () => {
  const pres = uri('pres:alice@example.com');
  assert.deepEqual([pres.scheme, pres.user, pres.host], ['pres', 'alice', 'example.com']);
});

test('leaves other schemes as they are (RFC 3966)', () => {
  const tel = uri('tel:+1-201-555-0123;phone-context=x');
  assert.deepEqual(
    [tel.scheme, tel.user, tel.host, tel.rest],
    ['tel', undefined, '', '+1-201-555-0123;phone-context=x'],
  );
  assert.equal(uri('http://www.example.com/?a=b').rest, '//www.example.com/?a=b');
});

test('refuses what is no URI', () => {
  const bad = [
    '',
    'alice',
    'sip:',
    'sip',
    ':a@b',
    '1a:b',
    'sip:a b@c',
    'sip:a@b c',
    'sip:a@b:port',
    'sip:a@b:99999',
    'sip:a@b:',
    'sip:a%4@b',
    'sip:a%zz@b',
    'sip:a@b;',
    'sip:a@b;;x',
    'sip:a@b?',
    'sip:a@b?x',
    'sip:a@b?x=y&',
    '<sip:a@b>',
    'sip:a@b>',
    'sip:a@b\r\n',
    'sip:a\0@b',
    'tel:',
    'urn:a b',
  ];
  for (const text of bad) assert.ok(!parseUri(text).ok, text);
});

test('text beyond latin1 is taken as its UTF-8', () => {
  assert.equal(uri('sip:\u010a@b').user, '\xc4\x8a');
});

test('writes a URI from its parts with the least escaping (RFC 3261 §19.1.2)', () => {
  const text = 'sip:al%20ice:p%3Aw@example.com:5060;x=%3D;lr?a=%26';
  assert.equal(uriToText(uri(text)), text);
  assert.equal(uriToText(uri('sip:%61%6c%69ce@EXAMPLE.com')), 'sip:alice@example.com');
  assert.equal(uriToText(uri('tel:+1')), 'tel:+1');
});

/** The pairs of the RFC. */
const same: readonly (readonly [string, string])[] = [
  ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtlanTa.CoM;Transport=tcp'],
  ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
  ['sip:carol@chicago.com', 'sip:carol@chicago.com;security=on'],
  [
    'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
    'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
  ],
  [
    'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
    'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
  ],
  ['tel:+1', 'tel:+1'],
  ['sip:a@b?C=1&c=2', 'sip:a@b?c=2&C=1'],
];
const different: readonly (readonly [string, string])[] = [
  ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
  ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
  ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
  ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
  ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
  ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
  ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
  ['sip:a@b', 'sips:a@b'],
  ['tel:+1', 'tel:+2'],
  ['sip:a@b?x=1', 'sip:a@b?x=2'],
  ['sip:a@b?C=1&c=2', 'sip:a@b?c=1&d=2'],
];

test('compares URIs as the RFC does (RFC 3261 §19.1.4)', () => {
  for (const [a, b] of same) {
    assert.ok(sameUri(uri(a), uri(b)), `${a} = ${b}`);
    assert.ok(sameUri(uri(b), uri(a)), `${b} = ${a}`);
  }
  for (const [a, b] of different) {
    assert.ok(!sameUri(uri(a), uri(b)), `${a} != ${b}`);
    assert.ok(!sameUri(uri(b), uri(a)), `${b} != ${a}`);
  }
});
