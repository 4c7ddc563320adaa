import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overloadSection } from '../../../abuse/overload-settings.ts';
import { createShedding } from '../../../abuse/shedding.ts';
import { defaultsOf } from '../../../config/section.ts';
import { instant } from '../../../kernel/clock.ts';
import { createMeter } from '../../../kernel/meter.ts';
import { fakeFlow } from '../../support/sip-incoming.ts';
import { requestOf } from '../../support/sip-text.ts';

const peer = fakeFlow('198.51.100.9');
const phone = fakeFlow('192.0.2.7');
const create = (shed: number) =>
  createShedding(
    {
      load: { shed, changedAt: instant(1_282_321_615_782), stop: () => undefined },
      meter: createMeter(),
      trusts: (flow) => flow === peer,
    },
    defaultsOf(overloadSection),
  );
const invite = (via = 'Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1', uri = 'sip:b@example.com') =>
  requestOf([
    `INVITE ${uri} SIP/2.0`,
    via,
    'From: <sip:a@example.com>;tag=1',
    'To: <sip:b@example.com>',
    'Call-ID: c',
    'CSeq: 1 INVITE',
  ]);
const statuses = (shed: number, request = invite(), flow = phone): readonly (number | undefined)[] => {
  const shedding = create(shed);
  return Array.from({ length: 200 }, () => shedding.refuse(request, flow)?.status);
};
const refusedOf = (all: readonly (number | undefined)[]): number => all.filter((status) => status === 503).length;

test('refuses nothing without overload', () => {
  assert.equal(refusedOf(statuses(0)), 0);
});

test('refuses its share of ordinary requests and no emergency (RFC 7339 §5.10.1)', () => {
  const refused = refusedOf(statuses(0.4));
  assert.ok(refused > 70 && refused < 110, String(refused));
  assert.equal(refusedOf(statuses(0.95, invite(undefined, 'urn:service:sos.fire'))), 0);
});

test('phones are told to come again at different times (RFC 3261 §21.5.4)', () => {
  const shedding = create(0.95);
  const waits = new Set<string | undefined>();
  for (let at = 0; at < 50; at += 1) {
    const refusal = shedding.refuse(invite(), phone);
    if (refusal !== undefined) waits.add(refusal.headers?.[0]?.[1]);
  }
  assert.ok(waits.size > 5 && [...waits].every((wait) => Number(wait) >= 5 && Number(wait) <= 15));
});

test('a proxy without overload control gets 503 without Retry-After (RFC 7339 §5.10.2)', () => {
  const shedding = create(0.95);
  const behind = invite('Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1, SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK2');
  for (const [request, flow] of [
    [invite(), peer],
    [behind, phone],
  ] as const) {
    const refusals = Array.from({ length: 20 }, () => shedding.refuse(request, flow)).filter(
      (one) => one !== undefined,
    );
    assert.ok(refusals.length > 10 && refusals.every(({ headers }) => headers?.length === 0));
  }
});

test('a trusted peer with overload control has left out its share already; a stranger only says so (RFC 7339 §7.2)', () => {
  const announcing = invite('Via: SIP/2.0/UDP 198.51.100.9;branch=z9hG4bK1;oc;oc-algo="loss,A"');
  assert.equal(refusedOf(statuses(0.5, announcing, peer)), 0);
  assert.ok(refusedOf(statuses(0.5, announcing, phone)) > 50);
});

test('tells the share, its validity and an ever growing number (RFC 7339 §5.2, §6)', () => {
  assert.equal(create(0.2).parameters(), ';oc=20;oc-algo="loss";oc-validity=1000;oc-seq=1282321615.782');
});

test('without overload it tells 0, valid for nothing (RFC 7339 §5.1, §5.7)', () => {
  assert.equal(create(0).parameters(), ';oc=0;oc-algo="loss";oc-validity=0;oc-seq=1282321615.782');
});
