import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBans } from '../../../abuse/bans.ts';
import { seconds } from '../../../kernel/clock.ts';
import { createAbuseBed } from './bed.ts';

const minute = seconds(60);

test('a ban shuts one source out until it ends, is logged and counted', () => {
  const { bans, time, isBanned, lines, figure } = createAbuseBed();
  bans.impose('192.0.2.7', 5060, 'malformed', minute);
  assert.equal(isBanned('192.0.2.7', 9), true, 'whatever the port');
  assert.equal(isBanned('192.0.2.8'), false);
  assert.deepEqual(lines, [
    { event: 'source-banned', fields: { source: '192.0.2.7', reason: 'malformed', seconds: 60 } },
  ]);
  assert.equal(figure('pharos_abuse_bans_total'), 1);
  assert.equal(figure('pharos_abuse_bans'), 1);
  time.advance(60_000);
  assert.equal(isBanned('192.0.2.7'), false);
  bans.sweep(time.clock.now());
  assert.deepEqual(bans.list(), []);
  assert.equal(figure('pharos_abuse_bans'), 0);
  assert.equal(lines.at(-1)?.event, 'ban-ended');
});

test('an IPv6 source is its network of 64 bits; a program of this machine is address and port', () => {
  const { bans, isBanned } = createAbuseBed();
  bans.impose('2001:db8:1:2::7', 5060, 'scanner', minute);
  assert.equal(isBanned('2001:db8:1:2:ffff::1'), true);
  assert.equal(isBanned('2001:db8:1:3::7'), false);
  bans.impose('127.0.0.1', 40_000, 'scanner', minute);
  assert.equal(isBanned('127.0.0.1', 40_000), true);
  assert.equal(isBanned('127.0.0.1', 40_001), false);
  bans.impose('127.0.0.2', 40_000, 'scanner', minute);
  assert.equal(isBanned('127.0.0.2', 1), true, 'another address is another source');
  assert.equal(bans.isBanned('127.0.0.1', undefined), false, 'not told apart: let in');
});

test('the operator bans networks, and lifts what he and the server banned', async () => {
  const { bans, isBanned } = createAbuseBed();
  assert.ok((await bans.add('203.0.113.0/24', 'spam', minute)).ok);
  assert.ok((await bans.add('2001:DB8:0:1::/64', 'spam', minute)).ok);
  assert.equal(isBanned('203.0.113.200'), true);
  assert.equal(isBanned('2001:db8:0:1::5'), true);
  bans.impose('192.0.2.7', 5060, 'malformed', minute);
  for (const source of ['203.0.113.0/24', '2001:DB8:0:1::/64', '192.0.2.7']) assert.ok((await bans.remove(source)).ok);
  for (const host of ['203.0.113.200', '2001:db8:0:1::5', '192.0.2.7']) assert.equal(isBanned(host), false, host);
  const again = await bans.remove('192.0.2.7');
  assert.equal(again.ok ? '' : again.fault, '192.0.2.7 is not banned');
});

test('who is never banned is not: neither by the server, nor by name, nor with his network', async () => {
  const { bans, isBanned } = createAbuseBed({ neverBanned: ['192.0.2.7'] });
  bans.impose('192.0.2.7', 5060, 'scanner', minute);
  const added = await bans.add('192.0.2.7', 'x', minute);
  assert.equal(added.ok ? '' : added.fault, '192.0.2.7 is never banned (abuse.neverBanned, auth.trustedPeers)');
  assert.ok((await bans.add('192.0.2.0/24', 'x', minute)).ok);
  assert.equal(isBanned('192.0.2.7'), false);
  assert.equal(isBanned('192.0.2.8'), true);
});

test('bans outlive a restart', async () => {
  const { bans, deps } = createAbuseBed();
  bans.impose('192.0.2.7', 5060, 'scanner', minute);
  await bans.add('203.0.113.0/24', 'spam', minute);
  const after = createBans(deps);
  assert.equal(after.isBanned('192.0.2.7', 1), true);
  assert.equal(after.isBanned('203.0.113.9', 1), true);
});

for (const text of ['localhost', '192.0.2.7/40', '127.0.0.1', '']) {
  test(`'${text}' cannot be banned`, async () => {
    const { bans } = createAbuseBed();
    const added = await bans.add(text, 'x', minute);
    assert.equal(added.ok ? 'banned' : added.fault, `${text} is no address and no network such as 203.0.113.0/24`);
  });
}
