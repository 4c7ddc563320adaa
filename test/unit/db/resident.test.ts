import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ResidentTable } from '../../../db/resident.ts';
import { instant } from '../../../kernel/clock.ts';
import { type Note, note, notesTable } from '../../support/store-fixture.ts';

/** What a resident table must answer, kept the slow way: rows in the order of their insertion. */
interface Model {
  rows: readonly Note[];
}

const step = fc.record({
  kind: fc.constantFrom('put', 'put', 'put', 'delete', 'undo-delete', 'expire'),
  id: fc.integer({ min: 0, max: 60 }).map(String),
  owner: fc.constantFrom('alice', 'alice', 'alice', 'bob'),
  until: fc.integer({ min: 0, max: 20_000 }),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function take({ kind, id, owner, until }: Step, table: ResidentTable, model: Model): void {
  const entry = table.find(`${id}\0p`);
  if (kind === 'put') {
    const row = note(id, { owner, until });
    if (entry === undefined) table.insert(table.keyOf(row), row);
    else table.replace(entry, row);
    const known = model.rows.some((one) => one.id === id);
    model.rows = known ? model.rows.map((one) => (one.id === id ? row : one)) : [...model.rows, row];
  } else if (kind === 'delete' && entry !== undefined) {
    table.delete(entry);
    model.rows = model.rows.filter((one) => one.id !== id);
  } else if (kind === 'undo-delete' && entry?.row !== undefined) {
    const { row } = entry;
    table.delete(entry);
    table.restore(entry, row);
  } else if (kind === 'expire') {
    const due = model.rows.filter((one) => one.until <= until).map((one) => one.until);
    const found = (table.expired(instant(until), 1000) as Note[]).map((one) => one.until);
    assert.deepEqual(
      found,
      due.sort((a, b) => a - b),
    );
  }
}

describe('a resident table', () => {
  it('answers like a plain list, whatever is done to it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
        const table = new ResidentTable(notesTable);
        const model: Model = { rows: [] };
        for (const one of steps) take(one, table, model);
        assert.equal(table.size, model.rows.length);
        for (const owner of ['alice', 'bob']) {
          // The order among owners is that of joining the index, so rows that changed owner are compared as a set.
          const found = table.scan('byOwner', owner) as Note[];
          const wanted = model.rows.filter((row) => row.owner === owner);
          assert.deepEqual(new Set(found), new Set(wanted));
          assert.equal(found.length, wanted.length);
          assert.equal(table.count('byOwner', owner), wanted.length);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('puts a row whose deletion is undone back to its old place', () => {
    for (const rows of [2, 5, 100]) {
      const table = new ResidentTable(notesTable);
      for (let at = 0; at < rows; at += 1) table.insert(`${String(at)}\0p`, note(String(at)));
      const before = table.scan('byOwner', 'alice');
      const entry = table.find('0\0p');
      assert.ok(entry?.row);
      const { row } = entry;
      table.delete(entry);
      table.restore(entry, row);
      assert.deepEqual(table.scan('byOwner', 'alice'), before);
    }
  });

  it('finds what expires at odd instants, and nothing that never does', () => {
    const table = new ResidentTable(notesTable);
    const untils = [-5, 0, 1e15, Number.NaN, Number.POSITIVE_INFINITY];
    for (const until of untils) table.insert(String(until), note(String(until), { until }));
    assert.deepEqual(
      (table.expired(instant(2e15), 10) as Note[]).map((row) => row.until),
      [-5, 0, 1e15],
    );
  });

  it('keeps its expiry buckets in proportion to its rows when rows come and go', () => {
    const table = new ResidentTable(notesTable);
    for (let at = 0; at < 10_000; at += 1) {
      const key = String(at);
      table.delete(table.insert(key, note(key, { until: 1_000_000 + at })));
    }
    assert.ok(table.expiryReferences < 1_100, `${String(table.expiryReferences)} references for no row`);
  });
});

describe('the row found last', () => {
  const held = note('1', { owner: 'alice' });
  const other = note('2', { owner: 'bob' });
  const filled = (): ResidentTable => {
    const table = new ResidentTable(notesTable);
    for (const row of [held, other]) table.insert(table.keyOf(row), row);
    return table;
  };

  it('is at hand for a change of it, by key or by index', () => {
    const table = filled();
    const renewed = note('1', { owner: 'alice', until: 7 });
    const entry = table.find(table.keyOf(held));
    assert.ok(entry !== undefined);
    assert.equal(table.latestOf(held, renewed), entry);
    table.find(table.keyOf(other));
    assert.equal(table.latestOf(held, renewed), undefined);
    assert.deepEqual(table.scan('byOwner', 'alice'), [held]);
    assert.equal(table.latestOf(held, renewed), entry);
  });

  it('is not taken for a row of another key, nor for one that was replaced or deleted since', () => {
    const table = filled();
    const entry = table.find(table.keyOf(held));
    assert.ok(entry !== undefined);
    assert.equal(table.latestOf(held, note('3', { owner: 'alice' })), undefined);
    const renewed = note('1', { owner: 'alice', until: 7 });
    table.replace(entry, renewed);
    assert.equal(table.latestOf(held, renewed), undefined);
    table.delete(entry);
    assert.equal(table.latestOf(renewed, renewed), undefined);
    assert.equal(table.find(table.keyOf(renewed)), undefined);
    assert.equal(table.insert(table.keyOf(renewed), renewed), table.find(table.keyOf(renewed)));
  });
});
