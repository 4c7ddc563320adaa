import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redirection } from '../../../proxy/redirection.ts';
import { targetOf } from '../../support/fake-call.ts';

test('what the caller prefers among equals is told in thousandths, the order is kept (RFC 3841 §7.2.4, RFC 3261 §25.1)', () => {
  const targets = [
    targetOf('sip:d@h', { q: 0 }),
    targetOf('sip:b@h', { q: 499.75 }),
    targetOf('sip:a@h', { q: 500 }),
    targetOf('sip:c@h', { q: 499.75 }),
    targetOf('sip:e@h', { q: 499 }),
  ];
  const { status, headers = [] } = redirection(targets);
  assert.equal(status, 302);
  assert.deepEqual(headers, [
    ['Contact', '<sip:a@h>;q=0.5'],
    ['Contact', '<sip:b@h>;q=0.499'],
    ['Contact', '<sip:c@h>;q=0.499'],
    ['Contact', '<sip:e@h>;q=0.498'],
    ['Contact', '<sip:d@h>;q=0'],
  ]);
});
