import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDomains } from '../../../auth/domains.ts';
import { defaultsOf } from '../../../config/section.ts';
import { createMemoryStore } from '../../../db/backends/memory.ts';
import type { Change, Store, StoreFault } from '../../../db/store.ts';
import { type Aor, aorFromStore } from '../../../kernel/aor.ts';
import type { StateChange } from '../../../kernel/feed.ts';
import { silentLog } from '../../../kernel/log.ts';
import { createMeter } from '../../../kernel/meter.ts';
import { fail } from '../../../kernel/result.ts';
import { createBindings } from '../../../registrar/bindings.ts';
import { createDepartures } from '../../../registrar/departures.ts';
import { createFlowOwners } from '../../../registrar/flow-owners.ts';
import { createGruus } from '../../../registrar/gruu.ts';
import { createRegister } from '../../../registrar/register.ts';
import { type RegistrarConfig, registrarSection } from '../../../registrar/settings.ts';
import { registrarTables } from '../../../registrar/tables.ts';
import type { Identity } from '../../../sip-stack/incoming.ts';
import type { Reply } from '../../../sip-stack/reply.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { createFakeTokens } from '../../support/fake-tokens.ts';
import { type IncomingParts, incomingRequest } from '../../support/sip-incoming.ts';

type Sending = Partial<Omit<IncomingParts, 'now'>>;

const alice = aorFromStore('sip:alice@example.com');
const provedAs = (aor: string): Identity => ({ kind: 'authenticated', aor: aorFromStore(aor) });

function create(config: Partial<RegistrarConfig> = {}, wrap: (store: Store) => Store = (store) => store) {
  const time = createFakeTime();
  const changes: Change[] = [];
  const news: StateChange[] = [];
  const memory = createMemoryStore({ tables: registrarTables });
  memory.feed.listen((change) => news.push(change));
  const store = wrap({
    ...memory,
    transact: (made, told) => {
      changes.push(...made);
      return memory.transact(made, told);
    },
  });
  const users = new Set<Aor>([alice, aorFromStore('sip:bob@example.com'), aorFromStore('sip:alice@example.org')]);
  const domains = createDomains({
    domains: ['example.com', 'example.org'],
    ownAddresses: () => [{ host: '192.0.2.1', port: 5060 }],
  });
  const values = { ...defaultsOf(registrarSection), ...config };
  const departures = createDepartures(time.clock);
  const owners = createFlowOwners();
  const deps = { store, clock: time.clock, log: silentLog, meter: createMeter(), departures, owners };
  const handler = createRegister(
    {
      ...deps,
      tokens: createFakeTokens('b'),
      residents: {
        domainOf: (uri) => domains.domainOf(uri),
        localAor: (uri) => domains.localAor(uri),
        has: (aor) => users.has(aor),
      },
      flowToKeep: ({ flow }) => flow.key,
      gruus: createGruus('secret'),
      onFlowsChanged: (was, are) => {
        owners.changed(was, are);
      },
    },
    values,
  );
  let cseq = 0;
  const send = async (sending: Sending = {}): Promise<Reply> => {
    cseq += 1;
    const incoming = incomingRequest({
      method: 'REGISTER',
      uri: 'sip:example.com',
      from: 'sip:alice@example.com',
      cseq,
      identity: provedAs('sip:alice@example.com'),
      ...sending,
      now: time.clock.now(),
    });
    const { reply } = await handler(incoming);
    // The news comes after the answer.
    await time.advanceAsync(0);
    return reply;
  };
  const register = (...headers: string[]): Promise<Reply> => send({ headers });
  return { time, store, changes, news, send, register, bindings: createBindings(deps, values), meter: deps.meter };
}

const contactsIn = (reply: Reply): readonly string[] => {
  assert.equal(reply.status, 200, reply.reason);
  return (reply.headers ?? []).filter(([name]) => name === 'Contact').map(([, value]) => value);
};
const headerIn = (reply: Reply, wanted: string): string | undefined =>
  (reply.headers ?? []).find(([name]) => name === wanted)?.[1];

test('adds a binding and lists it with its lifetime and the date (RFC 3261 §10.3 step 8)', async () => {
  const { register, news } = create();
  const reply = await register('Contact: <sip:alice@192.0.2.7:5070>', 'Expires: 600');
  assert.deepEqual(contactsIn(reply), ['<sip:alice@192.0.2.7:5070>;expires=600']);
  assert.equal(headerIn(reply, 'Date'), 'Tue, 14 Nov 2023 22:13:20 GMT');
  assert.deepEqual(news, [{ eventPackage: 'reg', resource: alice }]);
});

test('keeps what issue 3 and the watchers of registrations need of a binding', async () => {
  const { register, bindings } = create();
  await register(
    'Contact: <sip:alice@192.0.2.7:5070>;+sip.instance="<urn:uuid:1>";reg-id=1;q=0.5;methods="MESSAGE,NOTIFY"',
    'User-Agent: tester 1.0',
  );
  const [binding, ...more] = bindings.of(alice);
  assert.deepEqual(more, []);
  assert.deepEqual(binding, {
    aor: 'sip:alice@example.com',
    id: 'b1',
    contact: 'sip:alice@192.0.2.7:5070',
    params: ';+sip.instance="<urn:uuid:1>";reg-id=1;methods="MESSAGE,NOTIFY"',
    q: 500,
    callId: 'call-1',
    cseq: 1,
    expiresAt: 1_700_003_600_000,
    registeredAt: 1_700_000_000_000,
    refreshedAt: 1_700_000_000_000,
    path: '',
    instance: '<urn:uuid:1>',
    regId: 1,
    flow: 'udp|192.0.2.1:5060|192.0.2.7:5060',
    received: '192.0.2.7:5060',
    userAgent: 'tester 1.0',
  });
});

test('several contacts with their own q and lifetime, parameter before header before default (RFC 3261 §10.3 step 7)', async () => {
  const { register } = create({ expiresDefault: 1800 as never });
  const reply = await register(
    'Contact: <sip:a@h1>;q=1.0;expires=300, <sip:a@h2>;q=0.25',
    'Contact: sip:a@h3',
    'Expires: 900',
  );
  assert.deepEqual(contactsIn(reply), [
    '<sip:a@h1>;q=1;expires=300',
    '<sip:a@h2>;q=0.25;expires=900',
    '<sip:a@h3>;expires=900',
  ]);
  const byDefault = await register('Contact: <sip:a@h4>');
  assert.equal(contactsIn(byDefault).at(-1), '<sip:a@h4>;expires=1800');
});

test('tells the lifetimes that are left (RFC 3261 §10.3 step 8)', async () => {
  const { register, time } = create();
  await register('Contact: <sip:a@h1>;expires=600');
  time.advance(100_500);
  assert.deepEqual(contactsIn(await register()), ['<sip:a@h1>;expires=500']);
});

test('a fetch changes nothing and lists the bindings of that AOR only (RFC 3261 §10.2.3)', async () => {
  const { register, send, changes } = create();
  await register('Contact: <sip:a@h1>');
  const made = changes.length;
  assert.equal(contactsIn(await register()).length, 1);
  const bob = await send({ from: 'sip:bob@example.com', identity: provedAs('sip:bob@example.com') });
  assert.deepEqual(contactsIn(bob), []);
  assert.equal(changes.length, made);
});

test('a refresh costs one put and is no news (RFC 3261 §10.2.4)', async () => {
  const { register, changes, news, time, bindings } = create();
  await register('Contact: <sip:a@h1>;q=0.5;ob');
  time.advance(60_000);
  assert.deepEqual(contactsIn(await register('Contact: <sip:a@h1>;q=0.5;ob')), ['<sip:a@h1>;q=0.5;expires=3600;ob']);
  assert.deepEqual(
    changes.map(({ kind }) => kind),
    ['put', 'put'],
  );
  assert.equal(news.length, 1);
  assert.equal(bindings.of(alice)[0]?.registeredAt, 1_700_000_000_000);
});

test('a changed q or parameter is news', async () => {
  const { register, news } = create();
  await register('Contact: <sip:a@h1>;q=0.5');
  await register('Contact: <sip:a@h1>;q=0.6');
  await register('Contact: <sip:a@h1>;q=0.6;audio');
  assert.equal(news.length, 3);
});

test('contacts are compared as URIs, not as texts (RFC 3261 §19.1.4)', async () => {
  const { register } = create();
  await register('Contact: <sip:alice@Host.example.net;transport=TCP>');
  const again = await register('Contact: <sip:%61lice@host.EXAMPLE.net;transport=tcp>;expires=100');
  assert.deepEqual(contactsIn(again), ['<sip:%61lice@host.EXAMPLE.net;transport=tcp>;expires=100']);
  const other = await register('Contact: <sip:alice@host.example.net:5060;transport=tcp>');
  assert.equal(contactsIn(other).length, 2);
});

test('Expires 0 removes one contact and leaves the others (RFC 3261 §10.2.2)', async () => {
  const { register, news } = create();
  await register('Contact: <sip:a@h1>, <sip:a@h2>');
  assert.deepEqual(contactsIn(await register('Contact: <sip:a@h1>;expires=0')), ['<sip:a@h2>;expires=3600']);
  assert.equal(news.length, 2);
});

test('removing what is not there succeeds and is no news (RFC 3261 §10.3 step 7)', async () => {
  const { register, news, changes } = create();
  assert.deepEqual(contactsIn(await register('Contact: <sip:a@h1>', 'Expires: 0')), []);
  assert.deepEqual([news, changes], [[], []]);
});

test('Contact * with Expires 0 removes all (RFC 3261 §10.3 step 6)', async () => {
  const { register, send, store } = create();
  await register('Contact: <sip:a@h1>, <sip:a@h2>');
  await send({ callId: 'call-2', cseq: 1, headers: ['Contact: <sip:a@h3>'] });
  assert.deepEqual(contactsIn(await register('Contact: *', 'Expires: 0')), []);
  assert.equal(store.size(registrarTables[0]), 0);
});

for (const headers of [['Contact: *'], ['Contact: *', 'Expires: 1']]) {
  test(`refuses ${headers.join(' with ')} (RFC 3261 §10.3 step 6)`, async () => {
    const { register, bindings } = create();
    await register('Contact: <sip:a@h1>');
    assert.equal((await register(...headers)).status, 400);
    assert.equal(bindings.of(alice).length, 1);
  });
}

test('Contact * of an overtaken request removes nothing (RFC 3261 §10.3 step 6)', async () => {
  const { send, bindings } = create();
  await send({ cseq: 5, headers: ['Contact: <sip:a@h1>'] });
  await send({ callId: 'call-2', cseq: 1, headers: ['Contact: <sip:a@h2>'] });
  assert.equal((await send({ cseq: 5, headers: ['Contact: *', 'Expires: 0'] })).status, 500);
  assert.equal(bindings.of(alice).length, 2);
});

test('an overtaken request of one Call-ID is aborted as a whole (RFC 3261 §10.3 step 7)', async () => {
  const { send, bindings } = create();
  await send({ cseq: 7, headers: ['Contact: <sip:a@h1>;q=0.1'] });
  for (const cseq of [7, 6]) {
    const reply = await send({ cseq, headers: ['Contact: <sip:a@h2>, <sip:a@h1>;q=0.9'] });
    assert.equal(reply.status, 500);
  }
  assert.deepEqual(
    bindings.of(alice).map(({ contact, q }) => [contact, q]),
    [['sip:a@h1', 100]],
  );
});

test('another Call-ID may come with a lower CSeq: the client was restarted (RFC 3261 §10.3 step 7)', async () => {
  const { send, bindings } = create();
  await send({ cseq: 700, headers: ['Contact: <sip:a@h1>'] });
  assert.equal((await send({ callId: 'call-2', cseq: 1, headers: ['Contact: <sip:a@h1>'] })).status, 200);
  assert.deepEqual(
    bindings.of(alice).map(({ callId, cseq }) => [callId, cseq]),
    [['call-2', 1]],
  );
});

test('too brief a lifetime is 423 with Min-Expires, and nothing is changed (RFC 3261 §10.3 step 7)', async () => {
  const { register, bindings } = create();
  const reply = await register('Contact: <sip:a@h1>, <sip:a@h2>;expires=59');
  assert.equal(reply.status, 423);
  assert.equal(headerIn(reply, 'Min-Expires'), '60');
  assert.deepEqual(bindings.of(alice), []);
});

test('an hour or more is never too brief, whatever the floor (RFC 3261 §10.3 step 7)', async () => {
  const { register } = create({ expiresMin: 3600 as never });
  assert.equal((await register('Contact: <sip:a@h1>;expires=3599')).status, 423);
  assert.equal((await register('Contact: <sip:a@h1>;expires=3600')).status, 200);
});

test('too long a lifetime is shortened, a malformed parameter is an hour (RFC 3261 §10.3 step 7, §20.10)', async () => {
  const { register } = create();
  const reply = await register(
    'Contact: <sip:a@h1>;expires=423197357, <sip:a@h2>;expires=99999999999999, <sip:a@h3>;expires=soon',
  );
  assert.deepEqual(
    contactsIn(reply).map((text) => /expires=\d+/.exec(text)?.[0]),
    ['expires=7200', 'expires=7200', 'expires=3600'],
  );
});

for (const [what, ...headers] of [
  ['a malformed Expires', 'Contact: <sip:a@h1>', 'Expires: soon'],
  ['a q above one', 'Contact: <sip:a@h1>;q=1.1'],
  ['a q that is no number', 'Contact: <sip:a@h1>;q=high'],
  ['a q without value', 'Contact: <sip:a@h1>;q'],
] as const) {
  test(`${what} is a bad request`, async () => {
    const { register, bindings } = create();
    assert.equal((await register(...headers)).status, 400);
    assert.deepEqual(bindings.of(alice), []);
  });
}

test('more contacts than the bound are refused, all of them (limits.contactsPerAorMax)', async () => {
  const { register, bindings } = create({ contactsPerAorMax: 2 });
  await register('Contact: <sip:a@h1>');
  const reply = await register('Contact: <sip:a@h2>, <sip:a@h3>');
  assert.deepEqual([reply.status, reply.reason], [403, 'Too Many Contacts']);
  assert.equal(bindings.of(alice).length, 1);
  assert.equal((await register('Contact: <sip:a@h2>, <sip:a@h1>;expires=0, <sip:a@h3>')).status, 200);
});

test('the same contact twice in one request is one binding', async () => {
  const { register, changes } = create();
  const reply = await register('Contact: <sip:a@h1>;q=0.1, <sip:a@h1>;q=0.2');
  assert.deepEqual(contactsIn(reply), ['<sip:a@h1>;q=0.2;expires=3600']);
  assert.equal(changes.length, 1);
});

for (const [what, identity] of [
  ['another user', provedAs('sip:bob@example.com')],
  ['the same name in another domain', provedAs('sip:alice@example.org')],
  ['nobody', { kind: 'anonymous' }],
  ['a trusted peer that speaks for another', { kind: 'trusted-peer', aor: aorFromStore('sip:bob@example.com') }],
] as const satisfies readonly (readonly [string, Identity])[]) {
  test(`${what} may not register for alice (RFC 3261 §10.3 step 4)`, async () => {
    const { send, bindings } = create();
    assert.equal((await send({ identity, headers: ['Contact: <sip:a@h1>'] })).status, 403);
    assert.equal((await send({ identity })).status, 403, 'nor look');
    assert.deepEqual(bindings.of(alice), []);
  });
}

test('a trusted peer registers whom it speaks for', async () => {
  const { send } = create();
  const reply = await send({ identity: { kind: 'trusted-peer', aor: alice }, headers: ['Contact: <sip:a@h1>'] });
  assert.equal(reply.status, 200);
});

for (const [what, sending] of [
  ['another domain in the Request-URI', { uri: 'sip:example.net' }],
  ['another domain in To', { to: 'sip:alice@example.net' }],
  ['a To that is not of the domain in the Request-URI', { uri: 'sip:example.org' }],
  ['an unknown user', { to: 'sip:zoe@example.com', identity: provedAs('sip:zoe@example.com') }],
] as const) {
  test(`${what} is not found (RFC 3261 §10.3 steps 1 and 5)`, async () => {
    const { send } = create();
    assert.equal((await send({ ...sending, headers: ['Contact: <sip:a@h1>'] })).status, 404);
  });
}

test('all spellings of an AOR are one (RFC 3261 §10.3 step 5)', async () => {
  const { send, bindings } = create();
  const spellings = ['sip:%61lice@EXAMPLE.com:5080;user=phone', 'sips:alice@example.com', 'sip:alice@192.0.2.1'];
  for (const [n, to] of spellings.entries()) {
    const reply = await send({
      uri: 'sip:192.0.2.1:5060',
      to,
      callId: `c${String(n)}`,
      headers: [`Contact: <sip:a@h${String(n)}>`],
    });
    assert.equal(reply.status, 200, to);
  }
  assert.equal(bindings.of(alice).length, 3);
});

test('an expired binding is gone before it is swept, and its order with it', async () => {
  const { send, register, time, bindings } = create();
  await send({ cseq: 50, headers: ['Contact: <sip:a@h1>;expires=60'] });
  time.advance(60_000);
  assert.deepEqual(bindings.of(alice), []);
  assert.deepEqual(contactsIn(await register()), []);
  assert.equal((await send({ cseq: 3, headers: ['Contact: <sip:a@h1>'] })).status, 200);
  assert.equal(await bindings.sweep(time.clock.now()), 1);
  assert.equal(bindings.of(alice).length, 1);
});

test('the sweep takes what expired, with one piece of news for each AOR', async () => {
  const { register, send, time, bindings, news, meter } = create();
  await register('Contact: <sip:a@h1>;expires=60, <sip:a@h2>;expires=61, <sip:a@h3>');
  await send({
    from: 'sip:bob@example.com',
    identity: provedAs('sip:bob@example.com'),
    headers: ['Contact: <sip:b@h>;expires=60'],
  });
  news.length = 0;
  assert.equal(await bindings.sweep(time.clock.now()), 0);
  time.advance(61_000);
  assert.equal(await bindings.sweep(time.clock.now()), 3);
  await time.advanceAsync(0);
  assert.deepEqual(news.map(({ resource }) => resource).sort(), ['sip:alice@example.com', 'sip:bob@example.com']);
  assert.equal(await bindings.sweep(time.clock.now()), 0);
  assert.equal(meter.samples().find(({ name }) => name === 'pharos_registrar_bindings')?.value, 1);
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

test('decides anew when somebody else changed the bindings meanwhile', async () => {
  const { register } = create({}, failing(['conflict', 'conflict']));
  assert.equal((await register('Contact: <sip:a@h1>')).status, 200);
});

for (const faults of [['full'], ['unavailable'], ['conflict', 'conflict', 'conflict']] as StoreFault[][]) {
  test(`answers 503 with Retry-After when the store says ${faults.join(', ')}`, async () => {
    const { register, bindings } = create({}, failing([...faults]));
    const reply = await register('Contact: <sip:a@h1>');
    assert.equal(reply.status, 503);
    assert.match(headerIn(reply, 'Retry-After') ?? '', /^\d+$/);
    assert.deepEqual(bindings.of(alice), []);
  });
}

test('answers only after the binding is durable (design §5)', async () => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { register } = create({}, (store) => ({
    ...store,
    transact: async (changes, news) => {
      const result = await store.transact(changes, news);
      await gate;
      return result;
    },
  }));
  let answered = false;
  const reply = register('Contact: <sip:a@h1>').then((value) => {
    answered = true;
    return value;
  });
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  assert.equal(answered, false);
  release();
  assert.equal((await reply).status, 200);
});

test('two requests of two devices at once lose neither', async () => {
  const { send, bindings } = create();
  const replies = await Promise.all(
    ['c1', 'c2', 'c3'].map((callId) => send({ callId, headers: [`Contact: <sip:a@${callId}>`] })),
  );
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 200, 200],
  );
  assert.equal(bindings.of(alice).length, 3);
});
