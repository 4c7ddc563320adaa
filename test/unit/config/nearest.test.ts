import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestName } from '../../../config/nearest.ts';

test('the nearest name is the one with the fewest changed letters, whatever its case', () => {
  assert.equal(nearestName('lvl', ['level', 'format']), 'level');
  assert.equal(nearestName('LISTEN', ['list', 'listen']), 'listen');
});

test('a name that resembles none has no nearest', () => {
  assert.equal(nearestName('zzzzzz', ['level', 'format']), undefined);
  assert.equal(nearestName('l'.repeat(100_000), ['level']), undefined);
});
