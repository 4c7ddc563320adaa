import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOfNetwork, networksOf } from '../../../net/networks.ts';

test('tells whether an address lies in one of the networks, the second time too', () => {
  const networks = networksOf(['192.0.2.0/24', '2001:db8::/32', '198.51.100.7']);
  for (let time = 0; time < 2; time += 1) {
    assert.equal(networks('192.0.2.200'), true);
    assert.equal(networks('2001:db8:1::1'), true);
    assert.equal(networks('198.51.100.7'), true);
    assert.equal(networks('198.51.100.8'), false);
    assert.equal(networks('no address'), false);
  }
});

test('no network holds nobody', () => {
  assert.equal(networksOf([])('192.0.2.1'), false);
});

test('says what is no network', () => {
  assert.equal(faultOfNetwork('192.0.2.0/24'), undefined);
  assert.equal(faultOfNetwork('192.0.2.0/33'), 'is no address or network');
});
