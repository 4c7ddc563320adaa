import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readPidf } from '../../../pidf/read.ts';
import { writePidf } from '../../../pidf/write.ts';
import { withoutPlaces } from '../../support/trees.ts';
import { createPresenceSchema, vectors } from '../../support/xsd.ts';

interface Entry {
  readonly verdict: 'taken' | 'schema' | 'malformed';
  readonly valid?: boolean;
  readonly reason?: string;
}

const folder = new URL('pidf/', vectors);
const manifest = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8')) as Readonly<Record<string, Entry>>;
const faultsOf = createPresenceSchema();

test('every document has an entry, and every exception its reason', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.xml'));
  assert.deepEqual(Object.keys(manifest).toSorted(), files.toSorted());
  for (const { verdict, valid, reason } of Object.values(manifest)) {
    assert.ok((verdict === 'taken' && valid === true) || reason !== undefined);
  }
});

for (const [file, { verdict, valid }] of Object.entries(manifest)) {
  const bytes = readFileSync(new URL(file, folder));
  if (verdict !== 'taken') {
    test(`${file} is refused as ${verdict}`, () => {
      const read = readPidf(bytes);
      assert.equal(read.ok ? 'taken' : read.fault.kind, verdict);
    });
    continue;
  }
  test(`${file} is read, and written as the same document (RFC 3863 §4.4)`, () => {
    const read = readPidf(bytes);
    assert.ok(read.ok, read.ok ? '' : read.fault.text);
    const written = writePidf(read.value);
    const again = readPidf(written);
    assert.ok(again.ok);
    assert.deepEqual(withoutPlaces(again.value), withoutPlaces(read.value));
    assert.deepEqual(writePidf(again.value), written, 'writing is deterministic');
    assert.deepEqual(valid === true ? faultsOf(written) : [], []);
    assert.equal(faultsOf(written).length === 0, valid);
  });
}
