// `npm run check`: everything a change must hold, one line a step, the output of a step only when it fails.
// `npm run check -- static` leaves the tests out (CI has run them before); `npm run check -- NAME ...` runs some steps.
import { spawnSync } from 'node:child_process';

const steps = [
  ['format', 'biome', ['format', '.']],
  ['types', 'tsc', ['-p', '.']],
  ['docs', 'node', ['tools/docs.mjs', '--check']],
  ['floors', 'depcruise', ['.', '--config', '.dependency-cruiser.cjs', '--output-type', 'err-long']],
  ['dead-code', 'knip', ['--no-progress']],
  ['lint', 'eslint', ['.', '--max-warnings', '0', '--cache', '--cache-location', 'node_modules/.cache/eslint/']],
  ['tests', 'node', ['tools/test.mjs']],
];
const asked = process.argv.slice(2);
const chosen = steps.filter(([name]) =>
  asked[0] === 'static' ? name !== 'tests' : asked.length === 0 || asked.includes(name),
);
const env = { ...process.env, PATH: `node_modules/.bin:${process.env.PATH}` };
const started = Date.now();
let failed = 0;
for (const [name, command, args] of chosen) {
  const begun = Date.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, { env, encoding: 'utf8', maxBuffer: 1 << 28 });
  const took = `${((Date.now() - begun) / 1000).toFixed(1)} s`;
  if (status === 0) {
    const counts = name === 'tests' ? `  ${/\d+ passed, \d+ failed.*/.exec(stdout)?.[0] ?? ''}` : '';
    console.log(`ok    ${name.padEnd(10)} ${took}${counts}`);
    continue;
  }
  failed += 1;
  console.log(`FAIL  ${name.padEnd(10)} ${took}\n${error?.message ?? ''}${stdout}${stderr}`);
}
console.log(
  `${failed === 0 ? 'All steps hold' : `${failed} of ${chosen.length} steps failed`} (${((Date.now() - started) / 1000).toFixed(0)} s)`,
);
process.exit(failed === 0 ? 0 : 1);
