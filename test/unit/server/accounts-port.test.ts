import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccounts } from '../../../auth/accounts.ts';
import { authTables } from '../../../auth/tables.ts';
import { createMemoryStore } from '../../../db/backends/memory.ts';
import { fail, ok } from '../../../kernel/result.ts';
import { accountsPort } from '../../../server/accounts-port.ts';
import { createFakeTime } from '../../support/fake-time.ts';

const portOver = (domains: readonly string[]): ReturnType<typeof accountsPort> => {
  const store = createMemoryStore({ tables: authTables });
  return accountsPort(createAccounts({ store, clock: createFakeTime(0).clock }), domains);
};

test('an account is put, found there, replaced, listed and removed', async () => {
  const port = portOver(['example.org']);
  assert.deepEqual(await port.put('alice@Example.org', 'a', 'refuse'), ok('added'));
  assert.deepEqual(await port.put('alice@example.org', 'b', 'refuse'), ok('present'));
  assert.deepEqual(await port.put('alice@example.org', 'b', 'replace'), ok('replaced'));
  assert.deepEqual(await port.setPassword('alice@example.org', 'c'), ok(undefined));
  assert.deepEqual([...port.list()], [{ user: 'alice@example.org', createdAt: '1970-01-01T00:00:00.000Z' }]);
  assert.deepEqual(await port.remove('alice@example.org'), ok(undefined));
  assert.deepEqual(await port.remove('alice@example.org'), fail('there is no account alice@example.org'));
});

test('a domain that is not ours, an address that is none and a bad name are told in words', async () => {
  const port = portOver(['example.org', 'example.net']);
  const faultOf = async (user: string): Promise<string> => {
    const outcome = await port.put(user, 'x', 'refuse');
    return outcome.ok ? '' : outcome.fault;
  };
  assert.match(
    await faultOf('alice@example.com'),
    /example\.com is not a domain of this server \(example\.org, example\.net\)/,
  );
  assert.match(await faultOf('alice'), /not an address: write user@domain/);
  assert.match(await faultOf('a b@example.org'), /the user name has a space/);
});
