import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '../../../admin/status.ts';
import { lengthOfTime, statusLines } from '../../../cli/status-lines.ts';

const status: Status = {
  version: '1.2.3',
  domains: ['example.org', 'example.net'],
  listening: ['udp:0.0.0.0:5060'],
  database: 'p.sqlite',
  uptimeSeconds: 273_600,
  intervalSeconds: 1.002,
  registrations: 1_234_567,
  publications: 0,
  subscriptions: { presence: { active: 1200, pending: 2 } },
  connections: { tcp: 4, tls: 0 },
  transactions: { server: 1, client: 2, completed: 30_000 },
  rates: {
    received: 1234.4,
    sent: 0.26,
    malformed: 0,
    overload: 0,
    requests: { INVITE: 1, REGISTER: 20.6 },
    responses: {},
  },
  queues: { notifiesInFlight: 1, notifiesWaiting: 2, changesWaiting: 1 },
  process: { memoryBytes: 104_857_600, cpuShare: 0.123, busyShare: 1 },
};

test('the server at a glance fits one screen and reads well', () => {
  const lines = statusLines(status);
  assert.ok(lines.length <= 24);
  assert.equal(lines[0], 'Pharos 1.2.3, up 3 d 4 h; rates over 1.0 s');
  const text = lines.join('\n');
  for (const part of [
    'registrations  1,234,567\n',
    'presence 1,200 active, 2 pending',
    '1,234/s received, 0.3/s sent',
    'REGISTER 21/s, INVITE 1/s',
    'responses      none',
    '1 change waiting for the disk',
    '100 MiB, processor 12 %, event loop busy 100 %',
  ])
    assert.ok(text.includes(part), `${part} in\n${text}`);
});

test('a length of time is told in its two largest units', () => {
  const told = [0, 59, 60, 3600, 3661, 86_400, 90_061].map(lengthOfTime);
  assert.deepEqual(told, ['0 s', '59 s', '1 min', '1 h', '1 h 1 min', '1 d', '1 d 1 h']);
});
