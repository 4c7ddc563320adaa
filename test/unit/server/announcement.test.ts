import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announcement } from '../../../server/announcement.ts';

test('the start tells what listens where, the domain, the database and what to do next', () => {
  const lines = announcement({
    version: '0.1.0',
    domains: ['example.org', 'example.net'],
    listening: ['udp 0.0.0.0:5060', 'tcp 0.0.0.0:5060'],
    database: './data/pharos.sqlite',
    databaseCreated: true,
    accounts: 0,
    options: '--domain example.org',
  });
  const text = lines.join('\n');
  assert.match(text, /Pharos 0\.1\.0 is ready\./);
  assert.match(text, / {2}domain {5}example\.org, example\.net\n/);
  assert.match(text, / {2}listening {2}udp 0\.0\.0\.0:5060\n {13}tcp 0\.0\.0\.0:5060\n/);
  assert.match(text, /\.\/data\/pharos\.sqlite \(made just now\), 0 accounts/);
  assert.match(text, /npx pharos user add alice@example\.org --domain example\.org\n/);
  assert.match(text, /npm run demo/);
});
