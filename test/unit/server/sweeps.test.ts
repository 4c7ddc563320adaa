import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import { silentLog } from '../../../kernel/log.ts';
import { startSweeps } from '../../../server/sweeps.ts';
import { createFakeTime } from '../../support/fake-time.ts';

test('every sweep runs at every beat, also when one before it fails', async () => {
  const time = createFakeTime(0);
  const failures: string[] = [];
  const log: Log = { ...silentLog, error: (_event, fields) => void failures.push(String(fields?.['sweep'])) };
  const ran: number[] = [];
  const sweeps = startSweeps({ ...time, log }, milliseconds(1000), [
    { name: 'broken', run: () => Promise.reject(new Error('broken')) },
    { name: 'good', run: (now) => ran.push(now) },
  ]);
  await time.advanceAsync(3000);
  assert.deepEqual(ran, [1000, 2000, 3000]);
  assert.deepEqual(failures, ['broken', 'broken', 'broken']);
  await sweeps.stop();
  await time.advanceAsync(5000);
  assert.equal(ran.length, 3);
  assert.equal(time.pending, 0);
});
