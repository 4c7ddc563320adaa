// kill -9 under load: `node dist/bench/kill.js [ROUNDS=20] [USERS=2000]`. Exit 1 when anything acknowledged was lost.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killRounds } from '../tools/live/kill.ts';

const folder = mkdtempSync(join(tmpdir(), 'pharos-kill-'));
const report = await killRounds({
  rounds: Number(process.argv[2] ?? 20),
  users: Number(process.argv[3] ?? 2000),
  database: join(folder, 'pharos.sqlite'),
  say: console.log,
});
rmSync(folder, { recursive: true });
const { registrations, publications, subscriptions } = report.checked;
console.log(
  `${String(report.rounds)} kills, ${String(report.acknowledged)} acknowledged; asked again for ${String(registrations)} registrations, ` +
    `${String(publications)} publications, ${String(subscriptions)} subscriptions: ${String(report.losses.length)} lost`,
);
for (const loss of report.losses.slice(0, 20)) console.log(loss);
process.exit(report.losses.length === 0 ? 0 : 1);
