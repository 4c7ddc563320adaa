import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { instant } from '../../kernel/clock.ts';
import { takeCount, type UsedNonce } from '../../sip-stack/digest/nonces.ts';

const fresh = (): UsedNonce => ({ expiresAt: instant(0), highest: 0, window: 0, method: '', uri: '', ha2: '' });

test('no nonce count is taken twice, in whatever order counts come (RFC 7616 §3.4)', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 200 }), (counts) => {
      const nonce = fresh();
      const taken = counts.filter((count) => takeCount(nonce, count));
      assert.equal(new Set(taken).size, taken.length);
    }),
  );
});

test('every count that was overtaken by fewer than 32 is taken', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 0xffff_ff00 }),
      fc.shuffledSubarray([...Array(32).keys()]),
      (start, order) => {
        const nonce = fresh();
        assert.ok(order.every((offset) => takeCount(nonce, start + offset)));
      },
    ),
  );
});
