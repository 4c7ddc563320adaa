import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

/** The package root, from <out>/test/architecture/. */
const root = fileURLToPath(new URL('../../../', import.meta.url));
const { floors } = createRequire(import.meta.url)(join(root, 'architecture.cjs')) as {
  readonly floors: readonly (readonly string[])[];
};

/** Events that the source writes, by their literal name. */
function eventsWritten(): ReadonlySet<string> {
  const events = new Set<string>();
  for (const folder of readdirSync(root).filter((name) => floors.flat().includes(name))) {
    for (const file of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const text = readFileSync(join(root, folder, file), 'utf8');
      for (const [, event = ''] of text.matchAll(
        /\b(?:log\.(?:debug|info|warn|error)|defects\.report)\(\s*'([a-z-]+)'/g,
      ))
        events.add(event);
    }
  }
  return events;
}

const documented = new Set(
  [...readFileSync(join(root, 'docs/operate.md'), 'utf8').matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name),
  ),
);

test('docs/operate.md says what every log event means', () => {
  const written = eventsWritten();
  assert.ok(written.size > 20, 'the events were found');
  assert.deepEqual([...written].filter((event) => !documented.has(event)).sort(), []);
});
