import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds } from '../../../../kernel/clock.ts';
import { createTimerWheel } from '../../../../kernel/timer-wheel.ts';
import { createAcceptedBranches } from '../../../../sip-stack/transaction/accepted-branches.ts';
import type { AcceptedBranches } from '../../../../sip-stack/transaction/accepted-branches.ts';
import type { FakeTime } from '../../../support/fake-time.ts';
import { createFakeTime } from '../../../support/fake-time.ts';
import { createFakeTokens } from '../../../support/fake-tokens.ts';

const via = 'SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKphone';

function setUp(branchesMax?: number): { readonly time: FakeTime; readonly accepted: AcceptedBranches } {
  const time = createFakeTime();
  const deps = { wheel: createTimerWheel(time), tokens: createFakeTokens() };
  const config = { lifetime: milliseconds(32_000), ...(branchesMax === undefined ? {} : { branchesMax }) };
  return { time, accepted: createAcceptedBranches(deps, config) };
}

test('remembers a branch for 64*T1 and no longer than twice that (RFC 6026 §8.4, Timer M)', () => {
  const { time, accepted } = setUp();
  accepted.add('z9hG4bKfirst', via);
  time.advance(31_000);
  accepted.add('z9hG4bKlater', via);
  time.advance(31_900);
  assert.deepEqual([accepted.has('z9hG4bKlater', via), accepted.size], [true, 2]);
  time.advance(64_000);
  assert.deepEqual([accepted.has('z9hG4bKfirst', via), accepted.has('z9hG4bKlater', via)], [false, false]);
  assert.deepEqual([accepted.size, time.pending], [0, 0], 'nothing ticks when nothing is remembered');
  accepted.add('z9hG4bKafterwards', via);
  assert.deepEqual([accepted.has('z9hG4bKafterwards', via), accepted.has('z9hG4bKlater', via)], [true, false]);
});

test('with the Via that it was accepted with, and with no other (RFC 6026 §7.2)', () => {
  const { accepted } = setUp();
  accepted.add('z9hG4bKours', via);
  assert.equal(accepted.has('z9hG4bKours', via), true);
  assert.equal(accepted.has('z9hG4bKours', via.replace('192.0.2.7', '192.0.2.8')), false);
  assert.equal(accepted.has('z9hG4bKour', `s${via}`), false);
  assert.equal(accepted.has('z9hG4bKother', via), false);
});

test('finds each of many, grown as they come', () => {
  const { accepted } = setUp();
  for (let count = 0; count < 20_000; count += 1) accepted.add(`z9hG4bK${String(count)}`, via);
  let found = 0;
  for (let count = 0; count < 40_000; count += 1) if (accepted.has(`z9hG4bK${String(count)}`, via)) found += 1;
  assert.deepEqual([found, accepted.size], [20_000, 20_000]);
});

test('beyond the bound the older ones go first', () => {
  const { accepted } = setUp(8);
  for (let count = 0; count < 9; count += 1) accepted.add(`z9hG4bK${String(count)}`, via);
  assert.deepEqual([accepted.size, accepted.has('z9hG4bK3', via), accepted.has('z9hG4bK4', via)], [5, false, true]);
});
