import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TargetQueue } from '../../../proxy/target-queue.ts';
import { target } from '../../support/proxy-bed.ts';

const uris = (targets: readonly { readonly uri: string }[]): readonly string[] => targets.map(({ uri }) => uri);

test('groups of equal q in falling order, each in the order given (RFC 3261 §16.6)', () => {
  const queue = new TargetQueue([target('a', { q: 5 }), target('b'), target('c', { q: 5 }), target('d')], 9);
  assert.deepEqual([queue.nextGroup(), queue.nextGroup(), queue.nextGroup()].map(uris), [['b', 'd'], ['a', 'c'], []]);
});

test('a URI is in the set once, even after it was taken (RFC 3261 §16.5)', () => {
  const queue = new TargetQueue([target('a'), target('a', { q: 1 })], 9);
  assert.deepEqual(uris(queue.nextGroup()), ['a']);
  assert.deepEqual([queue.add(target('a')), queue.add(target('b'))], [false, true]);
  assert.deepEqual(uris(queue.nextGroup()), ['b']);
});

test('one flow of a device at a time, the best first, none once it has answered (RFC 5626 §7)', () => {
  const queue = new TargetQueue(
    [
      target('a', { device: 'x', q: 10 }),
      target('b', { device: 'x', q: 20 }),
      target('c', { device: 'x', q: 10 }),
      target('d', { q: 20 }),
    ],
    9,
  );
  assert.deepEqual(uris(queue.nextGroup()), ['b', 'd']);
  assert.equal(queue.nextFlow('x')?.uri, 'a');
  queue.answered('x');
  assert.equal(queue.nextFlow('x'), undefined);
  assert.deepEqual(uris(queue.nextGroup()), []);
});

test('no more targets than allowed in all, further flows included', () => {
  const queue = new TargetQueue(
    [target('a', { device: 'x' }), target('b', { device: 'x' }), target('c'), target('d')],
    2,
  );
  assert.deepEqual(uris(queue.nextGroup()), ['a', 'c']);
  assert.equal(queue.nextFlow('x'), undefined);
  assert.equal(queue.isEmpty, true);
});
