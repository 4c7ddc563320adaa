import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bracketed, canonicalHost, isLoopback, isPort, isUnicast } from '../../../net/address.ts';

test('gives every spelling of an IPv6 address the same text (RFC 5952 §4)', () => {
  for (const text of ['2001:DB8:0:0::1', '[2001:db8::0:1]', '2001:0db8:0000:0000:0000:0000:0000:0001']) {
    assert.equal(canonicalHost(text), '2001:db8::1');
  }
});

test('takes an IPv4-mapped address as IPv4', () => {
  assert.equal(canonicalHost('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(canonicalHost('[::FFFF:c000:0201]'), '192.0.2.1');
});

test('knows what is no numeric address', () => {
  for (const text of ['example.com', '1.2.3', '256.1.1.1', '', '[]', '::1::', '[192.0.2.1', 'fe80::1]']) {
    assert.equal(canonicalHost(text), undefined, text);
  }
});

test('keeps the zone of a link-local address', () => {
  assert.equal(canonicalHost('FE80::1%eth0'), 'fe80::1%eth0');
});

test('tells addresses of one host from multicast, broadcast and unspecified ones', () => {
  for (const host of ['192.0.2.1', '127.0.0.1', '10.0.0.1', '2001:db8::1', '::1'])
    assert.equal(isUnicast(host), true, host);
  for (const host of ['0.0.0.0', '224.0.0.1', '255.255.255.255', '240.0.0.1', '::', 'ff02::1', 'FF02::1']) {
    assert.equal(isUnicast(host), false, host);
  }
});

test('tells loopback, ports and brackets', () => {
  assert.equal(isLoopback('127.3.2.1'), true);
  assert.equal(isLoopback('::1'), true);
  assert.equal(isLoopback('10.127.0.1'), false);
  assert.deepEqual([0, 1, 65_535, 65_536, 1.5, Number.NaN].map(isPort), [false, true, true, false, false, false]);
  assert.equal(bracketed('::1'), '[::1]');
  assert.equal(bracketed('127.0.0.1'), '127.0.0.1');
});
