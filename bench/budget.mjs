// Holds a comparison (measure.py compare --out FILE) against bench/budget.json: a ratio 10 % above what was reached once fails.
// Usage: node bench/budget.mjs FILE
import { readFileSync } from 'node:fs';

const { tolerance, ratios } = JSON.parse(readFileSync(new URL('budget.json', import.meta.url), 'utf8'));
const { rows } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
let over = 0;
for (const { a, b } of rows) {
  const budget = ratios[a.test];
  if (budget === undefined || a.cpu === 0) continue;
  const ratio = b.cpu / a.cpu;
  const holds = ratio <= budget.reached * tolerance;
  if (!holds) over += 1;
  const verdict = `${holds ? 'holds' : 'OVER '}  ${a.test.padEnd(34)} ${ratio.toFixed(2)} of the peer's CPU`;
  console.log(`${verdict}  reached ${budget.reached}  asked now ${budget.now ?? '-'}  one day ${budget.oneDay ?? '-'}`);
}
process.exit(over === 0 ? 0 : 1);
