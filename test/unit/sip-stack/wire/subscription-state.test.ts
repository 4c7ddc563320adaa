import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSubscriptionState, writeSubscriptionState } from '../../../../sip-stack/wire/subscription-state.ts';
import { valueOf } from './support.ts';

test('reads what it writes (RFC 6665 §8.2.3)', () => {
  const active = { state: 'active', expires: 600 };
  assert.equal(writeSubscriptionState(active), 'active;expires=600');
  assert.equal(valueOf(parseSubscriptionState('Active;expires=600')).expires, 600);
  const ended = { state: 'terminated', reason: 'deactivated', retryAfter: 5 };
  assert.equal(writeSubscriptionState(ended), 'terminated;reason=deactivated;retry-after=5');
  assert.deepEqual(valueOf(parseSubscriptionState(writeSubscriptionState(ended))), { ...ended, expires: undefined });
});

test('refuses what is no subscription state', () => {
  for (const text of ['', ';expires=1', 'active;', 'active expires']) assert.ok(!parseSubscriptionState(text).ok, text);
});
