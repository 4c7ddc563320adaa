import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transition } from '../../../kernel/machine.ts';
import type { Machine } from '../../../kernel/machine.ts';

const lamp: Machine<'off' | 'on', 'press' | 'break', 'light'> = {
  off: { press: { to: 'on', do: ['light'] } },
  on: { press: { to: 'off' } },
};

test('a cell says where to go and what to do', () => {
  assert.deepEqual(transition(lamp, 'off', 'press'), { to: 'on', do: ['light'] });
  assert.deepEqual(transition(lamp, 'on', 'press'), { to: 'off' });
});

test('a missing cell is ignored', () => {
  assert.equal(transition(lamp, 'on', 'break'), undefined);
});
