import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccessList } from '../../../auth/access-list.ts';
import { faultOfRule } from '../../../auth/access-rule.ts';
import { requestOf } from '../../support/sip-text.ts';

const from = (address: string, method = 'INVITE') =>
  requestOf([
    `${method} sip:bob@example.com SIP/2.0`,
    'Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1',
    `From: <${address}>;tag=1`,
    'To: <sip:bob@example.com>',
    'Call-ID: c',
    `CSeq: 1 ${method}`,
  ]);
const eve = from('sip:eve@Example.NET');

test('the first rule that fits decides; without one it is allowed', () => {
  const list = createAccessList({
    accessRules: ['allow network=192.0.2.7', 'deny network=192.0.2.0/24', 'drop network=2001:db8::/32'],
  });
  assert.equal(list.judge(eve, '192.0.2.7'), 'allow');
  assert.equal(list.judge(eve, '192.0.2.8'), 'deny');
  assert.equal(list.judge(eve, '2001:db8::9'), 'drop');
  assert.equal(list.judge(eve, '198.51.100.1'), 'allow');
});

test('a rule holds by domain, user and method, all of them together', () => {
  const list = createAccessList({
    accessRules: ['deny domain=example.net method=invite', 'drop user=mallory@EXAMPLE.com'],
  });
  assert.equal(list.judge(eve, '192.0.2.7'), 'deny');
  assert.equal(list.judge(from('sip:eve@example.net', 'OPTIONS'), '192.0.2.7'), 'allow');
  assert.equal(list.judge(from('sip:eve@example.com'), '192.0.2.7'), 'allow');
  assert.equal(list.judge(from('sip:mallory@example.com'), '192.0.2.7'), 'drop');
});

test('only a rule on the network alone, and the first that can fit, drops unread', () => {
  const list = createAccessList({
    accessRules: ['allow network=203.0.113.5', 'drop network=203.0.113.0/24', 'allow method=ACK', 'drop'],
  });
  assert.equal(list.drops('203.0.113.5'), false);
  assert.equal(list.drops('203.0.113.6'), true);
  assert.equal(list.drops('192.0.2.1'), false, 'it may be an ACK');
  assert.equal(list.judge(eve, '192.0.2.1'), 'drop');
});

test('a changed list holds at once', () => {
  const config = { accessRules: ['drop network=192.0.2.0/24'] };
  const list = createAccessList(config);
  assert.equal(list.drops('192.0.2.7'), true);
  config.accessRules = [];
  assert.equal(list.drops('192.0.2.7'), false);
});

for (const [rule, fault] of [
  ['refuse network=192.0.2.0/24', 'does not begin with allow, deny or drop'],
  ['deny network=192.0.2.0/99', 'has 192.0.2.0/99, which is no address or network'],
  ['deny user=eve', 'has the user eve, which is not written like alice@example.org'],
  ['deny method=', 'has the condition method= without a value'],
  ['deny port=5060', 'has port=5060, which is none of network=, domain=, user=, method='],
] as const) {
  test(`says what is wrong with: ${rule}`, () => {
    assert.equal(faultOfRule(rule), fault);
  });
}
