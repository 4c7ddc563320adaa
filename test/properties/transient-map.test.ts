import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createTransientMap, spread, textHash } from '../../kernel/transient-map.ts';

const hashes: readonly (readonly [string, (key: string) => number])[] = [
  ['its own hash', textHash],
  ['few places', (key) => key.length % 3],
  ['one place', () => 0],
  ['the end of the table', () => -1],
];

describe('a transient map', () => {
  for (const [title, hashOf] of hashes) {
    it(`does what a Map does, with ${title}`, () => {
      const key = fc.integer({ min: 0, max: 120 }).map((number) => 'k'.repeat(number % 4) + String(number));
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.constantFrom('set', 'delete', 'get'), key), { maxLength: 400 }), (steps) => {
          const model = new Map<string, { readonly at: number }>();
          const map = createTransientMap<string, { readonly at: number }>(hashOf);
          for (const [at, [verb, name]] of steps.entries()) {
            if (verb === 'set') {
              model.set(name, { at });
              map.set(name, { at });
            } else if (verb === 'delete') {
              model.delete(name);
              map.delete(name);
            }
            assert.deepEqual(map.get(name), model.get(name));
            assert.equal(map.size, model.size);
          }
          for (const [name, value] of model) assert.deepEqual(map.get(name), value);
          const order = (values: Iterable<{ readonly at: number }>): number[] =>
            [...values].map((value) => value.at).sort((one, other) => one - other);
          assert.deepEqual(order(map.values()), order(model.values()));
        }),
      );
    });
  }

  it('keeps numbers of either sign apart', () => {
    const map = createTransientMap<number, { readonly name: string }>(spread);
    for (let key = -3000; key < 3000; key += 1) map.set(key, { name: String(key) });
    for (let key = -3000; key < 3000; key += 2) map.delete(key);
    assert.equal(map.size, 3000);
    for (let key = -3000; key < 3000; key += 1)
      assert.equal(map.get(key)?.name, key % 2 === 0 ? undefined : String(key));
  });

  it('may be changed while its values are looked at', () => {
    const map = createTransientMap<number, { readonly key: number }>(spread);
    for (let key = 0; key < 10; key += 1) map.set(key, { key });
    for (const { key } of map.values()) map.delete(key);
    assert.equal(map.size, 0);
  });
});
