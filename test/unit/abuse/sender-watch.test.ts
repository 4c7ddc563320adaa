import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AbuseConfig } from '../../../abuse/settings.ts';
import { connectionFrom, createAbuseBed } from './bed.ts';

const office = '192.0.2.7';
type Bed = ReturnType<typeof createAbuseBed>;

/** Tries a wrong password as a client does that never tires; tells how many were looked at. */
function guess(bed: Bed, names: readonly string[], host = office): number {
  let tried = 0;
  for (const name of names) {
    if (bed.watch.mayTry(bed.from(host), name) > 0) continue;
    tried += 1;
    bed.watch.failed(bed.from(host), name);
  }
  return tried;
}
const many = (count: number, name: (at: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, at) => name(at));

test('one name has so many tries and then one now and then; other names and sources do not notice', () => {
  const bed = createAbuseBed({ passwordTries: '6/m burst 10' });
  assert.equal(
    guess(
      bed,
      many(100, () => 'alice'),
    ),
    10,
  );
  assert.equal(bed.watch.mayTry(bed.from(office), 'alice'), 10, 'seconds until the next');
  assert.equal(bed.watch.mayTry(bed.from(office), 'bob'), 0);
  assert.equal(bed.watch.mayTry(bed.from('192.0.2.8'), 'alice'), 0);
  bed.time.advance(10_000);
  assert.equal(bed.watch.mayTry(bed.from(office), 'alice'), 0);
});

test('a phone with a wrong password, however long it goes on, bans nobody', () => {
  const bed = createAbuseBed();
  for (let minute = 0; minute < 24 * 60; minute += 1) {
    guess(
      bed,
      many(3, () => 'alice'),
    );
    bed.time.advance(60_000);
  }
  assert.equal(bed.isBanned(office), false);
});

test('whoever tries many names is banned', () => {
  const bed = createAbuseBed({ banOffences: 50 });
  guess(
    bed,
    many(50, (at) => `u${String(at)}`),
  );
  assert.equal(bed.isBanned(office), false);
  guess(bed, ['one-more']);
  assert.equal(bed.isBanned(office), true);
});

test('where a user has proved himself it takes ten times as many', () => {
  const bed = createAbuseBed({ banOffences: 50 });
  const flow = connectionFrom(office);
  bed.watch.proved(bed.request({ flow }));
  for (let at = 0; at < 450; at += 1) bed.watch.failed(bed.request({ flow }), `u${String(at)}`);
  assert.equal(bed.isBanned(office), false);
  for (let at = 450; at < 520; at += 1) bed.watch.failed(bed.request({ flow }), `u${String(at)}`);
  assert.equal(bed.isBanned(office), true);
});

test('forged datagrams shut nobody out where a user has proved himself', () => {
  const bed = createAbuseBed();
  bed.watch.proved(bed.from(office));
  bed.watch.unproven(bed.from(office, { headers: ['User-Agent: friendly-scanner'] }));
  for (let at = 0; at < 10_000; at += 1) bed.offences.commit(office, 5060, 'malformed', true);
  assert.equal(bed.isBanned(office), false);
  bed.time.advance(3 * 3_600_000);
  bed.watch.unproven(bed.from(office, { headers: ['User-Agent: friendly-scanner'] }));
  assert.equal(bed.isBanned(office), true, 'long after the last proof it is a source like any other');
});

for (const agent of ['friendly-scanner', 'sipcli/v1.8', 'VaxSIPUserAgent/3.1', 'SIPVicious 0.3']) {
  test(`${agent} is refused and banned at its first request`, () => {
    const bed = createAbuseBed();
    const refusal = bed.watch.unproven(bed.from(office, { headers: [`User-Agent: ${agent}`] }));
    assert.equal(refusal?.status, 403);
    assert.equal(bed.isBanned(office), true);
  });
}

test('phones are no scanners', () => {
  const bed = createAbuseBed();
  for (const agent of ['Linphone/5.2', 'baresip v3.5', 'sipsak 0.9', 'Yealink SIP-T46U', 'SIPp'])
    assert.equal(bed.watch.unproven(bed.from(office, { headers: [`User-Agent: ${agent}`] })), undefined);
  assert.equal(bed.isBanned(office), false);
});

test('looking for users by calling name after name is banned; calling one wrong name again and again is not', () => {
  const bed = createAbuseBed({ banOffences: 20 });
  const call = (name: string): void => {
    bed.watch.unproven(
      bed.from(office, { method: 'INVITE', uri: `sip:${name}@example.com`, from: 'sip:e@example.net' }),
    );
  };
  for (let count = 0; count < 200; count += 1) call('old-colleague');
  for (let count = 0; count < 200; count += 1) call('alice');
  assert.equal(bed.isBanned(office), false);
  many(21, (at) => String(100 + at)).forEach(call);
  assert.equal(bed.isBanned(office), true);
  assert.equal(bed.figure('pharos_abuse_offences_total', 'unknown-user'), 22);
});

test('what proves nothing is taken so fast, then answered 503 with the time to wait; a flood of it is banned', () => {
  const bed = createAbuseBed({ sourceRate: '10/s burst 20', banOffences: 5 });
  const statuses = many(21, () => '').map(() => bed.watch.unproven(bed.from(office))?.status);
  assert.deepEqual(
    statuses.filter((status) => status !== undefined),
    [503],
  );
  assert.deepEqual(bed.watch.unproven(bed.from(office))?.headers, [['Retry-After', '1']]);
  assert.equal(bed.sourceRate.wait(bed.from(office).flow), 1, 'the gate knows');
  assert.equal(bed.sourceRate.wait(bed.from('192.0.2.8').flow), 0);
  assert.equal(bed.isBanned(office), false);
  for (let count = 0; count < 600; count += 1) bed.watch.unproven(bed.from(office));
  assert.equal(bed.isBanned(office), true);
});

test('programs of this machine have no rate, but are banned like others', () => {
  const bed = createAbuseBed({ sourceRate: '1/s burst 1' });
  for (let count = 0; count < 100; count += 1) assert.equal(bed.watch.unproven(bed.from('127.0.0.1')), undefined);
  guess(
    bed,
    many(60, (at) => `u${String(at)}`),
    '127.0.0.1',
  );
  assert.equal(bed.isBanned('127.0.0.1'), true);
  assert.equal(bed.isBanned('127.0.0.1', 6000), false);
});

test('bans of the server can be turned off, at once', () => {
  const config: Partial<AbuseConfig> = { banAutomatically: false };
  const bed = createAbuseBed(config);
  bed.watch.unproven(bed.from(office, { headers: ['User-Agent: sipvicious'] }));
  assert.equal(bed.isBanned(office), false);
});

test('a wrong password in a tight loop is banned, one that is repeated at the pace of phones is not', () => {
  const slow = createAbuseBed();
  for (let second = 0; second < 3600; second += 1) {
    guess(
      slow,
      many(10, () => 'alice'),
    );
    slow.time.advance(1000);
  }
  assert.equal(slow.isBanned(office), false);
  const fast = createAbuseBed();
  guess(
    fast,
    many(2000, () => 'alice'),
  );
  assert.equal(fast.isBanned(office), true);
});
