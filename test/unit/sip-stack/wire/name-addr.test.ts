import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../../kernel/limits.ts';
import { nameAddrToText, parseNameAddr, parseNameAddrList } from '../../../../sip-stack/wire/name-addr.ts';
import { faultIn, valueOf } from './support.ts';

test('reads name-addr and addr-spec (RFC 3261 §20.10)', () => {
  const quoted = valueOf(parseNameAddr('"Al \\"x\\" \\\\ice" <sip:a@b;lr>;tag=t1;q=0.5'));
  assert.equal(quoted.displayName, 'Al "x" \\ice');
  assert.equal(quoted.uri.text, 'sip:a@b;lr');
  assert.equal(quoted.tag, 't1');
  assert.equal(quoted.params.get('q'), '0.5');
  const bare = valueOf(parseNameAddr('sip:a@b ;  tag  = t2'));
  assert.equal(bare.displayName, undefined);
  assert.equal(bare.tag, 't2');
  assert.equal(bare.uri.params.size, 0);
});

test('parameters after a bare address belong to the header (RFC 3261 §20.10, RFC 4475 §3.3.12)', () => {
  const contact = valueOf(parseNameAddr('sip:a@b;unknownparam'));
  assert.equal(contact.uri.text, 'sip:a@b');
  assert.ok(contact.params.has('unknownparam'));
});

test('no white space is needed before the bracket, and bytes above 127 pass (RFC 4475 §3.1.1.6)', () => {
  assert.equal(valueOf(parseNameAddr('caller<sip:c@b>;tag=323')).displayName, 'caller');
  assert.equal(valueOf(parseNameAddr('J\xc3\xbcrgen M <sip:c@b>')).displayName, 'J\xc3\xbcrgen M');
  assert.equal(valueOf(parseNameAddr('<sip:c@b>')).displayName, undefined);
  assert.equal(valueOf(parseNameAddr('"" <sip:c@b>')).displayName, '');
});

test('a tag in quotes, in the URI or twice does not mislead', () => {
  assert.equal(valueOf(parseNameAddr('<sip:a@b;tag=u>;x="tag=q";tag=t;tag=s')).tag, 't');
  assert.equal(valueOf(parseNameAddr('<sip:a@b>;tagx=1;TAG=t')).tag, 't');
  assert.equal(valueOf(parseNameAddr('<sip:a@b>;tag')).tag, undefined);
});

test('refuses what is no address (RFC 4475 §3.1.2.6, §3.1.2.13 to §3.1.2.15)', () => {
  const bad = [
    '',
    ' ',
    '"Mr. J. User <sip:a@b>',
    'Bell, Alexander <sip:a@b>',
    '"W" < sip:a@b >',
    '<sip:a@b',
    'sip:a@b>',
    '"x"',
    '"x" sip:a@b',
    'sip:a@b?Route=%3Csip:c%3E',
    '<sip:a@b>;',
    '<sip:a@b>x',
    '<sip:a@b>, <sip:c@d>',
    'alice@b',
    '<>',
    'x:y <sip:a@b>',
    '<sip:a@b\r\n>',
  ];
  for (const text of bad) assert.ok(!parseNameAddr(text).ok, text);
});

test('reads lists over one line and several (RFC 3261 §7.3.1)', () => {
  const users = valueOf(parseNameAddrList(['"a,b" <sip:1@h>, sip:2@h;x=y', '<sip:3,4@h>'])).map(({ uri }) => uri.text);
  assert.deepEqual(users, ['sip:1@h', 'sip:2@h', 'sip:3,4@h']);
});

test('refuses empty values and more than the bound', () => {
  for (const text of ['', ',', '<sip:a@b>,', ',<sip:a@b>', '<sip:a@b>,,<sip:a@b>'])
    assert.ok(!parseNameAddrList(text).ok, text);
  const many = Array.from({ length: limits.headerValuesMax + 1 }, () => '<sip:a@b>').join();
  assert.equal(faultIn(parseNameAddrList(many)), 'too many addresses');
});

test('writes an address in brackets', () => {
  assert.equal(
    nameAddrToText({ displayName: 'A "B"', uri: 'sip:a@b', params: new Map([['tag', 't']]) }),
    '"A \\"B\\"" <sip:a@b>;tag=t',
  );
  assert.equal(nameAddrToText({ uri: 'sip:a@b' }), '<sip:a@b>');
});
