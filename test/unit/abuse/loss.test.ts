import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLoss } from '../../../abuse/loss.ts';
import type { Priority } from '../../../abuse/priority.ts';

/** Sends a mix of so many ordinary ones in ten through, and tells the share left out of each kind. */
function run(share: number, ordinaryInTen: number, count = 20_000) {
  const loss = createLoss();
  const seen: Record<Priority, number> = { emergency: 0, established: 0, ordinary: 0 };
  const left: Record<Priority, number> = { emergency: 0, established: 0, ordinary: 0 };
  for (let at = 0; at < count; at += 1) {
    const priority = at % 10 < ordinaryInTen ? 'ordinary' : 'established';
    if (at < 2000) {
      // The mix is learnt first.
      loss.leavesOut(share, priority);
      continue;
    }
    seen[priority] += 1;
    if (loss.leavesOut(share, priority)) left[priority] += 1;
  }
  return {
    ordinary: left.ordinary / Math.max(1, seen.ordinary),
    established: left.established / Math.max(1, seen.established),
    all: (left.ordinary + left.established) / (count - 2000),
  };
}
const near = (actual: number, expected: number): void => {
  assert.ok(Math.abs(actual - expected) < 0.02, `${String(actual)} is not ${String(expected)}`);
};

test('oc=10 where 40 % are of the first category leaves out 25 % of those (RFC 7339 §7.2)', () => {
  const { ordinary, established, all } = run(0.1, 4);
  near(ordinary, 0.25);
  assert.equal(established, 0);
  near(all, 0.1);
});

test('once the first category is used up the second gives the rest (RFC 7339 §7.2)', () => {
  const { ordinary, established, all } = run(0.5, 4);
  near(ordinary, 1);
  near(established, 1 / 6);
  near(all, 0.5);
});

for (const share of [0.05, 0.2, 0.5, 0.79]) {
  test(`leaves out ${String(share)} of all when 80 % are ordinary, and none within dialogs (RFC 7339 §5.5)`, () => {
    const { established, all } = run(share, 8);
    near(all, share);
    assert.equal(established, 0);
  });
}

test('nothing is left out at 0, and never an emergency (RFC 7339 §5.10.1)', () => {
  const loss = createLoss();
  for (let at = 0; at < 1000; at += 1) {
    assert.equal(loss.leavesOut(0, 'ordinary'), false);
    assert.equal(loss.leavesOut(1, 'emergency'), false);
  }
});
