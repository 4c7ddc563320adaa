import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../../../kernel/clock.ts';
import { limits } from '../../../kernel/limits.ts';
import { createMeter } from '../../../kernel/meter.ts';
import type { Resolver } from '../../../net/dns.ts';
import { createResolver } from '../../../net/dns.ts';
import type { DnsAnswer, DnsClient, DnsType } from '../../../net/dns-records.ts';
import { parseHosts } from '../../../net/hosts.ts';
import type { FakeTime } from '../../support/fake-time.ts';
import { createFakeTime } from '../../support/fake-time.ts';

const noData: DnsAnswer = { kind: 'nothing', reason: 'NODATA', ttl: 20 };
const never = (): Promise<never> => new Promise(() => undefined);
const found = (ttl: number, ...records: string[]): DnsAnswer => ({ kind: 'found', records, ttl });

interface Bed {
  readonly resolver: Resolver;
  readonly time: FakeTime;
  readonly asked: string[];
  readonly figure: (name: string, outcome?: string) => number | undefined;
}

function resolverOn(answers: Partial<Record<DnsType, DnsAnswer | (() => Promise<DnsAnswer>)>>): Bed {
  const time = createFakeTime();
  const meter = createMeter();
  const asked: string[] = [];
  const dns = {
    ask(name: string, type: DnsType) {
      asked.push(`${type} ${name}`);
      const answer = answers[type] ?? noData;
      return typeof answer === 'function' ? answer() : Promise.resolve(answer);
    },
  } as DnsClient;
  const config = { ttlMax: seconds(600), negativeTtlMax: seconds(60), failureTtl: seconds(5) };
  const hosts = parseHosts('10.9.8.7 pbx\n2001:db8::7 pbx');
  return {
    resolver: createResolver({ clock: time.clock, meter, dns, hosts }, config),
    time,
    asked,
    figure: (name, outcome) =>
      meter.samples().find((sample) => sample.name === name && sample.labels['outcome'] === outcome)?.value,
  };
}

test('asks for AAAA and A and gives both, at once while they are remembered (RFC 3263 §4.2)', async () => {
  const bed = resolverOn({ A: found(60, '192.0.2.1'), AAAA: found(60, '2001:db8::1') });
  const both = { ok: true, value: ['2001:db8::1', '192.0.2.1'] };
  assert.deepEqual(await bed.resolver.addresses('SIP.Example.com.'), both);
  assert.deepEqual(bed.asked.sort(), ['A sip.example.com', 'AAAA sip.example.com']);
  assert.deepEqual(bed.resolver.addresses('sip.example.com'), both);
  assert.equal(bed.figure('pharos_dns_lookups_total', 'found'), 2);
  assert.equal(bed.figure('pharos_dns_lookups_total', 'remembered'), 2);
  assert.equal(bed.figure('pharos_dns_remembered'), 2);
});

test('asks only for the families that are spoken', async () => {
  const bed = resolverOn({ A: found(60, '192.0.2.1'), AAAA: found(60, '2001:db8::1') });
  const { resolver, asked } = bed;
  assert.deepEqual(await resolver.addresses('a.test', { four: true, six: false }), { ok: true, value: ['192.0.2.1'] });
  assert.deepEqual(await resolver.addresses('a.test', { four: false, six: true }), {
    ok: true,
    value: ['2001:db8::1'],
  });
  assert.equal((await resolver.addresses('a.test', { four: false, six: false })).ok, false);
  assert.deepEqual(await resolver.addresses('pbx', { four: false, six: true }), { ok: true, value: ['2001:db8::7'] });
  assert.deepEqual(asked, ['A a.test', 'AAAA a.test']);
});

test('remembers an answer for its TTL, and not longer (RFC 1035 §3.2.1)', async () => {
  const { resolver, time, asked } = resolverOn({ SRV: { kind: 'found', records: [], ttl: 20 } });
  await resolver.srv('_sip._udp.a.test');
  time.advance(19_999);
  assert.ok(!(resolver.srv('_sip._udp.A.test') instanceof Promise));
  time.advance(1);
  await resolver.srv('_sip._udp.a.test');
  assert.deepEqual(asked, ['SRV _sip._udp.a.test', 'SRV _sip._udp.a.test']);
});

test('holds a boundless TTL to the longest allowed, and does not remember one of 0', async () => {
  const endless = resolverOn({ A: found(2 ** 31 - 1, '192.0.2.1') });
  const four = { four: true, six: false };
  await endless.resolver.addresses('a.test', four);
  endless.time.advance(600_000);
  assert.ok(endless.resolver.addresses('a.test', four) instanceof Promise);
  const fleeting = resolverOn({ A: found(0, '192.0.2.1') });
  await fleeting.resolver.addresses('a.test', four);
  assert.ok(fleeting.resolver.addresses('a.test', four) instanceof Promise);
});

test('remembers for as long as the zone says that there is nothing, within bounds (RFC 2308 §5)', async () => {
  for (const [ttl, kept] of [
    [20, 20],
    [9999, 60],
    // The zone does not say: as for a failure.
    [0, 5],
  ] as const) {
    const { resolver, time } = resolverOn({ NAPTR: { kind: 'nothing', reason: 'NXDOMAIN', ttl } });
    assert.deepEqual(await resolver.naptr('none.test'), { ok: false, fault: 'NXDOMAIN' });
    time.advance(kept * 1000 - 1);
    assert.deepEqual(resolver.naptr('none.test'), { ok: false, fault: 'NXDOMAIN' });
    time.advance(1);
    assert.ok(resolver.naptr('none.test') instanceof Promise);
  }
});

test('remembers for a short while that no server knew (RFC 2308 §7)', async () => {
  const { resolver, time, asked } = resolverOn({ SRV: { kind: 'failed', reason: 'SERVFAIL' } });
  assert.deepEqual(await resolver.srv('_sip._udp.a.test'), { ok: false, fault: 'SERVFAIL' });
  time.advance(4999);
  assert.deepEqual(resolver.srv('_sip._udp.a.test'), { ok: false, fault: 'SERVFAIL' });
  time.advance(1);
  await resolver.srv('_sip._udp.a.test');
  assert.equal(asked.length, 2);
});

test('gives the addresses of one family when the other has none, and why when neither has', async () => {
  const half = resolverOn({ A: found(60, '192.0.2.1'), AAAA: { kind: 'failed', reason: 'timeout' } });
  assert.deepEqual(await half.resolver.addresses('a.test'), { ok: true, value: ['192.0.2.1'] });
  const none = resolverOn({ AAAA: { kind: 'failed', reason: 'timeout' } });
  assert.deepEqual(await none.resolver.addresses('a.test'), { ok: false, fault: 'NODATA, timeout' });
});

test('asks once for a name that several wait for, and bounds the questions asked at once', async () => {
  const { resolver, asked, figure } = resolverOn({ SRV: never });
  assert.equal(resolver.srv('a.test'), resolver.srv('A.test'));
  assert.equal(asked.length, 1);
  for (let count = 1; count < limits.lookupsInFlightMax; count += 1) void resolver.srv(`n${String(count)}.test`);
  assert.deepEqual(resolver.srv('one-more.test'), { ok: false, fault: 'too many names being looked up' });
  assert.equal(figure('pharos_dns_lookups_in_flight'), limits.lookupsInFlightMax);
  assert.equal(figure('pharos_dns_lookups_total', 'refused'), 1);
});

test('forgets what it learnt first when it knows too much', async () => {
  const { resolver, figure } = resolverOn({});
  for (let count = 0; count <= limits.peersRememberedMax; count += 1) await resolver.srv(`n${String(count)}.test`);
  assert.equal(figure('pharos_dns_remembered'), limits.peersRememberedMax);
  assert.ok(resolver.srv('n0.test') instanceof Promise);
  assert.ok(!(resolver.srv(`n${String(limits.peersRememberedMax)}.test`) instanceof Promise));
});

test('knows the hosts file and does not ask for what is no host name (RFC 1123 §2.1)', async () => {
  const { resolver, asked } = resolverOn({});
  assert.deepEqual(await resolver.addresses('PBX'), { ok: true, value: ['10.9.8.7', '2001:db8::7'] });
  const wrong = ['', 'a b', 'x'.repeat(64), 'a..b', '-a.example', `${'a.'.repeat(130)}b`, 'é.example'];
  for (const name of wrong) {
    assert.deepEqual(await resolver.addresses(name), { ok: false, fault: 'not a host name' }, name);
    if (name !== '-a.example')
      assert.deepEqual(await resolver.srv(name), { ok: false, fault: 'not a host name' }, name);
  }
  // RFC 6761 §6.4, RFC 7118 §5.2.2: what a browser writes.
  assert.equal((await resolver.addresses('df7jal23ls0d.invalid')).ok, false);
  assert.equal((await resolver.srv('_sip._udp.df7jal23ls0d.invalid')).ok, false);
  assert.equal((await resolver.naptr('localhost')).ok, false);
  assert.deepEqual(resolver.addresses('localhost'), { ok: true, value: ['127.0.0.1', '::1'] });
  assert.deepEqual(asked, []);
});
