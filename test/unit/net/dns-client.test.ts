import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import { milliseconds } from '../../../kernel/clock.ts';
import type { LogFields } from '../../../kernel/log.ts';
import { silentLog } from '../../../kernel/log.ts';
import { createTimerWheel } from '../../../kernel/timer-wheel.ts';
import { createDnsClient } from '../../../net/dns-client.ts';
import type { DnsClient } from '../../../net/dns-records.ts';
import type { Script, TestDnsServer } from '../../support/dns-server.ts';
import { recordsOf, startDnsServer, zone } from '../../support/dns-server.ts';
import type { FakeTime } from '../../support/fake-time.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { createFakeTokens } from '../../support/fake-tokens.ts';

interface Bed {
  readonly client: DnsClient;
  readonly servers: readonly TestDnsServer[];
  readonly first: TestDnsServer;
  readonly time: FakeTime;
  readonly lines: readonly string[];
  readonly waiting: () => number;
}

/** A client whose name servers follow these scripts, on virtual time. */
async function withServers(scripts: readonly Script[], run: (bed: Bed) => Promise<void>): Promise<void> {
  const servers = await Promise.all(scripts.map(startDnsServer));
  const [first] = servers;
  assert.ok(first !== undefined);
  const time = createFakeTime();
  const wheel = createTimerWheel(time);
  const lines: string[] = [];
  const note = (event: string, fields?: LogFields): void => void lines.push(`${event} ${String(fields?.['reason'])}`);
  const client = createDnsClient(
    { clock: time.clock, wheel, tokens: createFakeTokens(), log: { ...silentLog, warn: note, info: note } },
    { deadline: milliseconds(4000), servers: servers.map(({ address }) => address) },
  );
  try {
    await run({ client, servers, first, time, lines, waiting: () => wheel.size });
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

const silence: Script = () => undefined;
const addressOf = (name: string, address = '192.0.2.1', ttl = 60): ReturnType<typeof recordsOf> =>
  recordsOf(`${name} A ${String(ttl)}`, [address]);

test('asks for each type and gives its records with their least TTL (RFC 1035 §4.1)', async () => {
  const records = zone({
    'pbx.a.test A 60': ['192.0.2.1', '192.0.2.2'],
    'pbx.a.test AAAA': ['2001:DB8:0:0::1'],
    '_sip._udp.a.test SRV 20': ['10 60 5060 PBX.a.test'],
    'a.test NAPTR 30': ['10 50 s SIP+D2U - _sip._udp.a.test'],
    '1.2.e164.arpa NAPTR': ['100 10 u E2U+sip !^.*$!sip:info@example.com! .'],
  });
  await withServers([records], async ({ client, first, waiting }) => {
    assert.deepEqual(await client.ask('pbx.a.test', 'A'), {
      kind: 'found',
      records: ['192.0.2.1', '192.0.2.2'],
      ttl: 60,
    });
    assert.deepEqual(await client.ask('pbx.a.test', 'AAAA'), { kind: 'found', records: ['2001:db8::1'], ttl: 60 });
    assert.deepEqual(await client.ask('_sip._udp.a.test', 'SRV'), {
      kind: 'found',
      records: [{ priority: 10, weight: 60, port: 5060, target: 'pbx.a.test' }],
      ttl: 20,
    });
    const naptr = { order: 10, preference: 50, flags: 's', services: 'SIP+D2U', regexp: '' };
    assert.deepEqual(await client.ask('a.test', 'NAPTR'), {
      kind: 'found',
      records: [{ ...naptr, replacement: '_sip._udp.a.test' }],
      ttl: 30,
    });
    const enumAnswer = await client.ask('1.2.e164.arpa', 'NAPTR');
    assert.ok(enumAnswer.kind === 'found');
    assert.deepEqual(
      enumAnswer.records.map(({ regexp, replacement }) => [regexp, replacement]),
      [['!^.*$!sip:info@example.com!', '']],
    );
    assert.ok(first.asked.every(({ over, extended }) => over === 'udp' && extended));
    assert.equal(waiting(), 0);
  });
});

test('tells what is not there from what has no such record, and for how long (RFC 2308 §5)', async () => {
  await withServers([zone({ 'a.test A': ['192.0.2.1'] }, 45)], async ({ client, first }) => {
    assert.deepEqual(await client.ask('none.test', 'A'), { kind: 'nothing', reason: 'NXDOMAIN', ttl: 45 });
    assert.deepEqual(await client.ask('a.test', 'SRV'), { kind: 'nothing', reason: 'NODATA', ttl: 45 });
    first.script = () => ({ code: 3 });
    assert.deepEqual(await client.ask('none.test', 'A'), { kind: 'nothing', reason: 'NXDOMAIN', ttl: 0 });
  });
});

test('asks again over TCP when the answer was truncated (RFC 1123 §6.1.3.2)', async () => {
  const hosts = Array.from({ length: 60 }, (_, index) => `192.0.2.${String(index)}`);
  const script: Script = ({ name, over }) =>
    over === 'udp' ? { truncated: true, answers: addressOf(name) } : { answers: recordsOf(`${name} A`, hosts) };
  await withServers([script], async ({ client, first }) => {
    const answer = await client.ask('big.test', 'A');
    assert.ok(answer.kind === 'found');
    // The first 32 of them: limits.dnsRecordsMax.
    assert.deepEqual(answer.records, hosts.slice(0, 32));
    assert.deepEqual(
      first.asked.map(({ over }) => over),
      ['udp', 'tcp'],
    );
  });
});

test('does without EDNS where the server knows none (RFC 6891 §7)', async () => {
  const script: Script = ({ name, extended }) => (extended ? { code: 1 } : { answers: addressOf(name) });
  await withServers([script], async ({ client, first }) => {
    assert.equal((await client.ask('old.test', 'A')).kind, 'found');
    assert.deepEqual(
      first.asked.map(({ extended }) => extended),
      [true, false],
    );
  });
});

test('goes to the next server at once when one fails, and stays with the one that answers', async () => {
  const refusing: Script = () => ({ code: 5 });
  await withServers([refusing, zone({ 'a.test A': ['192.0.2.1'] })], async ({ client, servers }) => {
    assert.equal((await client.ask('a.test', 'A')).kind, 'found');
    assert.equal((await client.ask('a.test', 'A')).kind, 'found');
    assert.deepEqual(
      servers.map(({ asked }) => asked.length),
      [1, 2],
    );
  });
});

test('asks the next server as well when one is silent for its share of the deadline, and says so', async () => {
  await withServers([silence, silence], async ({ client, servers, time, lines, waiting }) => {
    const [one, other] = servers;
    assert.ok(one !== undefined && other !== undefined);
    const asked = client.ask('a.test', 'A');
    await one.reached(1);
    assert.equal(other.asked.length, 0);
    other.script = ({ name }) => ({ answers: addressOf(name) });
    time.advance(1010);
    assert.equal((await asked).kind, 'found');
    assert.equal(waiting(), 0);
    one.script = silence;
    other.script = silence;
    const lost = client.ask('a.test', 'A');
    await other.reached(2);
    await time.advanceAsync(4100);
    assert.deepEqual(await lost, { kind: 'failed', reason: 'timeout' });
    assert.deepEqual(lines, ['name-server-failing timeout', 'name-server-failing timeout']);
    one.script = ({ name }) => ({ answers: addressOf(name) });
    other.script = one.script;
    await client.ask('a.test', 'A');
    assert.equal(lines.at(-1), 'name-server-back undefined');
  });
});

test('takes an answer of the first server that comes while the second is asked', async () => {
  let answer: (value: { answers: ReturnType<typeof addressOf> }) => void = () => undefined;
  const late: Script = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  await withServers([late, silence], async ({ client, servers, time }) => {
    const asked = client.ask('a.test', 'A');
    await servers[0]?.reached(1);
    time.advance(1010);
    await servers[1]?.reached(1);
    answer({ answers: addressOf('a.test') });
    assert.equal((await asked).kind, 'found');
  });
});

test('fails when all servers do, with the reason of the last', async () => {
  await withServers([() => ({ code: 2 })], async ({ client }) => {
    assert.deepEqual(await client.ask('a.test', 'A'), { kind: 'failed', reason: 'SERVFAIL' });
  });
  await withServers([() => ({ raw: Buffer.alloc(3) })], async ({ client, first, time }) => {
    const asked = client.ask('a.test', 'A');
    await first.reached(1);
    // What is no DNS message at all may be anybody's: the true answer is still waited for.
    await time.advanceAsync(4100);
    assert.deepEqual(await asked, { kind: 'failed', reason: 'timeout' });
  });
});

test('a server that is not there fails at once', async () => {
  const time = createFakeTime();
  const client = createDnsClient(
    { clock: time.clock, wheel: createTimerWheel(time), tokens: createFakeTokens(), log: silentLog },
    { deadline: milliseconds(4000), servers: [await deadAddress()] },
  );
  assert.deepEqual(await client.ask('a.test', 'A'), { kind: 'failed', reason: 'ECONNREFUSED' });
});

/** A port of loopback on which nobody listens: one that was just given back. */
function deadAddress(): Promise<string> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => {
        resolve(`127.0.0.1:${String(port)}`);
      });
    });
  });
}

test('believes only the answer to its own question: id, question, name (RFC 5452 §9.1)', async () => {
  const script: Script = ({ name }) => [
    { idOff: 1, answers: addressOf(name, '203.0.113.66') },
    { question: { name: 'other.test', type: 'A' }, answers: addressOf(name, '203.0.113.66') },
    { question: { name, type: 'SRV' }, answers: addressOf(name, '203.0.113.66') },
    { answers: [...addressOf('poison.test', '203.0.113.66'), ...addressOf(name)] },
  ];
  await withServers([script], async ({ client }) => {
    assert.deepEqual(await client.ask('a.test', 'A'), { kind: 'found', records: ['192.0.2.1'], ttl: 60 });
  });
});

test('follows aliases within an answer and beyond it, for their least TTL (RFC 1034 §3.6.2)', async () => {
  const within = zone({ 'www.test CNAME 10': ['a.test'], 'a.test A': ['192.0.2.1'] });
  await withServers([within], async ({ client, first }) => {
    assert.deepEqual(await client.ask('www.test', 'A'), { kind: 'found', records: ['192.0.2.1'], ttl: 10 });
    assert.equal(first.asked.length, 1);
    first.script = ({ name }) =>
      name === 'www.test' ? { answers: recordsOf('www.test CNAME 5', ['a.test']) } : { answers: addressOf(name) };
    assert.deepEqual(await client.ask('www.test', 'A'), { kind: 'found', records: ['192.0.2.1'], ttl: 5 });
    assert.deepEqual(
      first.asked.map(({ name }) => name),
      ['www.test', 'www.test', 'a.test'],
    );
  });
});

test('is not led in circles by aliases', async () => {
  const circle = recordsOf('a.test CNAME', ['b.test']).concat(recordsOf('b.test CNAME', ['a.test']));
  await withServers([() => ({ answers: circle })], async ({ client, first }) => {
    assert.deepEqual(await client.ask('a.test', 'A'), { kind: 'failed', reason: 'too many aliases' });
    first.asked.splice(0);
    let count = 0;
    first.script = ({ name }) => {
      count += 1;
      return { answers: recordsOf(`${name} CNAME`, [`n${String(count)}.test`]) };
    };
    assert.deepEqual(await client.ask('a.test', 'A'), { kind: 'failed', reason: 'too many aliases' });
    assert.equal(first.asked.length, 9);
  });
});

test('does not ask for an alias that is no name', async () => {
  const script: Script = ({ name }) => ({ answers: recordsOf(`${name} CNAME`, ['a b.test']) });
  await withServers([script], async ({ client, first }) => {
    assert.equal((await client.ask('a.test', 'A')).kind, 'failed');
    assert.equal(first.asked.length, 1);
  });
});
