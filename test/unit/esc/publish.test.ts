import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDomains } from '../../../auth/domains.ts';
import { defaultsOf } from '../../../config/section.ts';
import { createMemoryStore } from '../../../db/backends/memory.ts';
import type { Store, StoreFault } from '../../../db/store.ts';
import { createPublications } from '../../../esc/publications.ts';
import { createPublish } from '../../../esc/publish.ts';
import type { PublishedPackage } from '../../../esc/package-port.ts';
import { type EscConfig, escSection } from '../../../esc/settings.ts';
import { escTables } from '../../../esc/tables.ts';
import { type Aor, aorFromStore } from '../../../kernel/aor.ts';
import { seconds } from '../../../kernel/clock.ts';
import type { StateChange } from '../../../kernel/feed.ts';
import { silentLog } from '../../../kernel/log.ts';
import { createMeter } from '../../../kernel/meter.ts';
import { fail } from '../../../kernel/result.ts';
import type { Identity } from '../../../sip-stack/incoming.ts';
import { badRequest } from '../../../sip-stack/refusals.ts';
import type { Reply } from '../../../sip-stack/reply.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { createFakeTokens } from '../../support/fake-tokens.ts';
import { type IncomingParts, incomingRequest } from '../../support/sip-incoming.ts';

type Sending = Partial<Omit<IncomingParts, 'now'>>;

const alice = aorFromStore('sip:alice@example.com');
const open = 'Content-Type: application/pidf+xml';
const provedAs = (aor: string): Identity => ({ kind: 'authenticated', aor: aorFromStore(aor) });

function create(config: Partial<EscConfig> = {}, wrap: (store: Store) => Store = (store) => store) {
  const time = createFakeTime();
  const news: StateChange[] = [];
  const checked: string[] = [];
  const memory = createMemoryStore({ tables: escTables });
  memory.feed.listen((change) => news.push(change));
  const store = wrap(memory);
  const users = new Set<Aor>([alice, aorFromStore('sip:bob@example.com')]);
  const presence: PublishedPackage = {
    name: 'presence',
    publication: {
      bodies: ['application/pidf+xml', 'application/x-state'],
      expiresDefault: seconds(3600),
      check: (_resource, { bytes }) => {
        checked.push(String(bytes));
        return String(bytes).includes('bad') ? badRequest('Bad Document') : undefined;
      },
    },
  };
  const all: readonly PublishedPackage[] = [
    presence,
    {
      name: 'dialog',
      publication: { bodies: ['application/pidf+xml'], expiresDefault: seconds(60), check: () => undefined },
    },
    { name: 'presence.winfo' },
  ];
  const domains = createDomains({ domains: ['example.com'], ownAddresses: () => [{ host: '192.0.2.1', port: 5060 }] });
  const deps = { store, clock: time.clock, log: silentLog, meter: createMeter() };
  const handler = createPublish(
    {
      ...deps,
      tokens: createFakeTokens('p'),
      packages: { all, find: (name) => all.find((one) => one.name === name.toLowerCase()) },
      presentities: { localAor: (uri) => domains.localAor(uri), has: (aor) => users.has(aor) },
    },
    { ...defaultsOf(escSection), ...config },
  );
  const send = async (sending: Sending = {}): Promise<Reply> => {
    const incoming = incomingRequest({
      method: 'PUBLISH',
      uri: 'sip:alice@example.com',
      from: 'sip:alice@example.com',
      identity: provedAs('sip:alice@example.com'),
      ...sending,
      now: time.clock.now(),
    });
    const { reply } = await handler(incoming);
    // The news comes after the answer.
    await time.advanceAsync(0);
    return reply;
  };
  /** Publishes under Event: presence. */
  const publish = (body: string, ...headers: string[]): Promise<Reply> =>
    send({ headers: ['Event: presence', ...(body === '' ? [] : [open]), ...headers], body });
  return { time, news, checked, store, send, publish, publications: createPublications(deps), meter: deps.meter };
}

const headerIn = (reply: Reply, wanted: string): string | undefined =>
  (reply.headers ?? []).find(([name]) => name === wanted)?.[1];
const tagIn = (reply: Reply): string => {
  assert.equal(reply.status, 200, reply.reason);
  return headerIn(reply, 'SIP-ETag') ?? '';
};
const match = (tag: string): string => `SIP-If-Match: ${tag}`;
const told = { eventPackage: 'presence', resource: alice };

test('an initial publication gets a tag and a lifetime, and is news (RFC 3903 §6 steps 5 and 6)', async () => {
  const { publish, publications, news } = create();
  const reply = await publish('<open/>', 'Expires: 600', 'User-Agent: tester');
  assert.deepEqual(reply, {
    status: 200,
    headers: [
      ['SIP-ETag', 'p1.1'],
      ['Expires', '600'],
    ],
  });
  assert.deepEqual(news, [told]);
  assert.deepEqual(publications.of('presence', alice), [
    {
      id: 'p1',
      eventPackage: 'presence',
      resource: alice,
      tagVersion: 1,
      contentType: 'application/pidf+xml',
      body: '<open/>',
      expiresAt: 1_700_000_600_000,
      createdAt: 1_700_000_000_000,
      changedAt: 1_700_000_000_000,
      userAgent: 'tester',
    },
  ]);
});

test('a refresh extends the lifetime, changes the tag and is no news (RFC 3903 §4.3)', async () => {
  const { publish, publications, news, time, checked } = create();
  const first = tagIn(await publish('<open/>', 'Expires: 600'));
  time.advance(500_000);
  const reply = await publish('', match(first), 'Expires: 600');
  assert.notEqual(tagIn(reply), first);
  time.advance(500_000);
  assert.deepEqual(
    publications.of('presence', alice).map(({ body }) => body),
    ['<open/>'],
  );
  assert.deepEqual([news.length, checked.length], [1, 1]);
});

test('a refresh with a Content-Type and an empty body is a refresh (baresip)', async () => {
  const { send, publish, publications } = create();
  const tag = tagIn(await publish('<open/>'));
  const reply = await send({ headers: ['Event: presence', open, match(tag), 'Expires: 600'] });
  assert.equal(headerIn(reply, 'Expires'), '600');
  assert.equal(publications.of('presence', alice)[0]?.body, '<open/>');
});

test('a modify replaces the body and is news (RFC 3903 §4.4)', async () => {
  const { publish, publications, news } = create();
  const first = tagIn(await publish('<open/>'));
  const second = tagIn(await publish('<shut/>', match(first)));
  assert.notEqual(second, first);
  const [publication, ...more] = publications.of('presence', alice);
  assert.deepEqual([publication?.body, more, news.length], ['<shut/>', [], 2]);
  assert.ok(
    (publication?.changedAt ?? 0) > (publication?.createdAt ?? 0),
    'the change is younger, even in one millisecond',
  );
});

test('a modify that changes nothing is no news, but renews tag and lifetime (linphone refreshes so)', async () => {
  const { publish, publications, news, time, checked } = create();
  const first = tagIn(await publish('<open/>', 'Expires: 600'));
  time.advance(500_000);
  const reply = await publish('<open/>', match(first), 'Expires: 600');
  assert.notEqual(tagIn(reply), first);
  assert.deepEqual([news.length, checked.length], [1, 1]);
  assert.equal(publications.of('presence', alice)[0]?.expiresAt, 1_700_001_100_000);
});

test('the same bytes under another type are a change', async () => {
  const { publish, send, news } = create();
  const tag = tagIn(await publish('<open/>'));
  const headers = ['Event: presence', 'Content-Type: application/x-state', match(tag)];
  assert.equal((await send({ headers, body: '<open/>' })).status, 200);
  assert.equal(news.length, 2);
});

test('a remove takes the publication away and is news (RFC 3903 §4.5)', async () => {
  const { publish, publications, news } = create();
  const tag = tagIn(await publish('<open/>'));
  const reply = await publish('', match(tag), 'Expires: 0');
  assert.equal(headerIn(reply, 'Expires'), '0');
  assert.notEqual(tagIn(reply), tag);
  assert.deepEqual([publications.of('presence', alice), news.length], [[], 2]);
  assert.equal((await publish('', match(tagIn(reply)), 'Expires: 0')).status, 412);
});

test('a remove with a body removes and stores nothing (RFC 3903 §6 step 5)', async () => {
  const { publish, publications } = create();
  const tag = tagIn(await publish('<open/>'));
  assert.equal((await publish('<shut/>', match(tag), 'Expires: 0')).status, 200);
  assert.deepEqual(publications.of('presence', alice), []);
});

test('every success has another tag than any before (RFC 3903 §6 step 6)', async () => {
  const { publish } = create();
  const tags = [tagIn(await publish('<open/>')), tagIn(await publish('<open/>'))];
  for (let n = 0; n < 10; n += 1)
    tags.push(tagIn(await publish(n % 3 === 0 ? '' : `<b${String(n)}/>`, match(tags.at(-1) ?? ''))));
  assert.equal(new Set(tags).size, tags.length);
});

test('the tag before the last one fails (RFC 3903 §6 step 3)', async () => {
  const { publish } = create();
  const first = tagIn(await publish('<open/>'));
  await publish('<shut/>', match(first));
  assert.equal((await publish('<open/>', match(first))).status, 412);
});

for (const tag of [
  'x',
  '.',
  '.1',
  'p1',
  'p1.',
  'p1.01',
  'p1.2',
  'p1.1.1',
  'P1.1',
  '*',
  '"p1.1"',
  '__proto__',
  '__proto__.1',
  'a'.repeat(5000),
]) {
  test(`the unknown tag ${tag.slice(0, 20)} fails whatever its form (RFC 3903 §6 step 3)`, async () => {
    const { publish } = create();
    await publish('<open/>');
    for (const body of ['', '<shut/>']) assert.equal((await publish(body, match(tag))).status, 412);
    assert.equal((await publish('', match(tag), 'Expires: 0')).status, 412);
  });
}

test("another user's or another package's tag is unknown (RFC 3903 §6 step 3)", async () => {
  const { publish, send, publications } = create();
  const tag = tagIn(await publish('<open/>'));
  const bob = { uri: 'sip:bob@example.com', from: 'sip:bob@example.com', identity: provedAs('sip:bob@example.com') };
  assert.equal((await send({ ...bob, headers: ['Event: presence', open, match(tag)], body: '<shut/>' })).status, 412);
  assert.equal((await send({ headers: ['Event: dialog', open, match(tag)], body: '<shut/>' })).status, 412);
  assert.equal(publications.of('presence', alice)[0]?.body, '<open/>');
});

test('an expired publication fails to refresh, swept or not (RFC 3903 §4.3)', async () => {
  const { publish, publications, time } = create();
  const tag = tagIn(await publish('<open/>', 'Expires: 60'));
  time.advance(60_000);
  assert.deepEqual(publications.of('presence', alice), []);
  assert.equal((await publish('', match(tag))).status, 412);
  assert.equal(await publications.sweep(time.clock.now()), 1);
  assert.equal((await publish('', match(tag))).status, 412);
});

test('two devices have two publications, in the order in which they came', async () => {
  const { publish, publications, time } = create();
  const first = tagIn(await publish('<one/>'));
  time.advance(1);
  await publish('<two/>');
  await publish('<one-more/>', match(first));
  assert.deepEqual(
    publications.of('presence', alice).map(({ body }) => body),
    ['<one-more/>', '<two/>'],
  );
});

test('the lifetime: default, shortened, never extended, too brief (RFC 3903 §6 step 4)', async () => {
  const { publish, send } = create();
  assert.equal(headerIn(await publish('<open/>'), 'Expires'), '3600');
  assert.equal(headerIn(await publish('<open/>', 'Expires: 423197357'), 'Expires'), '7200');
  assert.equal(headerIn(await publish('<open/>', 'Expires: 61'), 'Expires'), '61');
  assert.equal(headerIn(await send({ headers: ['Event: dialog', open], body: '<d/>' }), 'Expires'), '60');
  const brief = await publish('<open/>', 'Expires: 59');
  assert.equal(brief.status, 423);
  assert.equal(headerIn(brief, 'Min-Expires'), '60');
});

test('a refresh that is too brief leaves the publication as it was (RFC 3903 §6 step 4)', async () => {
  const { publish } = create();
  const tag = tagIn(await publish('<open/>'));
  assert.equal((await publish('', match(tag), 'Expires: 5')).status, 423);
  assert.equal((await publish('', match(tag))).status, 200);
});

for (const [what, status, headers, body] of [
  ['no Event', 489, [open], '<open/>'],
  ['an unknown package', 489, ['Event: weather', open], '<open/>'],
  ['a package that cannot be published', 489, ['Event: presence.winfo', open], '<open/>'],
  ['a malformed Event', 400, ['Event: ;id=1', open], '<open/>'],
  ['two entity-tags', 400, ['Event: presence', open, match('a, b')], '<open/>'],
  ['an empty SIP-If-Match', 400, ['Event: presence', open, 'SIP-If-Match:'], '<open/>'],
  ['neither body nor entity-tag', 400, ['Event: presence'], ''],
  ['Expires 0 without entity-tag', 400, ['Event: presence', open, 'Expires: 0'], '<open/>'],
  ['a malformed Expires', 400, ['Event: presence', open, 'Expires: never'], '<open/>'],
  ['no Content-Type', 400, ['Event: presence'], '<open/>'],
  ['a body that the package refuses', 400, ['Event: presence', open], '<bad/>'],
  ['another type', 415, ['Event: presence', 'Content-Type: text/plain'], 'open'],
  ['a type of another package', 415, ['Event: dialog', 'Content-Type: application/x-state'], '<open/>'],
  ['a content coding', 415, ['Event: presence', open, 'Content-Encoding: deflate'], '<open/>'],
  ['too large a body', 413, ['Event: presence', open], 'x'.repeat(65_537)],
] as const satisfies readonly (readonly [string, number, readonly string[], string])[]) {
  test(`${what} is ${String(status)} and publishes nothing (RFC 3903 §6)`, async () => {
    const { send, publications, news } = create();
    assert.equal((await send({ headers, body })).status, status);
    assert.deepEqual([publications.of('presence', alice), news], [[], []]);
  });
}

test('says what it would take: Allow-Events, Accept, Accept-Encoding (RFC 3903 §11.1.1)', async () => {
  const { send } = create();
  const event = await send({ headers: ['Event: weather', open], body: '<open/>' });
  assert.equal(headerIn(event, 'Allow-Events'), 'presence, dialog');
  const type = await send({ headers: ['Event: presence', 'Content-Type: text/plain'], body: 'open' });
  assert.equal(headerIn(type, 'Accept'), 'application/pidf+xml, application/x-state');
  const coding = await send({ headers: ['Event: presence', open, 'Content-Encoding: gzip'], body: 'open' });
  assert.equal(headerIn(coding, 'Accept-Encoding'), 'identity');
});

test('takes a package and a type in any case, a type with parameters, and the coding identity', async () => {
  const { send, publications } = create();
  const headers = [
    'Event: Presence',
    'Content-Type: Application/PIDF+xml;charset="UTF-8"',
    'Content-Encoding: identity',
  ];
  assert.equal((await send({ headers, body: '<open/>' })).status, 200);
  assert.equal(publications.of('presence', alice)[0]?.contentType, 'application/pidf+xml;charset="UTF-8"');
});

test('keeps the bytes as they came, whatever they are', async () => {
  const { send, publications } = create();
  const body = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
  await send({ headers: ['Event: presence', open], body });
  assert.deepEqual(Buffer.from(publications.of('presence', alice)[0]?.body ?? '', 'latin1'), body);
});

test('an unknown tag is told before a brief lifetime, and that before a bad body (RFC 3903 §6)', async () => {
  const { send, publish } = create();
  const bad = ['Event: presence', 'Content-Type: text/plain', 'Expires: 1'];
  assert.equal((await send({ headers: [...bad, match('x')], body: 'open' })).status, 412);
  const tag = tagIn(await publish('<open/>'));
  assert.equal((await send({ headers: [...bad, match(tag)], body: 'open' })).status, 423);
});

for (const [what, sending, status] of [
  ['another domain', { uri: 'sip:alice@example.net' }, 404],
  ['an unknown user', { uri: 'sip:zoe@example.com', identity: provedAs('sip:zoe@example.com') }, 404],
  ['another user', { uri: 'sip:bob@example.com' }, 403],
  ['an unknown user for somebody else', { uri: 'sip:zoe@example.com' }, 403],
  ['nobody', { identity: { kind: 'anonymous' } }, 403],
] as const satisfies readonly (readonly [string, Sending, number])[]) {
  test(`publishing for or as ${what} is ${String(status)} (RFC 3903 §6 step 1, §14.2)`, async () => {
    const { send, news } = create();
    assert.equal((await send({ ...sending, headers: ['Event: presence', open], body: '<open/>' })).status, status);
    assert.deepEqual(news, []);
  });
}

test('a trusted peer publishes for whom it speaks', async () => {
  const { send } = create();
  const identity = { kind: 'trusted-peer', aor: alice } as const;
  assert.equal((await send({ identity, headers: ['Event: presence', open], body: '<open/>' })).status, 200);
});

test('more publications than the bound are 503 with Retry-After; others go on (limits.publicationsPerResourceMax)', async () => {
  const { publish, time } = create({ publicationsPerResourceMax: 2 });
  const tag = tagIn(await publish('<one/>', 'Expires: 60'));
  await publish('<two/>', 'Expires: 600');
  const reply = await publish('<three/>');
  assert.equal(reply.status, 503);
  assert.match(headerIn(reply, 'Retry-After') ?? '', /^\d+$/);
  assert.equal((await publish('<one-more/>', match(tag), 'Expires: 60')).status, 200);
  time.advance(60_000);
  assert.equal((await publish('<three/>')).status, 200, 'what has expired takes no room');
});

test('the sweep takes what expired, with one piece of news for each resource and package', async () => {
  const { publish, send, publications, news, time, meter } = create();
  await publish('<one/>', 'Expires: 60');
  await publish('<two/>', 'Expires: 61');
  await publish('<three/>', 'Expires: 600');
  await send({ headers: ['Event: dialog', open, 'Expires: 60'], body: '<d/>' });
  news.length = 0;
  assert.equal(await publications.sweep(time.clock.now()), 0);
  time.advance(61_000);
  assert.equal(await publications.sweep(time.clock.now()), 3);
  await time.advanceAsync(0);
  assert.deepEqual(news.map(({ eventPackage }) => eventPackage).sort(), ['dialog', 'presence']);
  assert.equal(meter.samples().find(({ name }) => name === 'pharos_esc_publications')?.value, 1);
});

/** A store whose transactions fail in turn with these faults, and then succeed. */
const failing =
  (faults: StoreFault[]) =>
  (store: Store): Store => ({
    ...store,
    transact: (changes, news) => {
      const fault = faults.shift();
      return fault === undefined ? store.transact(changes, news) : Promise.resolve(fail(fault));
    },
  });

test('decides anew when somebody else changed the publication meanwhile', async () => {
  const { publish } = create({}, failing(['conflict', 'conflict']));
  assert.equal((await publish('<open/>')).status, 200);
});

for (const faults of [['full'], ['unavailable'], ['conflict', 'conflict', 'conflict']] as StoreFault[][]) {
  test(`answers 503 with Retry-After when the store says ${faults.join(', ')}`, async () => {
    const { publish, publications } = create({}, failing([...faults]));
    const reply = await publish('<open/>');
    assert.equal(reply.status, 503);
    assert.match(headerIn(reply, 'Retry-After') ?? '', /^\d+$/);
    assert.deepEqual(publications.of('presence', alice), []);
  });
}

test('of two modifies with one tag at once, one succeeds and the other fails (RFC 3903 §6)', async () => {
  const { publish } = create();
  const tag = tagIn(await publish('<open/>'));
  const replies = await Promise.all([publish('<one/>', match(tag)), publish('<two/>', match(tag))]);
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 412],
  );
});
