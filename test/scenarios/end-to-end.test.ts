import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, test } from 'node:test';
import { createLiveConfig } from '../../config/live.ts';
import { loadConfig } from '../../config/load.ts';
import type { Store } from '../../db/store.ts';
import { silentLog } from '../../kernel/log.ts';
import { createMeter } from '../../kernel/meter.ts';
import { readLocalAddresses } from '../../net/interfaces.ts';
import type { Pharos } from '../../server/compose.ts';
import { compose } from '../../server/compose.ts';
import { openConfiguredStore } from '../../server/open-store.ts';
import type { Config } from '../../server/sections.ts';
import { sections } from '../../server/sections.ts';
import { createSystemClock, createSystemScheduler, createSystemTokens } from '../../server/system.ts';
import type { SipRequest } from '../../sip-stack/wire/message.ts';
import { presenceDocument } from '../../tools/demo/presence-text.ts';
import type { UserAgent } from '../../tools/demo/user-agent.ts';
import { openUserAgent } from '../../tools/demo/user-agent.ts';

const domain = 'example.org';
const alice = `sip:alice@${domain}`;
const pidf = 'application/pidf+xml';
const presence = ['Event', 'presence'] as const;

interface Running {
  readonly pharos: Pharos;
  readonly store: Store;
  stop(): Promise<void>;
}

function configFor(database: string, host: string): Config {
  const flags = [
    ['server.domains', domain],
    ['server.listen', `udp:${host}:0,tcp:${host}:0`],
    ['server.database', database],
    ['registrar.expiresMin', '1'],
    ['esc.expiresMin', '1'],
    ['events.subscriptionExpiresMin', '1'],
  ].map(([path = '', value = '']) => ({ path, value, place: 'test' }));
  const config = loadConfig(sections, { environment: {}, flags });
  assert.ok(config.ok, 'the configuration of the test is good');
  return config.value.values;
}

async function start(config: Config): Promise<Running> {
  const scheduler = createSystemScheduler();
  const opened = await openConfiguredStore({ log: silentLog, scheduler }, config.server);
  assert.ok(opened.ok, 'the store opens');
  const { store } = opened.value;
  const meter = createMeter();
  const deps = { clock: createSystemClock(), scheduler, tokens: createSystemTokens(), log: silentLog, meter, store };
  const composed = await compose(deps, config);
  assert.ok(composed.ok, 'the server starts');
  const pharos = composed.value;
  return {
    pharos,
    store,
    async stop() {
      await pharos.stop();
      await store.close();
    },
  };
}

async function withAccounts(running: Running): Promise<Running> {
  for (const username of ['alice', 'bob']) {
    assert.ok((await running.pharos.accounts.add({ username, domain }, `pw-${username}`)).ok);
  }
  return running;
}

function clientsOf(
  t: TestContext,
  running: Running,
): (user: string, transport: 'udp' | 'tcp', password?: string) => Promise<UserAgent> {
  return async (user, transport, password = `pw-${user}`) => {
    const server = running.pharos.bound.find((bound) => bound.transport.uriParam === transport);
    assert.ok(server !== undefined);
    const agent = await openUserAgent({ user, domain, password, server, transport });
    t.after(() => {
      agent.close();
    });
    return agent;
  };
}

const textOf = (notify: SipRequest): string => notify.body.toString('utf8');
const stateOf = (notify: SipRequest): string => notify.headers.first('subscription-state') ?? '';
const document = (note: string): { readonly contentType: string; readonly text: string } => ({
  contentType: pidf,
  text: presenceDocument(alice, 'device', { basic: 'open', note }),
});

function subscribeHeaders(agent: UserAgent, expires: number): readonly (readonly [string, string])[] {
  return [presence, ['Expires', String(expires)], ['Contact', `<${agent.contact}>`], ['Accept', pidf]];
}

/** A whole conversation over one transport for Alice and one for Bob. */
async function conversation(
  t: TestContext,
  running: Running,
  [alices, bobs]: readonly ['udp' | 'tcp', 'udp' | 'tcp'],
): Promise<void> {
  const open = clientsOf(t, running);
  const phone = await open('alice', alices);
  const laptop = await open('alice', bobs);
  const bob = await open('bob', bobs);

  const registration = phone.newDialog();
  const registered = await phone.ask({
    method: 'REGISTER',
    uri: `sip:${domain}`,
    to: alice,
    dialog: registration,
    headers: [
      ['Contact', `<${phone.contact}>`],
      ['Expires', '600'],
    ],
  });
  assert.equal(registered.status, 200);
  assert.match(registered.headers.first('contact') ?? '', /;expires=(?:600|599)/);

  const dialog = bob.newDialog();
  const subscribed = await bob.ask({ method: 'SUBSCRIBE', uri: alice, dialog, headers: subscribeHeaders(bob, 600) });
  assert.equal(subscribed.status, 200);
  const first = await bob.nextNotify();
  assert.match(stateOf(first), /^active;expires=(?:600|599)$/);
  assert.match(textOf(first), /<basic>closed<\/basic>/);

  const published = await phone.ask({
    method: 'PUBLISH',
    uri: alice,
    headers: [presence, ['Expires', '600']],
    body: document('desk'),
  });
  assert.equal(published.status, 200);
  const tag = published.headers.first('sip-etag') ?? '';
  assert.notEqual(tag, '');
  const open1 = await bob.nextNotify();
  assert.match(textOf(open1), /<basic>open<\/basic>[\s\S]*desk/);
  assert.ok(open1.cseq.number > first.cseq.number, 'CSeq rises');

  const second = await laptop.ask({
    method: 'PUBLISH',
    uri: alice,
    headers: [presence, ['Expires', '1']],
    body: document('train'),
  });
  assert.equal(second.status, 200);
  const both = textOf(await bob.nextNotify());
  assert.ok(both.includes('desk') && both.includes('train'), 'both devices are seen');

  const modified = await phone.ask({
    method: 'PUBLISH',
    uri: alice,
    headers: [presence, ['Expires', '600'], ['SIP-If-Match', tag]],
    body: document('lunch'),
  });
  assert.equal(modified.status, 200);
  const changed = textOf(await bob.nextNotify());
  assert.ok(changed.includes('lunch') && !changed.includes('desk'));

  const stale = await phone.ask({
    method: 'PUBLISH',
    uri: alice,
    headers: [presence, ['SIP-If-Match', tag]],
    body: document('x'),
  });
  assert.equal(stale.status, 412);

  const alone = textOf(await bob.nextNotify(8000));
  assert.ok(alone.includes('lunch') && !alone.includes('train'), 'the publication of a second has expired');

  const ended = await bob.ask({ method: 'SUBSCRIBE', uri: alice, dialog, headers: subscribeHeaders(bob, 0) });
  assert.equal(ended.status, 200);
  assert.match(stateOf(await bob.nextNotify()), /^terminated/);

  const gone = await phone.ask({
    method: 'REGISTER',
    uri: `sip:${domain}`,
    to: alice,
    dialog: registration,
    headers: [
      ['Contact', '*'],
      ['Expires', '0'],
    ],
  });
  assert.equal(gone.status, 200);
  assert.equal(gone.headers.has('contact'), false);
  assert.equal(bob.notifiesWaiting, 0);
}

const hosts = [
  ['IPv4', '127.0.0.1'],
  ['IPv6', '[::1]'],
] as const;
const backends = ['memory', 'sqlite'] as const;

const hasIpv6 = readLocalAddresses().some(({ host }) => host === '::1');

describe('two users over real sockets: register, subscribe, publish, second device, modify, expiry (RFC 3261 §10, RFC 3903 §4, RFC 6665 §4)', {
  concurrency: 4,
}, () => {
  for (const backend of backends) {
    for (const [family, host] of hosts) {
      for (const transports of [
        ['udp', 'tcp'],
        ['tcp', 'udp'],
      ] as const) {
        test(`${backend}, ${family}, Alice over ${transports[0]}, Bob over ${transports[1]}`, {
          skip: family === 'IPv6' && !hasIpv6 ? 'this machine has no IPv6' : false,
        }, async (t) => {
          const folder = mkdtempSync(join(tmpdir(), 'pharos-e2e-'));
          const running = await withAccounts(
            await start(configFor(backend === 'memory' ? ':memory:' : join(folder, 'p.sqlite'), host)),
          );
          t.after(async () => {
            await running.stop();
            rmSync(folder, { recursive: true });
          });
          await conversation(t, running, transports);
        });
      }
    }
  }
});

test('a wrong password, an unknown user and somebody else are refused (RFC 3261 §22.1, §10.3)', async (t) => {
  const running = await withAccounts(await start(configFor(':memory:', '127.0.0.1')));
  t.after(() => running.stop());
  const open = clientsOf(t, running);
  const register = (agent: UserAgent, to: string): ReturnType<UserAgent['ask']> =>
    agent.ask({ method: 'REGISTER', uri: `sip:${domain}`, to, headers: [['Contact', `<${agent.contact}>`]] });
  assert.equal((await register(await open('alice', 'udp', 'wrong'), alice)).status, 401);
  assert.equal((await register(await open('nobody', 'udp'), `sip:nobody@${domain}`)).status, 401);
  assert.equal((await register(await open('bob', 'udp'), alice)).status, 403);
});

test('an address of the server counts as its domain', async (t) => {
  const running = await withAccounts(await start(configFor(':memory:', '127.0.0.1')));
  t.after(() => running.stop());
  const open = clientsOf(t, running);
  const phone = await open('alice', 'udp');
  const bob = await open('bob', 'udp');
  await phone.ask({ method: 'PUBLISH', uri: alice, headers: [presence], body: document('desk') });
  const subscribed = await bob.ask({
    method: 'SUBSCRIBE',
    uri: 'sip:alice@127.0.0.1',
    headers: subscribeHeaders(bob, 600),
  });
  assert.equal(subscribed.status, 200);
  const text = textOf(await bob.nextNotify());
  assert.match(text, /desk/);
  assert.match(text, /entity="sip:alice@127\.0\.0\.1"/, 'what the watcher asked for is echoed');
});

test('after a restart the subscription lives, its CSeq goes on upward, and the publication is there (RFC 6665 §4.2.2)', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pharos-e2e-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const config = configFor(join(folder, 'p.sqlite'), '127.0.0.1');
  const before = await withAccounts(await start(config));
  const open = clientsOf(t, before);
  const bob = await open('bob', 'udp');
  const phone = await open('alice', 'udp');
  const published = await phone.ask({
    method: 'PUBLISH',
    uri: alice,
    headers: [presence, ['Expires', '600']],
    body: document('desk'),
  });
  await bob.ask({ method: 'SUBSCRIBE', uri: alice, headers: subscribeHeaders(bob, 600) });
  const last = await bob.nextNotify();
  const listen = before.pharos.bound.map(
    ({ transport, host, port }) => `${transport.uriParam}:${host}:${String(port)}`,
  );
  await before.stop();

  const after = await start({ ...config, server: { ...config.server, listen } });
  t.after(() => after.stop());
  const again = await open('alice', 'udp');
  const modified = await again.ask({
    method: 'PUBLISH',
    uri: alice,
    headers: [presence, ['SIP-If-Match', published.headers.first('sip-etag') ?? '']],
    body: document('back again'),
  });
  assert.equal(modified.status, 200, 'the entity-tag of before is known');
  let notify = await bob.nextNotify();
  if (!textOf(notify).includes('back again')) notify = await bob.nextNotify();
  assert.match(textOf(notify), /back again/);
  assert.ok(notify.cseq.number > last.cseq.number, 'CSeq goes on upward');
});

test('a default handling changed by a reload ends what it no longer allows (RFC 3856 §6.6.2, RFC 6665 §4.1.3)', async (t) => {
  const live = createLiveConfig(sections, configFor(':memory:', '127.0.0.1'));
  const running = await withAccounts(await start(live.values));
  t.after(() => running.stop());
  const bob = await clientsOf(t, running)('bob', 'udp');
  await bob.ask({ method: 'SUBSCRIBE', uri: alice, headers: subscribeHeaders(bob, 600) });
  assert.match(stateOf(await bob.nextNotify()), /^active/);
  const { applied } = live.reload({ ...live.values, presence: { ...live.values.presence, defaultHandling: 'block' } });
  await running.pharos.reloaded(applied);
  assert.match(stateOf(await bob.nextNotify()), /^terminated;reason=rejected/);
});

test('a stopped server has given its ports back', async (t) => {
  const config = configFor(':memory:', '127.0.0.1');
  const first = await start(config);
  const listen = first.pharos.bound.map(({ transport, host, port }) => `${transport.uriParam}:${host}:${String(port)}`);
  await first.stop();
  const second = await start({ ...config, server: { ...config.server, listen } });
  t.after(() => second.stop());
  assert.deepEqual(
    second.pharos.bound.map(({ port }) => port),
    first.pharos.bound.map(({ port }) => port),
  );
});
