import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMeter } from '../../../kernel/meter.ts';

test('gives the one counter of a name and its labels', () => {
  const meter = createMeter();
  meter.counter('c_total', 'Help', { kind: 'a' }).add();
  meter.counter('c_total', 'Help', { kind: 'a' }).add(4);
  meter.counter('c_total', 'Help', { kind: 'b' }).add(2);
  assert.deepEqual(
    meter.samples().map(({ labels, value }) => [labels['kind'], value]),
    [
      ['a', 5],
      ['b', 2],
    ],
  );
});

test('reads a gauge when asked for the figures', () => {
  const meter = createMeter();
  let size = 1;
  meter.gauge('g', 'Help', () => size);
  size = 7;
  assert.deepEqual(meter.samples(), [{ name: 'g', help: 'Help', kind: 'gauge', labels: {}, value: 7 }]);
});
