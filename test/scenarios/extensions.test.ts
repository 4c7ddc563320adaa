import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import { createMemoryStore } from '../../db/backends/memory.ts';
import { type Clock, instant } from '../../kernel/clock.ts';
import { silentLog } from '../../kernel/log.ts';
import { createMeter } from '../../kernel/meter.ts';
import type { Result } from '../../kernel/result.ts';
import { compose, type Pharos } from '../../server/compose.ts';
import { importExtensions } from '../../server/extension-modules.ts';
import { sections } from '../../server/sections.ts';
import { createSystemClock, createSystemScheduler, createSystemTokens } from '../../server/system.ts';
import { tables } from '../../server/tables.ts';
import { openUserAgent, type UserAgent } from '../../tools/demo/user-agent.ts';

/** The package root, from dist/test/scenarios/. */
const root = fileURLToPath(new URL('../../../', import.meta.url));
const domain = 'example.org';
const users = ['alice', 'bob', 'door'];

/** A server with extensions, whose clock stands at a time of day. */
async function start(
  t: TestContext,
  flags: readonly (readonly [path: string, value: string])[],
  timeOfDay = '12:00',
): Promise<Result<Pharos, string>> {
  const given = [['server.domains', domain], ['server.listen', 'udp:127.0.0.1:0'], ...flags] as const;
  const config = loadConfig(sections, {
    environment: {},
    flags: given.map(([path, value]) => ({ path, value, place: 'test' })),
  });
  assert.ok(config.ok, 'the configuration of the test is good');
  const imported = await importExtensions(config.value.values.extensions.modules, root);
  assert.ok(imported.ok);
  const store = createMemoryStore({ tables });
  const deps = {
    clock: clockAt(timeOfDay),
    scheduler: createSystemScheduler(),
    tokens: createSystemTokens(),
    log: silentLog,
    meter: createMeter(),
    store,
    extensionModules: imported.value,
  };
  const composed = await compose(deps, config.value.values);
  t.after(async () => {
    if (composed.ok) await composed.value.stop();
    await store.close();
  });
  return composed;
}

/** The clock of the system, shifted. */
function clockAt(timeOfDay: string): Clock {
  const system = createSystemClock();
  const shift = Date.parse(`2026-03-01T${timeOfDay}:00Z`) - system.now();
  return { now: () => instant(system.now() + shift) };
}

async function agentOf(t: TestContext, pharos: Pharos, user: string): Promise<UserAgent> {
  const [server] = pharos.bound;
  assert.ok(server !== undefined);
  const agent = await openUserAgent({ user, domain, password: `pw-${user}`, server, transport: 'udp' });
  t.after(() => {
    agent.close();
  });
  return agent;
}

async function started(...given: Parameters<typeof start>): Promise<Pharos> {
  const pharos = await start(...given);
  assert.ok(pharos.ok, pharos.ok ? '' : pharos.fault);
  for (const username of users) assert.ok((await pharos.value.accounts.add({ username, domain }, `pw-${username}`)).ok);
  return pharos.value;
}

test('the event package of an example is subscribed to and published for (RFC 6665 §5.4, RFC 3903 §4)', async (t) => {
  const pharos = await started(t, [['extensions.modules', './examples/door/door.mjs']]);
  const sensor = await agentOf(t, pharos, 'door');
  const bob = await agentOf(t, pharos, 'bob');
  const event = ['Event', 'x-door'] as const;
  const uri = `sip:door@${domain}`;

  const subscribed = await bob.ask({ method: 'SUBSCRIBE', uri, headers: [event, ['Contact', `<${bob.contact}>`]] });
  assert.equal(subscribed.status, 200);
  const first = await bob.nextNotify();
  assert.equal(first.headers.first('content-type'), 'application/x-door');
  assert.equal(first.body.toString(), 'closed');

  const publish = async (text: string): Promise<number> =>
    (await sensor.ask({ method: 'PUBLISH', uri, headers: [event], body: { contentType: 'application/x-door', text } }))
      .status;
  assert.equal(await publish('open'), 200);
  assert.equal((await bob.nextNotify(8000)).body.toString(), 'open');
  assert.equal(await publish('ajar'), 400);

  const options = await bob.ask({ method: 'OPTIONS', uri: `sip:${domain}` });
  assert.match(options.headers.first('allow-events') ?? '', /\bx-door\b/);
});

const nightCalls = [['extensions.modules', './examples/night-calls/night-calls.mjs']] as const;

for (const [time, status] of [
  ['23:30', 480],
  ['12:00', 200],
] as const) {
  test(`the step of an example decides on a call at ${time}: ${String(status)} (RFC 3261 §16.5)`, async (t) => {
    const pharos = await started(t, nightCalls, time);
    const alice = await agentOf(t, pharos, 'alice');
    const bob = await agentOf(t, pharos, 'bob');
    const registered = await alice.ask({
      method: 'REGISTER',
      uri: `sip:${domain}`,
      to: `sip:alice@${domain}`,
      headers: [['Contact', `<${alice.contact}>`]],
    });
    assert.equal(registered.status, 200);
    const headers = [
      ['Contact', `<${bob.contact}>`],
      ['P-Asserted-Identity', '<sip:eve@example.org>'],
      ['P-Preferred-Identity', '<sip:bob@example.org>'],
    ] as const;
    const called = await bob.ask({ method: 'INVITE', uri: `sip:alice@${domain}`, headers });
    assert.equal(called.status, status);
    if (status !== 200) {
      assert.equal(alice.notifiesWaiting, 0);
      return;
    }
    const invite = await alice.nextNotify();
    assert.equal(invite.method, 'INVITE');
    assert.deepEqual(
      invite.headers.all('p-asserted-identity'),
      ['<sip:bob@example.org>'],
      'what was proved (RFC 3325 §5)',
    );
    assert.equal(invite.headers.has('p-preferred-identity'), false);
    assert.ok(invite.headers.has('record-route'));
  });
}

test('what is wrong with an extension ends the start, in sentences', async (t) => {
  const pharos = await start(t, [...nightCalls, ['extensions.settings', 'night-calls.from=noon']]);
  assert.ok(!pharos.ok);
  assert.equal(
    pharos.fault,
    'extension ./examples/night-calls/night-calls.mjs: steps failed: ' +
      'night-calls.from is noon, but takes a time of day such as 22:30.',
  );
});

test('an unknown name in proxy.steps ends the start, with the name that was meant', async (t) => {
  const pharos = await start(t, [...nightCalls, ['proxy.steps', 'hops,loop,admit,nigth-calls,location']]);
  assert.ok(!pharos.ok);
  assert.match(pharos.fault, /names nigth-calls, and there is no such step: did you mean night-calls\.$/);
});
