import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chanceFrom } from '../../../../kernel/chance.ts';
import type { Service } from '../../../../sip-stack/locate/resolver-port.ts';
import { orderServices } from '../../../../sip-stack/locate/srv-order.ts';

const service = (target: string, priority: number, weight: number): Service => ({
  priority,
  weight,
  port: 5060,
  target,
});
const names = (services: readonly Service[]): string => services.map(({ target }) => target).join('');

/** Draws these numbers in turn, and says below what. */
function drawing(...numbers: readonly number[]): { chance: (bound: number) => number; bounds: number[] } {
  const left = [...numbers];
  const bounds: number[] = [];
  return {
    bounds,
    chance(bound) {
      bounds.push(bound);
      return left.shift() ?? 0;
    },
  };
}

test('a lower priority comes first, whatever the weights (RFC 2782)', () => {
  const services = [service('c', 20, 100), service('a', 0, 0), service('b', 10, 1)];
  assert.equal(names(orderServices(services, chanceFrom('any'))), 'abc');
});

test('the first running sum not below a number from 0 to the sum is taken (RFC 2782)', () => {
  const services = [service('a', 0, 10), service('b', 0, 30), service('c', 0, 60)];
  for (const [drawn, first] of [
    [0, 'a'],
    [10, 'a'],
    [11, 'b'],
    [40, 'b'],
    [41, 'c'],
    [100, 'c'],
  ] as const) {
    const { chance, bounds } = drawing(drawn);
    assert.equal(orderServices(services, chance)[0]?.target, first, String(drawn));
    assert.equal(bounds[0], 101);
  }
});

test('the sums are made anew without the one taken (RFC 2782)', () => {
  const services = [service('a', 0, 10), service('b', 0, 30), service('c', 0, 60)];
  const { chance, bounds } = drawing(100, 11, 0);
  assert.equal(names(orderServices(services, chance)), 'cba');
  assert.deepEqual(bounds, [101, 41, 11]);
});

test('weight 0 beside others is taken only when 0 is drawn (RFC 2782)', () => {
  const services = [service('heavy', 0, 5), service('light', 0, 0)];
  assert.equal(orderServices(services, drawing(0).chance)[0]?.target, 'light');
  assert.equal(orderServices(services, drawing(1).chance)[0]?.target, 'heavy');
});

test('over many draws each is first in proportion to its weight (RFC 2782)', () => {
  const services = [service('a', 0, 10), service('b', 0, 30), service('c', 0, 60)];
  const chance = chanceFrom('a fixed seed');
  const firsts: Record<string, number> = { a: 0, b: 0, c: 0 };
  for (let count = 0; count < 10_000; count += 1) {
    const target = orderServices(services, chance)[0]?.target ?? '';
    firsts[target] = (firsts[target] ?? 0) + 1;
  }
  assert.ok(Math.abs((firsts['a'] ?? 0) - 1000) < 200, JSON.stringify(firsts));
  assert.ok(Math.abs((firsts['b'] ?? 0) - 3000) < 250, JSON.stringify(firsts));
  assert.ok(Math.abs((firsts['c'] ?? 0) - 6000) < 250, JSON.stringify(firsts));
});

test('without weights the load is spread evenly', () => {
  const services = [service('a', 0, 0), service('b', 0, 0)];
  assert.equal(names(orderServices(services, drawing(0).chance)), 'ab');
  assert.equal(names(orderServices(services, drawing(1).chance)), 'ba');
});
