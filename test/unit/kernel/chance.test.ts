import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chanceFrom, chanceOf } from '../../../kernel/chance.ts';
import { createSystemTokens } from '../../../server/system.ts';
import { createFakeTokens } from '../../support/fake-tokens.ts';

/** How often each number below `bound` is drawn. */
function drawn(chance: (bound: number) => number, bound: number, times: number): readonly number[] {
  const counts = new Array<number>(bound).fill(0);
  for (let count = 0; count < times; count += 1) {
    const number = chance(bound);
    assert.ok(Number.isInteger(number) && number >= 0 && number < bound);
    counts[number] = (counts[number] ?? 0) + 1;
  }
  return counts;
}

test('draws every number about as often as any other', () => {
  for (const chance of [chanceOf(createSystemTokens()), chanceFrom('seed')]) {
    for (const count of drawn(chance, 7, 7000)) assert.ok(count > 800 && count < 1200, String(count));
  }
});

test('reads a number off the letters of a token', () => {
  // 't1' is 29 * 64 + 1, then 't2'.
  const chance = chanceOf(createFakeTokens());
  assert.deepEqual([chance(1_000_000), chance(1_000_000), chance(10)], [1857, 1858, 9]);
});

test('a seed gives the same numbers each time, another seed others', () => {
  const first = (seed: string): readonly number[] => {
    const chance = chanceFrom(seed);
    return [chance(1000), chance(1000), chance(1000)];
  };
  assert.deepEqual(first('z9hG4bKa'), first('z9hG4bKa'));
  assert.notDeepEqual(first('z9hG4bKa'), first('z9hG4bKb'));
});
