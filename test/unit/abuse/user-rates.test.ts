import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUserRates } from '../../../abuse/user-rates.ts';
import { aorFromStore } from '../../../kernel/aor.ts';
import type { Identity } from '../../../sip-stack/incoming.ts';
import { createAbuseBed } from './bed.ts';

const proved = (user: string): Identity => ({ kind: 'authenticated', aor: aorFromStore(`sip:${user}@example.com`) });

function create(userRates: readonly string[]) {
  const bed = createAbuseBed();
  const rates = createUserRates(bed.deps, { userRates });
  const judge = (user: string, method: string, host = '192.0.2.7', headers: readonly string[] = []) =>
    rates.judge(proved(user), bed.from(host, { method, headers }));
  return { ...bed, rates, judge };
}

test('a client that floods with SUBSCRIBE is held; others, and its own other requests, are not', () => {
  const { judge, time, figure } = create(['SUBSCRIBE+PUBLISH 10/s burst 100', '* 50/s burst 50']);
  let passed = 0;
  for (let second = 0; second < 10; second += 1) {
    for (let count = 0; count < 1000; count += 1) if (judge('baresip', 'SUBSCRIBE') === undefined) passed += 1;
    assert.equal(judge('alice', 'SUBSCRIBE'), undefined, 'from the same address');
    assert.equal(judge('baresip', 'REGISTER'), undefined);
    time.advance(1000);
  }
  assert.ok(passed >= 190 && passed <= 200, String(passed));
  assert.equal(judge('baresip', 'PUBLISH')?.status, undefined, 'a second later there is room');
  assert.equal(figure('pharos_abuse_refused_total', 'user'), 10_000 - passed);
});

test('the answer says when there is room (RFC 3261 §21.5.4)', () => {
  const { judge } = create(['MESSAGE 6/m burst 1']);
  assert.equal(judge('alice', 'MESSAGE'), undefined);
  const refusal = judge('alice', 'MESSAGE');
  assert.deepEqual([refusal?.status, refusal?.headers], [503, [['Retry-After', '10']]]);
});

test('through another proxy it is 500, lest that shun us for all its users (RFC 3261 §21.5.1)', () => {
  const { judge } = create(['* 1/s burst 1']);
  const behind = ['Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx'];
  judge('alice', 'MESSAGE', '192.0.2.7', behind);
  const refusal = judge('alice', 'MESSAGE', '192.0.2.7', behind);
  assert.deepEqual([refusal?.status, refusal?.headers], [500, [['Retry-After', '1']]]);
});

test('who is not proved, a trusted peer, and this machine have no rate here', () => {
  const { rates, from, judge } = create(['* 1/s burst 1']);
  for (const identity of [{ kind: 'anonymous' }, { kind: 'trusted-peer', aor: aorFromStore('sip:a@b') }] as const)
    for (let count = 0; count < 5; count += 1) assert.equal(rates.judge(identity, from('192.0.2.7')), undefined);
  for (let count = 0; count < 5; count += 1) assert.equal(judge('alice', 'MESSAGE', '127.0.0.1'), undefined);
});

test('a method that no rule names is free', () => {
  const { judge } = create(['MESSAGE 1/s burst 1']);
  for (let count = 0; count < 5; count += 1) assert.equal(judge('alice', 'INVITE'), undefined);
});

test('who went too fast is held at the door until there is room, by his source and method alone', () => {
  const { judge, rates, from, time } = create(['SUBSCRIBE 10/s burst 1', '* 1/s burst 9']);
  const held = (method: string, host: string, user = 'alice') => {
    const { request, flow } = from(host, { method, from: `sip:${user}@example.com` });
    return rates.hold(request, flow)?.status;
  };
  assert.equal(held('SUBSCRIBE', '192.0.2.7'), undefined);
  judge('alice', 'SUBSCRIBE');
  assert.equal(judge('alice', 'SUBSCRIBE')?.status, 503);
  assert.equal(held('SUBSCRIBE', '192.0.2.7'), 503);
  assert.equal(held('REGISTER', '192.0.2.7'), undefined);
  assert.equal(held('SUBSCRIBE', '192.0.2.7', 'bob'), undefined);
  assert.equal(held('SUBSCRIBE', '192.0.2.8'), undefined, 'his name in the mouth of another does him no harm');
  time.advance(100);
  assert.equal(held('SUBSCRIBE', '192.0.2.7'), undefined);
  assert.equal(judge('alice', 'SUBSCRIBE'), undefined);
});
