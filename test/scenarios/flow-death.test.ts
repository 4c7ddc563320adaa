import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import { silentLog } from '../../kernel/log.ts';
import { createMeter } from '../../kernel/meter.ts';
import type { Pharos } from '../../server/compose.ts';
import { compose } from '../../server/compose.ts';
import { openConfiguredStore } from '../../server/open-store.ts';
import type { Config } from '../../server/sections.ts';
import { sections } from '../../server/sections.ts';
import { createSystemClock, createSystemScheduler, createSystemTokens } from '../../server/system.ts';
import type { SipRequest, SipResponse } from '../../sip-stack/wire/message.ts';
import type { DialogState, UserAgent } from '../../tools/demo/user-agent.ts';
import { openUserAgent } from '../../tools/demo/user-agent.ts';

const domain = 'example.org';
const alice = `sip:alice@${domain}`;
const instance = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"';

function configFor(database: string, listen = 'udp:127.0.0.1:0,tcp:127.0.0.1:0'): Config {
  const flags = [
    ['server.domains', domain],
    ['server.listen', listen],
    ['server.database', database],
  ].map(([path = '', value = '']) => ({ path, value, place: 'test' }));
  const config = loadConfig(sections, { environment: {}, flags });
  assert.ok(config.ok);
  return config.value.values;
}

async function start(config: Config): Promise<{ readonly pharos: Pharos; stop(): Promise<void> }> {
  const scheduler = createSystemScheduler();
  const opened = await openConfiguredStore({ log: silentLog, scheduler }, config.server);
  assert.ok(opened.ok);
  const { store } = opened.value;
  const system = { clock: createSystemClock(), scheduler, tokens: createSystemTokens() };
  const composed = await compose({ ...system, log: silentLog, meter: createMeter(), store }, config);
  assert.ok(composed.ok);
  const pharos = composed.value;
  for (const username of ['alice', 'bob']) await pharos.accounts.add({ username, domain }, `pw-${username}`);
  return {
    pharos,
    async stop() {
      await pharos.stop();
      await store.close();
    },
  };
}

async function open(
  t: TestContext,
  pharos: Pharos,
  user: string,
  transport: 'udp' | 'tcp' = 'tcp',
): Promise<UserAgent> {
  const server = pharos.bound.find((bound) => bound.transport.uriParam === transport);
  assert.ok(server !== undefined);
  const agent = await openUserAgent({ user, domain, password: `pw-${user}`, server, transport });
  t.after(() => {
    agent.close();
  });
  return agent;
}

const register = (agent: UserAgent, contact: string, dialog: DialogState = agent.newDialog()): Promise<SipResponse> =>
  agent.ask({
    method: 'REGISTER',
    uri: `sip:${domain}`,
    to: alice,
    dialog,
    headers: [
      ['Contact', contact],
      ['Expires', '600'],
      ['Supported', 'path, outbound, gruu'],
    ],
  });
const registerFlow = (agent: UserAgent, regId: number): Promise<SipResponse> =>
  register(agent, `<${agent.contact}>;reg-id=${String(regId)};${instance}`);

const message = (agent: UserAgent, uri: string): Promise<SipResponse> =>
  agent.ask({ method: 'MESSAGE', uri, body: { contentType: 'text/plain', text: 'hello' } });
/** Events of the contacts of a reg NOTIFY. */
const events = (notify: SipRequest): readonly (string | undefined)[] =>
  [...notify.body.toString('utf8').matchAll(/<contact [^>]*event="(\w+)"/g)].map(([, event]) => event);
const version = (notify: SipRequest): number =>
  Number(/<reginfo [^>]*version="(\d+)"/.exec(notify.body.toString('utf8'))?.[1]);

test('a client whose TCP connection dies loses that flow alone: reg NOTIFY, and the next request takes the other (RFC 5626 §7)', async (t) => {
  const server = await start(configFor(':memory:'));
  t.after(() => server.stop());
  const [first, second, watcher, bob] = [
    await open(t, server.pharos, 'alice'),
    await open(t, server.pharos, 'alice'),
    await open(t, server.pharos, 'alice', 'udp'),
    await open(t, server.pharos, 'bob', 'udp'),
  ];
  assert.equal((await registerFlow(second, 2)).headers.first('require'), 'outbound');
  assert.equal((await registerFlow(first, 1)).headers.first('require'), 'outbound');
  const subscribed = await watcher.ask({
    method: 'SUBSCRIBE',
    uri: alice,
    headers: [
      ['Event', 'reg'],
      ['Expires', '600'],
      ['Contact', `<${watcher.contact}>`],
    ],
  });
  assert.equal(subscribed.status, 200);
  const before = await watcher.nextNotify();
  assert.deepEqual(events(before), ['registered', 'registered']);
  assert.equal(version(before), 0);
  // The flow refreshed last is the better one.
  assert.equal((await message(bob, alice)).status, 200);
  assert.equal((await first.nextNotify()).method, 'MESSAGE');
  assert.equal(second.notifiesWaiting, 0, 'one flow of a device at a time');

  first.close();
  const after = await watcher.nextNotify();
  assert.deepEqual(events(after), ['registered', 'deactivated']);
  assert.equal(version(after), 1);
  assert.equal((await message(bob, alice)).status, 200);
  assert.equal((await second.nextNotify()).method, 'MESSAGE');

  second.close();
  const last = await watcher.nextNotify();
  assert.match(last.body.toString('utf8'), /<registration [^>]*state="terminated"/);
  assert.equal((await message(bob, alice)).status, 480);
});

test('GRUUs reach their device through the proxy, and after a restart of the server (RFC 5627 §5.4, §6.1)', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pharos-gruu-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const config = configFor(join(folder, 'p.sqlite'));
  const before = await start(config);
  const [phone, other, bob] = [
    await open(t, before.pharos, 'alice', 'udp'),
    await open(t, before.pharos, 'alice', 'udp'),
    await open(t, before.pharos, 'bob', 'udp'),
  ];
  const registered = await register(phone, `<${phone.contact}>;${instance}`);
  await register(other, `<${other.contact}>`);
  const contact = registered.headers.all('contact').find((value) => value.includes('temp-gruu')) ?? '';
  const gruus = ['pub', 'temp'].map((kind) => new RegExp(`;${kind}-gruu="([^"]+)"`).exec(contact)?.[1] ?? '');
  const reach = async (): Promise<void> => {
    for (const gruu of gruus) {
      assert.equal((await message(bob, gruu)).status, 200, gruu);
      const came = await phone.nextNotify();
      assert.equal(came.uri, phone.contact, 'the GRUU has given way to the contact');
    }
    assert.equal(other.notifiesWaiting, 0, 'the other device is not meant');
  };
  await reach();
  const listen = before.pharos.bound.map(
    ({ transport, host, port }) => `${transport.uriParam}:${host}:${String(port)}`,
  );
  await before.stop();
  const after = await start({ ...config, server: { ...config.server, listen } });
  t.after(() => after.stop());
  await reach();
  assert.equal((await message(bob, `${alice};gr=urn:nobody`)).status, 480, 'a device that is not registered');
  assert.equal((await message(bob, `sip:tgruu.forged@${domain};gr`)).status, 404);
});
