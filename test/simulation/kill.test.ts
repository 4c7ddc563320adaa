import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { killRounds } from '../../tools/live/kill.ts';

/** A sample; `node dist/bench/kill.js 20` is the full run. */
const rounds = Number(process.env['PHAROS_KILL_ROUNDS'] ?? 3);

test(`kill -9 under load ${String(rounds)} times loses nothing that was acknowledged`, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'pharos-kill-'));
  try {
    const report = await killRounds({
      rounds,
      users: 400,
      database: join(folder, 'pharos.sqlite'),
      say: (line) => context.diagnostic(line),
    });
    assert.deepEqual(report.losses, []);
    assert.ok(report.checked.registrations > 50, 'registrations were checked');
    assert.ok(report.checked.publications > 50, 'publications were checked');
    assert.ok(report.checked.subscriptions > 50, 'subscriptions were checked');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
