import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountsPort } from '../../../admin/accounts-port.ts';
import { openLocalDoor } from '../../../admin/control-door.ts';
import type { ControlDoor } from '../../../admin/control-operation.ts';
import { userOperations } from '../../../admin/user-operations.ts';
import { limits } from '../../../kernel/limits.ts';
import { fail, ok } from '../../../kernel/result.ts';

function accountsInMemory(): AccountsPort & { readonly passwords: Map<string, string> } {
  const passwords = new Map<string, string>();
  const known = (user: string): ReturnType<typeof fail<string>> | undefined =>
    passwords.has(user) ? undefined : fail(`there is no account ${user}`);
  return {
    passwords,
    put(user, password, whenPresent) {
      if (!user.endsWith('@example.org')) return Promise.resolve(fail(`${user} is not in a domain of this server`));
      const present = passwords.has(user);
      if (present && whenPresent === 'refuse') return Promise.resolve(ok('present'));
      passwords.set(user, password);
      return Promise.resolve(ok(present ? 'replaced' : 'added'));
    },
    setPassword: (user, password) => Promise.resolve(known(user) ?? ok(void passwords.set(user, password))),
    remove: (user) => Promise.resolve(known(user) ?? ok(void passwords.delete(user))),
    list: () => [...passwords.keys()].map((user) => ({ user, createdAt: '1970-01-01T00:00:00.000Z' })),
  };
}

const doorTo = (accounts: AccountsPort): ControlDoor =>
  openLocalDoor(userOperations(accounts), () => Promise.resolve());

test('an account is added once, listed in order, changed and removed', async () => {
  const accounts = accountsInMemory();
  const door = doorTo(accounts);
  assert.ok((await door.call('user.add', { user: 'bob@example.org', password: 'b' })).ok);
  assert.ok((await door.call('user.add', { user: 'alice@example.org', password: 'a' })).ok);
  const again = await door.call('user.add', { user: 'alice@example.org', password: 'x' });
  assert.ok(!again.ok && /exists already/.test(again.fault));
  const users: unknown[] = [];
  await door.call('user.list', {}, (item) => users.push((item as { user: string }).user));
  assert.deepEqual(users, ['alice@example.org', 'bob@example.org']);
  assert.ok((await door.call('user.passwd', { user: 'alice@example.org', password: 'new' })).ok);
  assert.equal(accounts.passwords.get('alice@example.org'), 'new');
  assert.ok((await door.call('user.remove', { user: 'bob@example.org' })).ok);
  assert.equal(accounts.passwords.size, 1);
  assert.deepEqual(
    await door.call('user.remove', { user: 'bob@example.org' }),
    fail('there is no account bob@example.org'),
  );
});

test('arguments that are missing, empty, too long or no text are refused', async () => {
  const door = doorTo(accountsInMemory());
  for (const args of [
    {},
    { user: 5, password: 'a' },
    { user: 'a@example.org' },
    { user: '', password: 'a' },
    { user: 'a@example.org', password: 'x'.repeat(2_000) },
    { user: 'a@example.org', password: 'a\nb' },
  ]) {
    assert.equal((await door.call('user.add', args)).ok, false, JSON.stringify(args));
  }
});

test('an import adds what is good, tells what is not, and leaves or replaces what is there', async () => {
  const accounts = accountsInMemory();
  const door = doorTo(accounts);
  const reports: unknown[] = [];
  const users = [['a@example.org', 'a'], ['b@example.org', 'b'], ['c@elsewhere.org', 'c'], ['d@example.org']];
  await door.call('user.import', { users }, (item) => reports.push(item));
  await door.call('user.import', { users: [['a@example.org', 'new']] }, (item) => reports.push(item));
  await door.call('user.import', { users: [['b@example.org', 'new']], replace: true }, (item) => reports.push(item));
  assert.deepEqual(reports, [
    {
      added: 2,
      replaced: 0,
      present: 0,
      faults: [
        { at: 2, fault: 'c@elsewhere.org is not in a domain of this server' },
        { at: 3, fault: 'password is missing' },
      ],
    },
    { added: 0, replaced: 0, present: 1, faults: [] },
    { added: 0, replaced: 1, present: 0, faults: [] },
  ]);
  assert.deepEqual([...accounts.passwords.values()], ['a', 'new']);
  const tooMany = Array.from({ length: limits.controlImportBatchMax + 1 }, () => ['a@example.org', 'a']);
  assert.equal((await door.call('user.import', { users: tooMany })).ok, false);
});
