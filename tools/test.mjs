// `npm test`: runs the compiled tests with node's own runner and ends with one plain line of counts.
// Usage: node tools/test.mjs [PATH-PART ...]   e.g. `node tools/test.mjs unit/esc scenarios`
import { run } from 'node:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { spec } from 'node:test/reporters';

const parts = process.argv.slice(2);
const files = readdirSync('dist/test', { recursive: true })
  .filter((file) => file.endsWith('.test.js'))
  .map((file) => join('dist/test', file))
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  // Tests of other people's programs last and alone: they listen, fork and wait.
  .sort((a, b) => Number(a.includes('interop')) - Number(b.includes('interop')) || a.localeCompare(b));
if (files.length === 0) {
  console.error(`No test file matches ${parts.join(' ')}. Build first: npm run build`);
  process.exit(2);
}
const counts = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const stream = run({ files, concurrency: 2, timeout: 600_000 });
const leaf = (event) => event.details?.type !== 'suite' && !event.name.endsWith('.test.js');
stream.on('test:pass', (event) => {
  if (!leaf(event)) return;
  if (event.skip !== undefined) counts.skipped += 1;
  else counts.passed += 1;
});
stream.on('test:fail', (event) => {
  if (event.details?.type === 'suite' || event.details?.error?.failureType === 'subtestsFailed') return;
  counts.failed += 1;
  failures.push(`${event.file ?? ''} ${event.name}`);
});
stream.compose(new spec()).pipe(process.stdout);
stream.on('end', () => {
  setImmediate(() => {
    for (const failure of failures) console.log(`failed: ${failure}`);
    console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
  });
});
