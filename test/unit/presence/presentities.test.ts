import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aorFromStore } from '../../../kernel/aor.ts';
import { limits } from '../../../kernel/limits.ts';
import { silentLog } from '../../../kernel/log.ts';
import { writePidf } from '../../../pidf/write.ts';
import type { Bodies } from '../../../presence/bodies.ts';
import { createBodies } from '../../../presence/bodies.ts';
import { createPresentities } from '../../../presence/presentities.ts';
import type { PublishedState } from '../../../presence/sources.ts';
import { createSources } from '../../../presence/sources.ts';

const alice = aorFromStore('sip:alice@example.com');
const body = (note: string): string =>
  `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="${alice}"><tuple id="t"><status><basic>open</basic></status><note>${note}</note></tuple></presence>`;
const row = (id: string, note: string, changedAt: number): PublishedState => ({
  id,
  contentType: 'application/pidf+xml',
  body: body(note),
  createdAt: 1,
  changedAt,
});

/** Sources whose reads of bodies are counted. */
function counted(rows: () => readonly PublishedState[], warnings: string[] = []) {
  const reads: string[] = [];
  const bodies = createBodies({ bodiesMax: 0, charactersMax: 0 });
  const counting: Bodies = {
    ...bodies,
    read(text) {
      reads.push(text);
      return bodies.read(text);
    },
  };
  const log = { ...silentLog, warn: (event: string) => warnings.push(event) };
  return { reads, sources: createSources({ publications: { of: rows }, bodies: counting, log }) };
}

test('composes once per change, and understands each publication once', () => {
  let rows: readonly PublishedState[] = [row('A', 'a', 1), row('B', 'b', 2)];
  const { reads, sources } = counted(() => rows);
  const presentities = createPresentities(sources);
  const first = presentities.stateOf(alice);
  assert.equal(reads.length, 2);
  assert.equal(presentities.stateOf(alice), first, 'unchanged');
  rows = rows.map((old) => ({ ...old }));
  assert.equal(presentities.stateOf(alice), first, 'a refresh is no change');
  rows = [rows[0] ?? row('A', 'a', 1), row('B', 'c', 3)];
  assert.notEqual(presentities.stateOf(alice), first);
  assert.equal(reads.length, 3);
  rows = [];
  assert.equal(presentities.stateOf(alice), undefined, 'all expired');
});

test('keeps no more presentities than it may', () => {
  const { reads, sources } = counted(() => [row('A', 'a', 1)]);
  const presentities = createPresentities(sources, 4);
  for (let number = 0; number < 100; number += 1)
    presentities.stateOf(aorFromStore(`sip:u${String(number)}@example.com`));
  presentities.stateOf(aorFromStore('sip:u99@example.com'));
  assert.equal(reads.length, 100);
  presentities.stateOf(aorFromStore('sip:u0@example.com'));
  assert.equal(reads.length, 101, 'forgotten, and composed anew');
});

test('a stored publication that cannot be understood is left out and logged', () => {
  const warnings: string[] = [];
  const { sources } = counted(() => [{ ...row('A', 'a', 1), body: '<broken' }, row('B', 'b', 2)], warnings);
  const presentities = createPresentities(sources);
  assert.equal(presentities.stateOf(alice)?.tuples.length, 1);
  assert.deepEqual(warnings, ['publication-not-understood']);
});

test('bodies are remembered within bounds', () => {
  for (const bounds of [
    { bodiesMax: 4, charactersMax: 100_000 },
    { bodiesMax: 100, charactersMax: 4 * body('1').length },
  ]) {
    const bodies = createBodies(bounds);
    const check = (note: string) => bodies.check(body(note), Buffer.from(body(note)));
    const first = check('1');
    assert.ok(first.ok);
    const again = bodies.read(body('1'));
    assert.ok(again.ok && again.value === first.value);
    for (const note of ['2', '3', '4', '5', '6']) check(note);
    const later = bodies.read(body('1'));
    assert.ok(later.ok && later.value !== first.value, 'forgotten, and read anew');
  }
});

test('a composed document is bounded: what changed last is shown, the rest left out and logged', () => {
  const warnings: string[] = [];
  const rows = Array.from({ length: 32 }, (_, n) => row(String(n), `${String(n)} ${'x'.repeat(10_000)}`, n));
  const { sources } = counted(() => rows, warnings);
  const composed = createPresentities(sources).stateOf(alice);
  assert.ok(composed !== undefined);
  const shown = composed.tuples.map(({ notes }) => Number.parseInt(notes[0]?.text ?? '', 10));
  assert.deepEqual(shown, [31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20]);
  assert.ok(writePidf(composed).length <= limits.composedBytesMax);
  assert.deepEqual(warnings, ['publications-left-out']);
});

test('a publication without room does not hide older ones that have', () => {
  const long = 'x'.repeat(60_000);
  const rows = [row('A', 'short', 1), row('B', long, 2), row('C', long, 3), row('D', long, 4)];
  const { sources } = counted(() => rows);
  const { contributions } = sources.gather(alice, undefined);
  assert.deepEqual(
    contributions.map(({ id }) => id),
    ['D', 'C', 'A'],
  );
});
