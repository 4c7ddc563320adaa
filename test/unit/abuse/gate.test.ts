import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdmission, createGate } from '../../../abuse/gate.ts';
import { createAccessList } from '../../../auth/access-list.ts';
import { seconds } from '../../../kernel/clock.ts';
import type { AbuseConfig } from '../../../abuse/settings.ts';
import { fakeFlow } from '../../support/sip-incoming.ts';
import { createAbuseBed } from './bed.ts';

function create(config: Partial<AbuseConfig> = {}, accessRules: readonly string[] = []) {
  const bed = createAbuseBed(config);
  const dropped = { count: 0, add: () => (dropped.count += 1) };
  const parts = {
    ...bed,
    exempt: bed.deps.exempt,
    access: createAccessList({ accessRules }),
    shedding: { refuse: () => undefined },
    userRates: { hold: () => undefined },
    trusts: ({ remote }: { remote: { host: string } }) => remote.host === '198.51.100.9',
    dropped,
  };
  return { ...bed, dropped, admission: createAdmission(parts), gate: createGate(parts) };
}
const statusOf = (verdict: ReturnType<ReturnType<typeof create>['gate']['admit']>): unknown =>
  typeof verdict === 'object' ? verdict.status : verdict;

test('the banned are dropped unread, and counted', () => {
  const { bans, admission, dropped } = create();
  assert.equal(admission.admits('192.0.2.7', 5060), true);
  bans.impose('192.0.2.7', 5060, 'x', seconds(60));
  assert.equal(admission.admits('192.0.2.7', 5060), false);
  assert.equal(dropped.count, 1);
});

test('networks of a drop rule are dropped unread; other rules are judged by request', () => {
  const { admission, gate, from } = create({}, ['drop network=203.0.113.0/24', 'deny method=INVITE']);
  assert.equal(admission.admits('203.0.113.9'), false);
  assert.equal(admission.admits('192.0.2.7'), true);
  const call = from('192.0.2.7', { method: 'INVITE', uri: 'sip:alice@example.com' });
  assert.equal(statusOf(gate.admit(call.request, call.flow)), 403);
  const register = from('192.0.2.7');
  assert.equal(gate.admit(register.request, register.flow), undefined);
});

test('a program of this machine that is banned is not answered, where the transport could not tell it', () => {
  const { bans, admission, gate, from } = create();
  bans.impose('127.0.0.1', 5060, 'x', seconds(60));
  assert.equal(admission.admits('127.0.0.1'), true);
  const request = from('127.0.0.1');
  assert.equal(gate.admit(request.request, request.flow), 'drop');
});

test('a source that goes too fast is answered without a transaction; who shows credentials is looked at', () => {
  const { watch, gate, from } = create({ sourceRate: '1/s burst 1' });
  for (let at = 0; at < 3; at += 1) watch.unproven(from('192.0.2.7'));
  const bare = from('192.0.2.7');
  assert.equal(statusOf(gate.admit(bare.request, bare.flow)), 503);
  const shown = from('192.0.2.7', { headers: ['Authorization: Digest username="alice"'] });
  assert.equal(gate.admit(shown.request, shown.flow), undefined);
  const within = from('192.0.2.7', { toTag: 'x' });
  assert.equal(gate.admit(within.request, within.flow), undefined);
  const other = from('192.0.2.8');
  assert.equal(gate.admit(other.request, other.flow), undefined);
});

test('malformed messages are answered so long as they are few, then not at all, then their source is banned', () => {
  const { gate, admission, isBanned } = create({ sourceRate: '1/s burst 10', banOffences: 50 });
  const flow = fakeFlow('192.0.2.7');
  const answered = Array.from({ length: 50 }, () => gate.onFault(flow, false));
  assert.deepEqual(answered.filter(Boolean).length, 10);
  assert.equal(isBanned('192.0.2.7'), false, 'fifty are not yet a flood');
  for (let at = 0; at < 500; at += 1) admission.onMalformed('192.0.2.7', 5060);
  assert.equal(isBanned('192.0.2.7'), true);
  assert.equal(gate.onFault(flow, true), false);
});

test('a trusted peer is always told what is wrong', () => {
  const { gate } = create({ sourceRate: '1/s burst 1' });
  for (let at = 0; at < 5; at += 1) assert.equal(gate.onFault(fakeFlow('198.51.100.9'), false), true);
});

test('refusals beyond some are silence, which costs less, and another source is still told', () => {
  const { watch, gate, from } = create({ sourceRate: '1/s burst 1', banAutomatically: false });
  for (const host of ['192.0.2.7', '192.0.2.8']) for (let at = 0; at < 2; at += 1) watch.unproven(from(host));
  const bare = from('192.0.2.7');
  const verdicts = Array.from({ length: 600 }, () => statusOf(gate.admit(bare.request, bare.flow)));
  assert.equal(verdicts.filter((verdict) => verdict === 503).length, 500);
  assert.equal(verdicts.filter((verdict) => verdict === 'drop').length, 100);
  const other = from('192.0.2.8');
  assert.equal(statusOf(gate.admit(other.request, other.flow)), 503);
});
