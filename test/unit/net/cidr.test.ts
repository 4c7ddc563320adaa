import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressBytes, inNetwork, parseCidr } from '../../../net/cidr.ts';

const lies = (address: string, network: string): boolean => {
  const bytes = addressBytes(address);
  const cidr = parseCidr(network);
  assert.ok(bytes !== undefined && cidr !== undefined, `${address} ${network}`);
  return inNetwork(bytes, cidr);
};

test('tells what lies in a network (RFC 4632 §3.1)', () => {
  assert.ok(lies('198.51.100.7', '198.51.100.0/24'));
  assert.ok(!lies('198.51.101.7', '198.51.100.0/24'));
  assert.ok(lies('198.51.103.255', '198.51.100.0/22'));
  assert.ok(!lies('198.51.104.0', '198.51.100.0/22'));
  assert.ok(lies('192.0.2.7', '192.0.2.7'));
  assert.ok(!lies('192.0.2.8', '192.0.2.7'));
  assert.ok(lies('203.0.113.9', '0.0.0.0/0'));
});

test('tells what lies in an IPv6 network (RFC 4291 §2.3)', () => {
  assert.ok(lies('2001:db8:0:1::5', '2001:db8::/32'));
  assert.ok(!lies('2001:db9::5', '2001:db8::/32'));
  assert.ok(lies('[::1]', '::1'));
  assert.ok(lies('fe80::1%eth0', 'fe80::/10'));
  assert.ok(!lies('192.0.2.1', '::/0'));
});

test('an IPv4 address mapped into IPv6 is that address (RFC 4291 §2.5.5.2)', () => {
  assert.ok(lies('::ffff:192.0.2.7', '192.0.2.0/24'));
});

test('takes nothing else for a network', () => {
  const wrong = [
    '',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.1/33',
    '192.0.2.1/',
    '192.0.2.1/x',
    '::1/129',
    ':::',
    '1::2::3',
    'host',
    '[::1',
  ];
  for (const text of wrong) assert.equal(parseCidr(text), undefined, text);
});
