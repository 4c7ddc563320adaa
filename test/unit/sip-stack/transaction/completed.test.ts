import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds } from '../../../../kernel/clock.ts';
import { createTimerWheel } from '../../../../kernel/timer-wheel.ts';
import { createCompletedTransactions } from '../../../../sip-stack/transaction/completed.ts';
import type { CompletedTransactions } from '../../../../sip-stack/transaction/completed.ts';
import type { RequestIdentity } from '../../../../sip-stack/transaction/identity.ts';
import type { FakeTime } from '../../../support/fake-time.ts';
import { createFakeTime } from '../../../support/fake-time.ts';

function setUp(transactionsMax?: number): { readonly time: FakeTime; readonly completed: CompletedTransactions } {
  const time = createFakeTime();
  const deps = { wheel: createTimerWheel(time) };
  const config = { lifetime: milliseconds(32_000), ...(transactionsMax === undefined ? {} : { transactionsMax }) };
  return { time, completed: createCompletedTransactions(deps, config) };
}

/** An identity as the identifier would give it: numbers that differ where the texts differ. */
const id = (group: string, way: string, method: string): RequestIdentity => ({
  groupHigh: numberOf(group) || 1,
  groupLow: numberOf(`${group} low`),
  way: numberOf(way),
  method: numberOf(method),
});

const numberOf = (name: string): number => {
  let number = 7;
  for (const char of name) {
    number = Math.imul(number ^ char.charCodeAt(0), 0x85eb_ca6b);
    number ^= number >>> 13;
  }
  return number;
};

const text = (found: Buffer | 'merged' | undefined): string | undefined =>
  typeof found === 'object' ? found.toString('latin1') : found;

test('gives a retransmission its response for at least 64*T1 and forgets it soon after (RFC 3261 §17.2.2, Timer J)', () => {
  const { time, completed } = setUp();
  time.advance(7_990);
  completed.keep(id('group', 'branch host', 'PUBLISH'), Buffer.from('SIP/2.0 200 OK'));
  time.advance(32_000);
  assert.equal(text(completed.find(id('group', 'branch host', 'PUBLISH'))), 'SIP/2.0 200 OK');
  time.advance(8_010);
  assert.equal(completed.find(id('group', 'branch host', 'PUBLISH')), undefined);
  assert.equal(completed.size, 0);
  assert.equal(time.pending, 0, 'nothing ticks when nothing is kept');
});

test('keeps a copy: the bytes of the caller may change, and so may what was found', () => {
  const { completed } = setUp();
  const bytes = Buffer.from('one');
  completed.keep(id('g', 'm', 'REGISTER'), bytes);
  bytes.write('two');
  const found = completed.find(id('g', 'm', 'REGISTER'));
  assert.equal(text(found), 'one');
  if (typeof found === 'object') found.write('six');
  assert.equal(text(completed.find(id('g', 'm', 'REGISTER'))), 'one');
});

test('same group and method by another way is a merged request (RFC 3261 §8.2.2.2)', () => {
  const { completed } = setUp();
  completed.keep(id('g', 'm', 'SUBSCRIBE'), Buffer.from('x'));
  assert.equal(completed.find(id('g', 'other', 'SUBSCRIBE')), 'merged');
  assert.equal(completed.find(id('g', 'other', 'PUBLISH')), undefined, 'CSeq includes the method');
  assert.equal(completed.find(id('g2', 'm', 'SUBSCRIBE')), undefined);
});

test('a retransmission is told from a merged request among several of one group (RFC 3261 §17.2.3)', () => {
  const { completed } = setUp();
  for (const way of ['a', 'b', 'c']) completed.keep(id('g', way, 'SUBSCRIBE'), Buffer.from(way));
  assert.equal(text(completed.find(id('g', 'c', 'SUBSCRIBE'))), 'c');
  assert.equal(text(completed.find(id('g', 'a', 'SUBSCRIBE'))), 'a');
  assert.equal(completed.find(id('g', 'd', 'SUBSCRIBE')), 'merged');
});

test('a CANCEL matches whatever the method (RFC 3261 §9.2)', () => {
  const { completed } = setUp();
  completed.keep(id('g', 'm', 'SUBSCRIBE'), Buffer.from('x'));
  assert.equal(completed.hasForCancel(id('g', 'm', 'CANCEL')), true);
  assert.equal(completed.hasForCancel(id('g', 'other', 'CANCEL')), false);
});

test('finds each of many, through growing tables, several slabs and generations', () => {
  const { time, completed } = setUp();
  const body = 'y'.repeat(700);
  for (let index = 0; index < 6000; index += 1) {
    completed.keep(id(`g${String(index)}`, `m${String(index)}`, 'PUBLISH'), Buffer.from(`${String(index)} ${body}`));
    if (index % 2000 === 1999) time.advance(8000);
  }
  assert.equal(completed.size, 6000);
  for (let index = 0; index < 6000; index += 1) {
    const found = text(completed.find(id(`g${String(index)}`, `m${String(index)}`, 'PUBLISH')));
    assert.equal(found, `${String(index)} ${body}`);
  }
});

test('beyond the bound the oldest generation goes', () => {
  const { time, completed } = setUp(100);
  for (let index = 0; index < 60; index += 1)
    completed.keep(id(`old${String(index)}`, 'm', 'PUBLISH'), Buffer.from('x'));
  time.advance(8000);
  for (let index = 0; index < 60; index += 1)
    completed.keep(id(`new${String(index)}`, 'm', 'PUBLISH'), Buffer.from('x'));
  assert.ok(completed.size <= 100);
  assert.equal(completed.find(id('old0', 'm', 'PUBLISH')), undefined);
  assert.equal(text(completed.find(id('new0', 'm', 'PUBLISH'))), 'x');
  assert.equal(text(completed.find(id('new59', 'm', 'PUBLISH'))), 'x');
});

test('one group that is used without end costs a bounded search and is then not kept', () => {
  const { completed } = setUp();
  for (let index = 0; index < 5000; index += 1)
    completed.keep(id('g', `m${String(index)}`, 'NOTIFY'), Buffer.from('x'));
  assert.ok(completed.size < 200, `kept ${String(completed.size)}`);
  assert.equal(text(completed.find(id('g', 'm0', 'NOTIFY'))), 'x');
});
