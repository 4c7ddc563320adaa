import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds, seconds } from '../../../kernel/clock.ts';
import { limits } from '../../../kernel/limits.ts';
import { createTimerWheel } from '../../../kernel/timer-wheel.ts';
import type { AddressRecord, DnsClient, Resolver } from '../../../net/dns.ts';
import { createDnsClient, createResolver } from '../../../net/dns.ts';
import { parseHosts } from '../../../net/hosts.ts';
import type { FakeTime } from '../../support/fake-time.ts';
import { createFakeTime } from '../../support/fake-time.ts';

const noData = (): Promise<never> => Promise.reject(Object.assign(new Error('none'), { code: 'ENODATA' }));
const never = (): Promise<never> => new Promise(() => undefined);
const records =
  (...found: AddressRecord[]) =>
  (): Promise<readonly AddressRecord[]> =>
    Promise.resolve(found);

function resolverOn(client: Partial<DnsClient>): {
  resolver: Resolver;
  time: FakeTime;
  asked: string[];
  waiting: () => number;
} {
  const time = createFakeTime();
  const wheel = createTimerWheel(time);
  const asked: string[] = [];
  const dns: DnsClient = {
    resolve4(name) {
      asked.push(`A ${name}`);
      return client.resolve4?.(name) ?? noData();
    },
    resolve6(name) {
      asked.push(`AAAA ${name}`);
      return client.resolve6?.(name) ?? noData();
    },
  };
  const config = { deadline: milliseconds(3000), ttlMax: seconds(600), negativeTtl: seconds(30) };
  const hosts = parseHosts('10.9.8.7 pbx');
  return {
    resolver: createResolver({ clock: time.clock, wheel, dns, hosts }, config),
    time,
    asked,
    waiting: () => wheel.size,
  };
}

test('asks for AAAA and A and gives both (RFC 3263 §4.2)', async () => {
  const { resolver, asked, waiting } = resolverOn({
    resolve4: records({ address: '192.0.2.1', ttl: 60 }),
    resolve6: records({ address: '2001:db8::1', ttl: 60 }),
  });
  assert.deepEqual(await resolver.addresses('SIP.Example.com'), { ok: true, value: ['2001:db8::1', '192.0.2.1'] });
  assert.deepEqual(asked.sort(), ['A sip.example.com', 'AAAA sip.example.com']);
  assert.equal(waiting(), 0);
});

test('remembers an answer for the shortest TTL, and not longer (RFC 1035 §3.2.1)', async () => {
  const { resolver, time, asked } = resolverOn({
    resolve4: records({ address: '192.0.2.1', ttl: 60 }, { address: '192.0.2.2', ttl: 20 }),
  });
  await resolver.addresses('a.example');
  time.advance(19_999);
  await resolver.addresses('a.example');
  assert.equal(asked.length, 2);
  time.advance(1);
  await resolver.addresses('a.example');
  assert.equal(asked.length, 4);
});

test('holds a boundless TTL to the longest allowed', async () => {
  const { resolver, time, asked } = resolverOn({ resolve4: records({ address: '192.0.2.1', ttl: 2 ** 31 }) });
  await resolver.addresses('a.example');
  time.advance(600_000);
  await resolver.addresses('a.example');
  assert.equal(asked.length, 4);
});

test('remembers for a while that there is no address (RFC 2308)', async () => {
  const { resolver, time, asked } = resolverOn({});
  assert.deepEqual(await resolver.addresses('none.example'), { ok: false, fault: 'ENODATA' });
  await resolver.addresses('none.example');
  assert.equal(asked.length, 2);
  time.advance(30_000);
  await resolver.addresses('none.example');
  assert.equal(asked.length, 4);
});

test('settles at the deadline with what has come by then', async () => {
  const half = resolverOn({ resolve4: records({ address: '192.0.2.1', ttl: 60 }), resolve6: never });
  const answered = half.resolver.addresses('half.example');
  await half.time.advanceAsync(3100);
  assert.deepEqual(await answered, { ok: true, value: ['192.0.2.1'] });
  const silent = resolverOn({ resolve4: never, resolve6: never });
  const unanswered = silent.resolver.addresses('silent.example');
  await silent.time.advanceAsync(3100);
  assert.deepEqual(await unanswered, { ok: false, fault: 'ETIMEOUT' });
});

test('asks once for a name that several wait for, and bounds the names asked for at once', async () => {
  const { resolver, time, asked } = resolverOn({ resolve4: never, resolve6: never });
  const waiting = [resolver.addresses('a.example'), resolver.addresses('A.example')];
  assert.equal(asked.length, 2);
  for (let count = 1; count < limits.lookupsInFlightMax; count += 1)
    waiting.push(resolver.addresses(`n${String(count)}.example`));
  assert.deepEqual(await resolver.addresses('one-more.example'), {
    ok: false,
    fault: 'too many names being looked up',
  });
  await time.advanceAsync(3100);
  assert.ok((await Promise.all(waiting)).every((answer) => !answer.ok));
});

test('knows the hosts file and does not ask for what is no host name', async () => {
  const { resolver, asked } = resolverOn({});
  assert.deepEqual(await resolver.addresses('PBX'), { ok: true, value: ['10.9.8.7'] });
  for (const name of ['', 'a b', 'x'.repeat(64), 'a..b', '-a.example', `${'a.'.repeat(130)}b`, 'é.example']) {
    assert.deepEqual(await resolver.addresses(name), { ok: false, fault: 'not a host name' }, name);
  }
  assert.deepEqual(asked, []);
});

test('a client whose name server is not there fails in time', async () => {
  const dns = createDnsClient({ deadline: milliseconds(200), servers: ['127.0.0.1:1'] });
  await assert.rejects(
    dns.resolve4('example.com'),
    (error: Error & { code?: string }) => error.code === 'ECONNREFUSED' || error.code === 'ETIMEOUT',
  );
});
