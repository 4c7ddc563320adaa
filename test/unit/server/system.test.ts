import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSystemClock, createSystemTokens } from '../../../server/system.ts';

test('time goes on when the wall clock is set back, and follows when it is set forward', () => {
  let wall = 1_000;
  const clock = createSystemClock(() => wall);
  wall = 2_000;
  assert.equal(clock.now(), 2_000);
  wall = 500;
  assert.equal(clock.now(), 2_000);
  wall = 600;
  assert.equal(clock.now(), 2_100);
  wall = 9_000;
  assert.equal(clock.now(), 10_500);
});

test('tokens have the length that their bits need, the alphabet of the contract, and do not come twice', () => {
  const tokens = createSystemTokens();
  const seen = new Set<string>();
  for (let count = 0; count < 5_000; count += 1) {
    const token = tokens.token(128);
    assert.match(token, /^[0-9a-zA-Z_-]{22}$/);
    seen.add(token);
  }
  assert.equal(seen.size, 5_000);
  assert.equal(tokens.token(32).length, 6);
  assert.equal(tokens.token(256).length, 43);
});

test('every character of the alphabet is as likely as another', () => {
  const tokens = createSystemTokens();
  const counts = new Map<string, number>();
  for (let count = 0; count < 3_000; count += 1) {
    for (const character of tokens.token(126)) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  assert.equal(counts.size, 64);
  // 63,000 draws over 64 characters: about 984 each; 6 standard deviations are 188.
  for (const count of counts.values()) assert.ok(Math.abs(count - 984) < 188, String(count));
});
