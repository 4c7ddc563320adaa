import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseMessage } from '../../sip-stack/wire/parse.ts';
import { faultOf } from '../../sip-stack/wire/validate.ts';
import { writeMessage } from '../../sip-stack/wire/write.ts';

interface Entry {
  readonly file: string;
  readonly verdict: string;
  readonly facts?: string;
}

const folder = new URL('../../../test/vectors/rfc-messages/', import.meta.url);
const entries = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8')) as readonly Entry[];

test('the manifest of printed messages names every file, and no other', () => {
  const onDisk = readdirSync(folder).filter((name) => name.endsWith('.sip'));
  assert.deepEqual(entries.map(({ file }) => file).sort(), onDisk.sort());
});

test('every printed message that is not sound has a fact that explains it', () => {
  const unexplained = entries.filter(({ verdict, facts }) => verdict !== 'sound' && (facts ?? '') === '');
  assert.deepEqual(unexplained, []);
  assert.ok(entries.filter(({ verdict }) => verdict === 'sound').length > 500);
});

const byRfc = new Map<string, Entry[]>();
for (const entry of entries) {
  const rfc = entry.file.slice(3, entry.file.indexOf('-'));
  byRfc.set(rfc, [...(byRfc.get(rfc) ?? []), entry]);
}

for (const [rfc, ofRfc] of byRfc) {
  test(`the messages printed in RFC ${rfc} get the verdicts of the manifest`, () => {
    for (const { file, verdict } of ofRfc) {
      const bytes = readFileSync(new URL(file, folder));
      const parsed = parseMessage(bytes);
      const fault = parsed.ok ? faultOf(parsed.value) : parsed.fault;
      assert.equal(fault?.reason ?? 'sound', verdict, file);
      if (!parsed.ok || fault !== undefined) continue;
      const written = writeMessage(parsed.value);
      assert.deepEqual(written, bytes.subarray(0, written.length), file);
    }
  });
}
