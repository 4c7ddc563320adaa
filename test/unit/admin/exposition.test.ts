import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exposition } from '../../../admin/exposition.ts';
import { metricsOperation } from '../../../admin/metrics-operation.ts';
import { createMeter } from '../../../kernel/meter.ts';

test('families stand together by name, each with HELP and TYPE, whatever the order they were declared in', () => {
  const meter = createMeter();
  meter.counter('b_total', 'Bees', { kind: 'x' }).add(3);
  meter.gauge('a', 'A gauge', () => 1.5);
  meter.counter('b_total', 'Bees', { kind: 'y', more: 'z' }).add();
  assert.deepEqual(exposition(meter.samples()), [
    '# HELP a A gauge',
    '# TYPE a gauge',
    'a 1.5',
    '# HELP b_total Bees',
    '# TYPE b_total counter',
    'b_total{kind="x"} 3',
    'b_total{kind="y",more="z"} 1',
  ]);
});

test('help and label values are escaped, and odd names made fit', () => {
  const sample = {
    name: '9 odd-name',
    help: 'a \\ and\na line',
    kind: 'gauge',
    labels: { 'la-bel': 'quote " slash \\ line\n' },
    value: 0,
  } as const;
  assert.deepEqual(exposition([sample]), [
    '# HELP _9_odd_name a \\\\ and\\na line',
    '# TYPE _9_odd_name gauge',
    '_9_odd_name{la_bel="quote \\" slash \\\\ line\\n"} 0',
  ]);
});

test('what is no number is written as Prometheus reads it', () => {
  const of = (value: number): string | undefined =>
    exposition([{ name: 'n', help: '', kind: 'gauge', labels: {}, value }]).at(-1);
  assert.deepEqual([NaN, Infinity, -Infinity, 1e21, 0.1].map(of), ['n NaN', 'n +Inf', 'n -Inf', 'n 1e+21', 'n 0.1']);
});

test('a figure read from elsewhere that only grows is a counter by its name', () => {
  const meter = createMeter();
  meter.gauge('process_cpu_seconds_total', 'CPU', () => 2);
  assert.equal(exposition(meter.samples())[1], '# TYPE process_cpu_seconds_total counter');
});

test('the operation tells one line each', async () => {
  const meter = createMeter();
  meter.counter('c_total', 'C').add();
  const answer = await metricsOperation(() => meter.samples()).run({}, new AbortController().signal);
  assert.ok(answer.ok);
  assert.deepEqual(answer.value, ['# HELP c_total C', '# TYPE c_total counter', 'c_total 1']);
});
