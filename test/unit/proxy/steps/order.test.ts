import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderSteps, type PlacedStep } from '../../../../proxy/steps/order.ts';

const step = (name: string, before?: string): PlacedStep => ({
  name,
  doc: '',
  run: () => 'next',
  ...(before === undefined ? {} : { before }),
});
const own = ['hops', 'loop', 'admit', 'location', 'privacy'].map((name) => step(name));
const names = own.map(({ name }) => name);

function ordered(wanted: readonly string[], added: readonly PlacedStep[] = []): readonly string[] {
  const result = orderSteps(own, added, wanted);
  return result.ok ? result.value.map(({ name }) => name) : result.fault;
}

test('the steps stand as they are named', () => {
  assert.deepEqual(ordered(['loop', 'hops', 'admit', 'privacy']), ['loop', 'hops', 'admit', 'privacy']);
});

test('what is wrong with the names is told all at once, with the name that was meant', () => {
  assert.deepEqual(ordered(['hops', 'loop', 'loop', 'lokation']), [
    'proxy.steps names loop twice',
    'proxy.steps names lokation, and there is no such step: did you mean location',
    'proxy.steps leaves out admit, which no proxy can do without',
  ]);
});

test('an added step stands where it is named, else where it asks to, else before location', () => {
  assert.deepEqual(ordered([...names, 'mine'], [step('mine', 'admit')]), [...names, 'mine']);
  assert.deepEqual(ordered(names, [step('mine', 'privacy'), step('yours')]), [
    'hops',
    'loop',
    'admit',
    'yours',
    'location',
    'mine',
    'privacy',
  ]);
});

test('an added step that wants to stand before nobody is a fault', () => {
  assert.deepEqual(ordered(names, [step('mine', 'privaci')]), [
    'step mine is to stand before privaci, which is not among the steps: did you mean privacy',
  ]);
});
