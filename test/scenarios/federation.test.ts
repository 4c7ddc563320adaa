import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import { createMemoryStore } from '../../db/backends/memory.ts';
import { silentLog } from '../../kernel/log.ts';
import { createMeter } from '../../kernel/meter.ts';
import type { Pharos } from '../../server/compose.ts';
import { compose } from '../../server/compose.ts';
import { sections } from '../../server/sections.ts';
import { createSystemClock, createSystemScheduler, createSystemTokens } from '../../server/system.ts';
import { tables } from '../../server/tables.ts';
import { presenceDocument } from '../../tools/demo/presence-text.ts';
import type { UserAgent } from '../../tools/demo/user-agent.ts';
import { openUserAgent } from '../../tools/demo/user-agent.ts';
import type { TestDnsServer, Zone } from '../support/dns-server.ts';
import { startDnsServer, zone } from '../support/dns-server.ts';
import type { Phone, PhoneNetwork } from '../support/phone.ts';
import { calledDialog, callerDialog, createPhone, named } from '../support/phone.ts';

const phoneHost = '127.0.0.21';

/** A server of one domain, with one user, whose name servers are the test's. */
interface Site {
  readonly domain: string;
  readonly user: string;
  readonly pharos: Pharos;
  readonly host: string;
  readonly udpPort: number;
  readonly tcpPort: number;
  figure(name: string, label: string): number;
}

async function startSite(
  t: TestContext,
  dns: TestDnsServer,
  [user, domain, host, advertise = '']: readonly [
    user: string,
    domain: string,
    host: string,
    advertise?: string | undefined,
  ],
): Promise<Site> {
  // What is advertised names its port, so that one has to be found beforehand.
  const port = String(advertise === '' ? 0 : await deadPort(host));
  const flags = [
    ['server.advertise', advertise],
    ['server.domains', domain],
    ['server.listen', `udp:${host}:${port},tcp:${host}:${port}`],
    ['server.database', ':memory:'],
    ['dns.servers', dns.address],
    ['proxy.enumSuffixes', 'e164.arpa'],
    // Phones that answer no challenges; the servers, and the other clients, are strangers to each other.
    ['auth.trustedPeers', phoneHost],
    // A target that is silent gives way at once, so that the test need not wait for 64 times T1.
    ['dns.failoverAfter', '300ms'],
    ['dns.failureTtl', '0'],
    ['dns.negativeTtlMax', '0'],
  ].map(([path = '', value = '']) => ({ path, value, place: 'test' }));
  const config = loadConfig(sections, { environment: {}, flags });
  assert.ok(config.ok, JSON.stringify(config));
  const scheduler = createSystemScheduler();
  const meter = createMeter();
  const deps = { clock: createSystemClock(), scheduler, tokens: createSystemTokens(), log: silentLog, meter };
  const store = createMemoryStore({ tables });
  const composed = await compose({ ...deps, store }, config.value.values);
  assert.ok(composed.ok, JSON.stringify(composed));
  const pharos = composed.value;
  t.after(async () => {
    await pharos.stop();
    await store.close();
  });
  assert.ok((await pharos.accounts.add({ username: user, domain }, 'secret')).ok);
  const portOf = (transport: string): number =>
    pharos.bound.find((bound) => bound.transport.uriParam === transport)?.port ?? 0;
  return {
    domain,
    user,
    pharos,
    host,
    udpPort: portOf('udp'),
    tcpPort: portOf('tcp'),
    figure: (name, label) =>
      meter
        .samples()
        .filter((sample) => sample.name === name && (label === '' || Object.values(sample.labels).includes(label)))
        .reduce((sum, { value }) => sum + value, 0),
  };
}

async function agentOf(t: TestContext, { user, domain, host, udpPort }: Site): Promise<UserAgent> {
  const server = { host, port: udpPort };
  const agent = await openUserAgent({ user, domain, password: 'secret', server, transport: 'udp', patienceMs: 8000 });
  t.after(() => {
    agent.close();
  });
  const registered = await agent.ask({
    method: 'REGISTER',
    uri: `sip:${domain}`,
    to: `sip:${user}@${domain}`,
    headers: [
      ['Contact', `<${agent.contact}>`],
      ['Expires', '600'],
    ],
  });
  assert.equal(registered.status, 200);
  return agent;
}

interface Federation {
  readonly dns: TestDnsServer;
  readonly a: Site;
  readonly b: Site;
  readonly alice: UserAgent;
  readonly bob: UserAgent;
}

/** Two servers that know of each other through DNS alone. */
async function twoSites(
  t: TestContext,
  records: (a: Site, b: Site) => Zone,
  advertise?: string,
): Promise<Pick<Federation, 'dns' | 'a' | 'b'>> {
  const dns = await startDnsServer(() => ({ code: 2 }));
  t.after(() => dns.stop());
  const a = await startSite(t, dns, ['alice', 'a.test', '127.0.0.11', advertise]);
  const b = await startSite(t, dns, ['bob', 'b.test', '127.0.0.12']);
  dns.script = zone(records(a, b));
  return { dns, a, b };
}

/** Two servers, each with a user and his client. */
async function federation(...args: Parameters<typeof twoSites>): Promise<Federation> {
  const [t] = args;
  const sites = await twoSites(...args);
  return { ...sites, alice: await agentOf(t, sites.a), bob: await agentOf(t, sites.b) };
}

const message = (uri: string, text: string): Parameters<UserAgent['ask']>[0] => ({
  method: 'MESSAGE',
  uri,
  body: { contentType: 'text/plain', text },
});

const both = (a: Site, b: Site): Zone => ({
  'a.test NAPTR': ['10 10 s SIP+D2U - _sip._udp.a.test'],
  'b.test NAPTR': ['10 10 s SIP+D2T - _sip._tcp.b.test', '20 10 s SIP+D2U - _sip._udp.b.test'],
  '_sip._udp.a.test SRV': [`0 0 ${String(a.udpPort)} pbx.a.test`],
  '_sip._tcp.b.test SRV': [`0 0 ${String(b.tcpPort)} pbx.b.test`],
  'pbx.a.test A': [a.host],
  'pbx.b.test A': [b.host],
});

test('two domains federate through NAPTR, SRV and A: MESSAGE both ways, over TCP and over UDP (RFC 3263 §4)', async (t) => {
  const { alice, bob, dns } = await federation(t, both);
  assert.equal((await alice.ask(message('sip:bob@b.test', 'to bob'))).status, 200);
  const toBob = await bob.nextNotify();
  assert.deepEqual(
    [toBob.method, toBob.body.toString(), toBob.from.uri.text],
    ['MESSAGE', 'to bob', 'sip:alice@a.test'],
  );
  // As alice's server wrote it: the domain wants TCP of it.
  assert.match(toBob.headers.all('via').join(), /SIP\/2\.0\/TCP 127\.0\.0\.11/);
  assert.equal((await bob.ask(message('sip:alice@a.test', 'to alice'))).status, 200);
  const toAlice = await alice.nextNotify();
  assert.deepEqual([toAlice.method, toAlice.body.toString()], ['MESSAGE', 'to alice']);
  // What was found is remembered.
  const asked = dns.asked.length;
  assert.equal((await alice.ask(message('sip:bob@b.test', 'again'))).status, 200);
  assert.equal(dns.asked.length, asked);
});

test('a telephone number leads to a user of another domain by ENUM (RFC 6116)', async (t) => {
  const { alice, bob } = await federation(t, (a, b) => ({
    ...both(a, b),
    '3.8.0.0.6.9.2.3.6.1.4.4.e164.arpa NAPTR': ['100 10 u E2U+sip !^.*$!sip:bob@b.test! .'],
  }));
  for (const uri of ['sip:+441632960083@a.test;user=phone', 'tel:+44-1632-960083']) {
    assert.equal((await alice.ask(message(uri, uri))).status, 200, uri);
    assert.equal((await bob.nextNotify()).body.toString(), uri);
  }
});

test('a watcher of another domain is notified through both servers (RFC 6665 §4.2, RFC 3263 §4)', async (t) => {
  const { alice, bob } = await federation(t, both);
  await subscribe(alice);
  const first = await alice.nextNotify();
  assert.match(first.headers.first('subscription-state') ?? '', /^active/);
  assert.match(first.body.toString(), /<basic>closed<\/basic>/);
  const published = await bob.ask({
    method: 'PUBLISH',
    uri: 'sip:bob@b.test',
    headers: [
      ['Event', 'presence'],
      ['Expires', '600'],
    ],
    body: {
      contentType: 'application/pidf+xml',
      text: presenceDocument('sip:bob@b.test', 'desk', { basic: 'open', note: 'here' }),
    },
  });
  assert.equal(published.status, 200);
  assert.match((await alice.nextNotify()).body.toString(), /<basic>open<\/basic>/);
});

async function subscribe(alice: UserAgent): Promise<void> {
  const subscribed = await alice.ask({
    method: 'SUBSCRIBE',
    uri: 'sip:bob@b.test',
    headers: [
      ['Event', 'presence'],
      ['Expires', '600'],
      ['Contact', `<${alice.contact}>`],
      ['Accept', 'application/pidf+xml'],
    ],
  });
  assert.equal(subscribed.status, 200);
}

test('a NOTIFY whose route has a dead address goes to the next one of its name (RFC 3263 §4.2, §4.3)', async (t) => {
  const records = (a: Site, b: Site): Zone => ({ ...both(a, b), 'pbx.a.test A': ['127.0.0.13', a.host] });
  const { alice, b } = await federation(t, records, 'pbx.a.test');
  await subscribe(alice);
  assert.match((await alice.nextNotify()).headers.first('subscription-state') ?? '', /^active/);
  assert.equal(b.figure('pharos_sip_failovers_total', ''), 1);
  assert.equal(b.figure('pharos_sip_destinations_failed', ''), 1);
});

/** A TCP port of an address where nobody listens. */
async function deadPort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('when one target of a domain is dead the next one is tried, and remembered (RFC 3263 §4.3)', async (t) => {
  const dead = await deadPort('127.0.0.13');
  for (const transport of ['tcp', 'udp'] as const) {
    const { alice, bob, a } = await federation(t, (_, b) => ({
      [`_sip._${transport}.b.test SRV`]: [
        `10 0 ${String(dead)} dead.b.test`,
        `20 0 ${String(transport === 'tcp' ? b.tcpPort : b.udpPort)} live.b.test`,
      ],
      'dead.b.test A': ['127.0.0.13'],
      'live.b.test A': [b.host],
    }));
    assert.equal((await alice.ask(message('sip:bob@b.test', transport))).status, 200, transport);
    assert.equal((await bob.nextNotify()).body.toString(), transport);
    assert.equal(a.figure('pharos_sip_failovers_total', ''), 1);
    assert.equal(a.figure('pharos_sip_destinations_failed', ''), 1);
    assert.equal((await alice.ask(message('sip:bob@b.test', 'second'))).status, 200);
    // The dead one is tried last now.
    assert.equal(a.figure('pharos_sip_failovers_total', ''), 1);
  }
});

/** A registered phone on a socket of its own, and how its next message is waited for; a 100 is passed over. */
async function phoneOf(t: TestContext, site: Site): Promise<{ readonly phone: Phone; arrival(): Promise<void> }> {
  const socket = createSocket('udp4').bind(0, phoneHost);
  await once(socket, 'listening');
  t.after(() => socket.close());
  const { user, domain, host, udpPort } = site;
  const network: PhoneNetwork = {
    attach: (_, receive) => socket.on('message', receive),
    deliver: (_, bytes) => {
      socket.send(bytes, udpPort, host);
    },
  };
  const at = { host: phoneHost, port: socket.address().port };
  const phone = createPhone({ user, domain, at, network });
  const arrival = async (): Promise<void> => {
    for (;;) {
      if (named(phone.inbox[0]).startsWith('100 ')) phone.inbox.shift();
      else if (phone.inbox.length > 0) return;
      else await once(socket, 'message', { signal: AbortSignal.timeout(8000) });
    }
  };
  phone.request('REGISTER', `sip:${domain}`, { to: `<${phone.uri}>`, callId: 'register', headers: ['Expires: 600'] });
  await arrival();
  phone.takeResponse('200 REGISTER');
  return { phone, arrival };
}

test('a call between two domains, one target of which is dead: INVITE, ACK, BYE (RFC 3263 §4.3, RFC 3261 §16.6)', async (t) => {
  const dead = await deadPort('127.0.0.13');
  for (const transport of ['tcp', 'udp'] as const) {
    const { a, b } = await twoSites(t, (_, live) => ({
      [`_sip._${transport}.b.test SRV`]: [
        `10 0 ${String(dead)} dead.b.test`,
        `20 0 ${String(transport === 'tcp' ? live.tcpPort : live.udpPort)} live.b.test`,
      ],
      'dead.b.test A': ['127.0.0.13'],
      'live.b.test A': [live.host],
    }));
    const [caller, called] = [await phoneOf(t, a), await phoneOf(t, b)];
    const [alice, bob] = [caller.phone, called.phone];
    alice.request('INVITE', 'sip:bob@b.test', { body: 'v=0\r\n' });
    await called.arrival();
    const invite = bob.takeRequest('INVITE');
    bob.respond(invite, 180);
    await caller.arrival();
    alice.takeResponse('180 INVITE');
    bob.respond(invite, 200, { body: 'v=0\r\n' });
    await caller.arrival();
    const dialog = callerDialog(alice.takeResponse('200 INVITE'));
    alice.within(dialog, 'ACK', 1);
    await called.arrival();
    bob.takeRequest('ACK');
    assert.equal(a.figure('pharos_sip_failovers_total', ''), 1);
    bob.within(calledDialog(invite, 'tag-bob'), 'BYE', 7);
    await caller.arrival();
    alice.respond(alice.takeRequest('BYE'), 200);
    await called.arrival();
    bob.takeResponse('200 BYE');
    // The route of the dialog leads to the server that lives.
    assert.equal(a.figure('pharos_sip_failovers_total', ''), 1);
    assert.equal(b.figure('pharos_sip_failovers_total', ''), 0);
    assert.deepEqual([...alice.inbox, ...bob.inbox].map(named), [], transport);
  }
});

test('a domain that does not exist, or whose servers are all dead, is answered and not waited for', async (t) => {
  const dead = await deadPort('127.0.0.13');
  const { alice } = await federation(t, () => ({
    '_sip._tcp.dead.test SRV': [`10 0 ${String(dead)} dead.test`],
    'dead.test A': ['127.0.0.13'],
  }));
  for (const uri of ['sip:bob@nowhere.test', 'sip:bob@dead.test']) {
    const { status } = await alice.ask(message(uri, 'hello'));
    assert.ok(status === 404 || status >= 480, `${uri}: ${String(status)}`);
  }
});
