import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LocalAddress } from '../../../net/interfaces.ts';
import { chooseLocalAddress, readLocalAddresses } from '../../../net/interfaces.ts';

const address = (host: string, prefix: string, loopback = false): LocalAddress => ({
  host,
  family: host.includes(':') ? 6 : 4,
  loopback,
  holds: (peer) => peer.startsWith(prefix),
});

const machine = [
  address('127.0.0.1', '127.', true),
  address('::1', '::1', true),
  address('10.0.0.5', '10.'),
  address('192.168.7.5', '192.168.7.'),
  address('fe80::5', 'fe80:'),
  address('2001:db8::5', '2001:db8:'),
];

test('names loopback to a peer on loopback', () => {
  assert.equal(chooseLocalAddress('127.0.0.9', machine), '127.0.0.1');
  assert.equal(chooseLocalAddress('::1', machine), '::1');
});

test('names the address in the subnet of the peer, else the first that leads outward', () => {
  assert.equal(chooseLocalAddress('192.168.7.99', machine), '192.168.7.5');
  assert.equal(chooseLocalAddress('203.0.113.1', machine), '10.0.0.5');
});

test('names a link-local address only on its link', () => {
  assert.equal(chooseLocalAddress('fe80::99%eth0', machine), 'fe80::5');
  assert.equal(chooseLocalAddress('2001:db8:1::1', machine), '2001:db8::5');
  assert.equal(chooseLocalAddress('2a00::1', machine), '2001:db8::5');
});

test('falls back to loopback on a machine without a network', () => {
  assert.equal(chooseLocalAddress('203.0.113.1', []), '127.0.0.1');
  assert.equal(chooseLocalAddress('2a00::1', []), '::1');
});

test('reads the addresses of this machine, each in its own subnet', () => {
  const own = readLocalAddresses();
  assert.ok(own.some((each) => each.host === '127.0.0.1' && each.loopback));
  for (const each of own) assert.equal(each.holds(each.host), true, each.host);
});
