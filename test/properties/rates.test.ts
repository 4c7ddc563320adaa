import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRates } from '../../abuse/rates.ts';

const rates = fc.record({
  perSecond: fc.integer({ min: 1, max: 1000 }),
  burst: fc.integer({ min: 1, max: 100 }),
});
/** Waits between attempts, in milliseconds. */
const gaps = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 300 });

test('in no window of time does more get through than rate times its length plus burst', () => {
  fc.assert(
    fc.property(rates, gaps, (rate, waits) => {
      const limiter = createRates(rate);
      const taken: number[] = [];
      let now = 1_700_000_000_000;
      for (const wait of waits) {
        now += wait;
        if (limiter.take('a', now) === 0) taken.push(now);
      }
      taken.forEach((start, first) => {
        taken.slice(first).forEach((end, offset) => {
          const most = rate.burst + ((end - start) / 1000) * rate.perSecond;
          assert.ok(offset + 1 <= most + 1e-3, `${String(offset + 1)} in ${String(end - start)} ms`);
        });
      });
    }),
  );
});

test('who waits as long as he is told gets through, and not a millisecond earlier', () => {
  fc.assert(
    fc.property(rates, gaps, (rate, waits) => {
      const limiter = createRates(rate);
      let now = 1_700_000_000_000;
      for (const gap of waits) {
        now += gap;
        const wait = limiter.take('a', now);
        if (wait === 0) continue;
        assert.equal(limiter.take('a', now + wait - 1) > 0, true);
        assert.ok(Math.abs(limiter.wait('a', now) - wait) < 1e-6);
        now += Math.ceil(wait);
        assert.equal(limiter.take('a', now), 0);
      }
    }),
  );
});

test('a sender is not slowed by others, however many', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 500 }), (others) => {
      const limiter = createRates({ perSecond: 1, burst: 3 });
      for (const other of others) limiter.take(`other-${String(other)}`, 1_700_000_000_000);
      for (let count = 0; count < 3; count += 1) assert.equal(limiter.take('a', 1_700_000_000_000), 0);
      assert.ok(limiter.take('a', 1_700_000_000_000) > 0);
    }),
  );
});

test('memory is bounded, and who is fast stays known for as long as it matters', () => {
  const limiter = createRates({ perSecond: 10, burst: 10 }, 1000);
  let now = 1_700_000_000_000;
  for (let count = 0; count < 100_000; count += 1) limiter.take(`k${String(count)}`, now);
  assert.ok(limiter.size <= 1000);
  for (let turn = 0; turn < 1000; turn += 1) {
    now += 10;
    limiter.take('fast', now);
  }
  assert.ok(limiter.take('fast', now) > 0);
});

test('a clock put back asks no more than an empty bucket', () => {
  const limiter = createRates({ perSecond: 1, burst: 2 });
  limiter.take('a', 2_000_000);
  limiter.take('a', 2_000_000);
  assert.ok(limiter.take('a', 1_000_000) <= 1000);
});
