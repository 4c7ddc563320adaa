import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Accounts, aorOfLogin, createAccounts, ha1Stored } from '../../../auth/accounts.ts';
import { authTables } from '../../../auth/tables.ts';
import { createMemoryStore } from '../../../db/backends/memory.ts';
import { aorFromStore } from '../../../kernel/aor.ts';
import { ha1Of } from '../../../sip-stack/digest/algorithm.ts';
import { encodeUtf8 } from '../../../sip-stack/wire/text.ts';
import { createFakeTime } from '../../support/fake-time.ts';

const alice = { username: 'alice', domain: 'example.com' };

const create = (): Accounts =>
  createAccounts({ store: createMemoryStore({ tables: authTables }), clock: createFakeTime().clock });

test('keeps H(A1) for both algorithms and both forms of username, never the password (RFC 8760 §2.2)', async () => {
  const accounts = create();
  const added = await accounts.add(alice, 'Circle of Life');
  assert.ok(added.ok);
  const account = accounts.find(aorFromStore('sip:alice@example.com'));
  assert.ok(account !== undefined);
  assert.ok(!JSON.stringify(account).includes('Circle'));
  for (const algorithm of ['MD5', 'SHA-256'] as const) {
    for (const username of ['alice', 'alice@example.com']) {
      const expected = ha1Of(algorithm, username, 'example.com', 'Circle of Life');
      assert.equal(ha1Stored(account, algorithm, username), expected);
    }
  }
});

test('finds who digest credentials name, in that realm only', async () => {
  const accounts = create();
  await accounts.add(alice, 'secret');
  assert.equal(accounts.findByUsername('alice', 'example.com')?.aor, 'sip:alice@example.com');
  assert.equal(accounts.findByUsername('alice@Example.com', 'example.com')?.aor, 'sip:alice@example.com');
  for (const username of ['bob', 'Alice', 'alice@example.org', '', '@example.com', 'alice@']) {
    assert.equal(accounts.findByUsername(username, 'example.com'), undefined, username);
  }
  assert.equal(accounts.findByUsername('alice', 'example.org'), undefined);
});

test('a user name outside ASCII is found by its UTF-8 bytes', async () => {
  const accounts = create();
  const added = await accounts.add({ username: 'jäson', domain: 'example.com' }, 'secret');
  assert.ok(added.ok);
  assert.equal(accounts.findByUsername(encodeUtf8('jäson'), 'example.com')?.username, 'jäson');
  assert.equal(aorOfLogin({ username: 'jäson', domain: 'EXAMPLE.com' }), added.value.aor);
});

test('adds nobody twice, changes a password, removes', async () => {
  const accounts = create();
  const added = await accounts.add(alice, 'one');
  assert.deepEqual(await accounts.add({ username: 'alice', domain: 'EXAMPLE.COM' }, 'two'), {
    ok: false,
    fault: { kind: 'exists' },
  });
  const changed = await accounts.setPassword(alice, 'two');
  assert.ok(added.ok && changed.ok);
  assert.notEqual(changed.value.ha1Md5, added.value.ha1Md5);
  assert.equal(changed.value.createdAt, added.value.createdAt);
  assert.deepEqual(await accounts.remove(alice), { ok: true, value: undefined });
  assert.deepEqual(await accounts.remove(alice), { ok: false, fault: { kind: 'unknown' } });
  assert.deepEqual(await accounts.setPassword(alice, 'three'), { ok: false, fault: { kind: 'unknown' } });
  assert.ok(!accounts.has(aorOfLogin(alice)));
});

test('lists by domain and name', async () => {
  const accounts = create();
  for (const [username, domain] of [
    ['bob', 'b.org'],
    ['carol', 'a.org'],
    ['alice', 'b.org'],
  ] as const) {
    await accounts.add({ username, domain }, 'secret');
  }
  assert.deepEqual(
    accounts.list().map(({ aor }) => aor),
    ['sip:carol@a.org', 'sip:alice@b.org', 'sip:bob@b.org'],
  );
});

for (const [username, domain, password, reason] of [
  ['', 'example.com', 'x', /empty/],
  ['a b', 'example.com', 'x', /space/],
  ['a:b', 'example.com', 'x', /:/],
  ['alice@example.com', 'example.com', 'x', /@/],
  ['a"b', 'example.com', 'x', /"/],
  ['a\r\nb', 'example.com', 'x', /control/],
  ['a'.repeat(129), 'example.com', 'x', /128/],
  ['alice', '', 'x', /domain/],
  ['alice', 'exa mple', 'x', /domain/],
  ['alice', 'example.com', '', /password/],
  ['alice', 'example.com', 'x'.repeat(257), /256/],
] as const) {
  test(`refuses the account ${JSON.stringify([username.slice(0, 20), domain, password.length])}`, async () => {
    const added = await create().add({ username, domain }, password);
    assert.ok(!added.ok && added.fault.kind === 'invalid');
    assert.match(added.fault.reason, reason);
  });
}
