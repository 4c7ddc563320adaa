import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transition } from '../../../kernel/machine.ts';
import type { EndingInput, SubscriptionInput, SubscriptionStatus } from '../../../events/subscription.ts';
import { endings, subscriptionMachine } from '../../../events/subscription.ts';

const inputs: readonly SubscriptionInput[] = [
  'granted',
  'undecided',
  'denied',
  'changed',
  'unsubscribe',
  'expiry',
  'notify-failed',
  'authorization-overdue',
  'resource-gone',
  'resource-fixed',
  'moved',
  'postponed',
];

const endingInputs = Object.keys(endings) as EndingInput[];
const to = (state: SubscriptionStatus, input: SubscriptionInput): string | undefined =>
  transition(subscriptionMachine, state, input)?.to;

test('follows the notifier figure for grants and pending decisions (RFC 6665 §4.2.2)', () => {
  assert.equal(to('init', 'granted'), 'active');
  assert.equal(to('init', 'undecided'), 'pending');
  assert.equal(to('pending', 'granted'), 'active');
  assert.equal(to('active', 'undecided'), 'pending');
  assert.equal(to('init', 'denied'), 'terminated');
});

test('nothing leads out of terminated (RFC 6665 §4.2.2)', () => {
  for (const input of inputs) assert.equal(to('terminated', input), undefined, input);
});

test('each ending removes the row and tells the watcher, a failed NOTIFY tells nobody (RFC 6665 §4.2.2)', () => {
  for (const state of ['pending', 'active'] as const) {
    for (const input of endingInputs) {
      // Only a pending subscription can wait for a decision too long.
      if (state === 'active' && input === 'authorization-overdue') continue;
      const step = transition(subscriptionMachine, state, input);
      assert.deepEqual(step, { to: 'terminated', do: ['remove', 'notify-ending'] }, `${state} ${input}`);
    }
    assert.deepEqual(transition(subscriptionMachine, state, 'notify-failed'), { to: 'terminated', do: ['remove'] });
  }
});

test('names every reason code, with retry-after where it has a meaning (RFC 6665 §4.1.3)', () => {
  const states = endingInputs.map((input) => endings[input].state);
  for (const reason of ['deactivated', 'probation', 'rejected', 'timeout', 'giveup', 'noresource', 'invariant']) {
    const state = states.find((each) => each.startsWith(`terminated;reason=${reason}`));
    assert.ok(state, reason);
    assert.equal(state.includes('retry-after='), ['probation', 'giveup', 'invariant'].includes(reason), reason);
  }
});

test('a change of state notifies without a write (RFC 6665 §4.2.2)', () => {
  for (const state of ['pending', 'active'] as const) {
    assert.deepEqual(transition(subscriptionMachine, state, 'changed'), { to: state, do: ['notify-change'] });
  }
});
