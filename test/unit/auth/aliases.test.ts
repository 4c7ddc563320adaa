import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAliases } from '../../../auth/aliases.ts';
import { aorFromStore } from '../../../kernel/aor.ts';
import { parseUri } from '../../../sip-stack/wire/uri.ts';
import { createAuthBed } from './bed.ts';

const smith = aorFromStore('sip:alice.smith@example.com');

test('another name of a user, in any spelling, leads to him (RFC 3261 §16.5)', async () => {
  const { aliases, domains } = await createAuthBed();
  assert.deepEqual(await aliases.add('alice.smith@EXAMPLE.org', 'sip:alice@example.com'), {
    ok: true,
    value: undefined,
  });
  assert.equal(aliases.resolve(smith), 'sip:alice@example.com');
  const uri = parseUri('sip:alice.smith@example.org:5060;transport=tcp');
  assert.ok(uri.ok);
  assert.equal(domains.localAor(uri.value), 'sip:alice@example.com');
});

test('a change holds at once, for an address that was just asked for too', async () => {
  const { aliases, domains } = await createAuthBed();
  const uri = parseUri('sip:alice.smith@example.com');
  assert.ok(uri.ok);
  assert.equal(domains.localAor(uri.value), smith);
  await aliases.add('alice.smith@example.com', 'alice@example.com');
  assert.equal(domains.localAor(uri.value), 'sip:alice@example.com');
  await aliases.remove('alice.smith@example.com');
  assert.equal(domains.localAor(uri.value), smith);
});

test('a number is an alias without its visual separators (RFC 3966 §5.1.1), and one may lead away', async () => {
  const { aliases } = await createAuthBed();
  await aliases.add('tel:+1-555-0100', 'carol@example.net');
  assert.equal(aliases.resolve(aorFromStore('tel:+15550100')), 'sip:carol@example.net');
  assert.equal(aliases.userOf(aorFromStore('tel:+15550100')), undefined, 'not one of us');
});

test('aliases outlive a restart', async () => {
  const { aliases, store, time } = await createAuthBed();
  await aliases.add('alice.smith@example.com', 'alice@example.com');
  const again = createAliases({ store, clock: time.clock, has: () => true, domainOf: (host) => host });
  assert.equal(again.resolve(smith), 'sip:alice@example.com');
  assert.deepEqual(
    again.list().map(({ alias }) => alias),
    [smith],
  );
});

for (const [alias, target, fault] of [
  ['alice@example.com', 'bob@example.com', 'alice@example.com has an account of its own; remove that first'],
  ['eve@example.net', 'bob@example.com', 'eve@example.net is not in a domain of this server'],
  ['example.com', 'bob@example.com', 'example.com cannot be an alias: write user@domain, or tel: and a number'],
  ['x@example.com', 'nobody@example.com', 'there is no account nobody@example.com'],
  ['x@example.com', 'b@example.com', 'b@example.com is itself an alias: name the user it stands for'],
  ['b@example.com', 'alice@example.com', 'b@example.com is an alias already; remove that first'],
  ['x@example.com', 'tel:123', 'an alias leads to user@domain'],
  ['<>', 'alice@example.com', '<> is no address (malformed host or port in URI): write user@domain'],
] as const) {
  test(`${alias} for ${target}: ${fault}`, async () => {
    const { aliases } = await createAuthBed();
    await aliases.add('b@example.com', 'bob@example.com');
    const added = await aliases.add(alias, target);
    assert.equal(added.ok ? 'added' : added.fault, fault);
  });
}

test('removing what is none is told', async () => {
  const { aliases } = await createAuthBed();
  const removed = await aliases.remove('x@example.com');
  assert.equal(removed.ok ? '' : removed.fault, 'there is no alias x@example.com');
});
