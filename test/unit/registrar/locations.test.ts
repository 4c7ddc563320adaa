import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aorFromStore } from '../../../kernel/aor.ts';
import { alice, createRegistrarBed } from '../../support/registrar-bed.ts';
import type { RegistrarBed } from '../../support/registrar-bed.ts';

const outbound = (id: number, host: string): readonly string[] => [
  `Contact: <sip:alice@${host};transport=tcp>;reg-id=${String(id)};+sip.instance="<urn:uuid:1>"`,
  'Supported: outbound, path',
];
const uris = ({ registrar }: RegistrarBed): readonly string[] =>
  registrar.locations.targets(alice).map(({ uri }) => uri);

test('the ways to a user, preferred ones first, then those refreshed last (RFC 3261 §16.6, RFC 5627 §6.1)', async () => {
  const bed = await createRegistrarBed();
  await bed.register('Contact: <sip:a@h1>;q=0.5');
  bed.time.advance(1000);
  await bed.register('Contact: <sip:a@h2>;q=0.9, <sip:a@h3>');
  bed.time.advance(1000);
  await bed.register('Contact: <sip:a@h4>;q=1.0, <sip:a@h5>;q=0.5');
  assert.deepEqual(uris(bed), ['sip:a@h4', 'sip:a@h3', 'sip:a@h2', 'sip:a@h5', 'sip:a@h1']);
  assert.deepEqual(bed.registrar.locations.targets(aorFromStore('sip:bob@example.com')), []);
  assert.equal(bed.registrar.locations.has(aorFromStore('sip:bob@example.com')), true);
  assert.equal(bed.registrar.locations.has(aorFromStore('sip:nobody@example.com')), false);
});

test('says all that a proxy needs of a way', async () => {
  const bed = await createRegistrarBed();
  await bed.send({
    headers: [...outbound(1, '10.0.0.1'), 'Path: <sip:e.example.net;lr;ob>'],
    flow: bed.connection('192.0.2.7', 40_000),
  });
  const [target] = bed.registrar.locations.targets(alice);
  assert.ok(target);
  assert.match(target.flow, /^tcp\|/);
  assert.deepEqual(
    { ...target, flow: '' },
    {
      uri: 'sip:alice@10.0.0.1;transport=tcp',
      q: 1000,
      flow: '',
      path: ['<sip:e.example.net;lr;ob>'],
      device: '<urn:uuid:1>',
      params: ';reg-id=1;+sip.instance="<urn:uuid:1>"',
    },
  );
});

test('a connection that closes takes its own flow along, at once and with news, and no other (RFC 5626 §7)', async () => {
  const bed = await createRegistrarBed();
  const [one, two] = [bed.connection('192.0.2.7', 1), bed.connection('192.0.2.7', 2)];
  await bed.send({ headers: outbound(1, '10.0.0.1'), flow: one, callId: 'a' });
  await bed.send({ headers: outbound(2, '10.0.0.2'), flow: two, callId: 'b' });
  assert.equal(bed.figure('pharos_registrar_flows'), 2);
  bed.news.length = 0;
  await bed.close(one);
  assert.deepEqual(uris(bed), ['sip:alice@10.0.0.2;transport=tcp']);
  assert.deepEqual(bed.news, [{ eventPackage: 'reg', resource: alice }]);
  assert.equal(bed.registrar.bindings.of(alice).length, 1);
  assert.equal(bed.figure('pharos_registrar_bindings_deactivated_total'), 1);
  assert.deepEqual(
    bed.lines.map(({ event, fields }) => [event, fields?.['reason']]),
    [['binding-deactivated', 'flow closed']],
  );
  await bed.close(two);
  assert.deepEqual(bed.registrar.bindings.of(alice), []);
  assert.equal(bed.figure('pharos_registrar_flows'), 0);
});

test('a connection with many users takes all of them along (RFC 5626 §7)', async () => {
  const bed = await createRegistrarBed();
  const flow = bed.connection('192.0.2.7', 1);
  await bed.send({ headers: outbound(1, '10.0.0.1'), flow });
  await bed.send({ user: 'bob', headers: outbound(1, '10.0.0.1'), flow });
  await bed.close(flow);
  assert.equal(bed.registrar.bindings.of(alice).length, 0);
  assert.equal(bed.registrar.bindings.of(aorFromStore('sip:bob@example.com')).length, 0);
});

test('a client that moved to another connection does not go with the old one (RFC 5626 §6)', async () => {
  const bed = await createRegistrarBed();
  const [one, two] = [bed.connection('192.0.2.7', 1), bed.connection('192.0.2.7', 2)];
  await bed.send({ headers: outbound(1, '10.0.0.1'), flow: one });
  await bed.send({ headers: outbound(1, '10.0.0.1'), flow: two });
  assert.equal(bed.figure('pharos_registrar_flows'), 1);
  await bed.close(one);
  assert.equal(bed.registrar.bindings.of(alice).length, 1);
});

test('what is removed is forgotten with its connection', async () => {
  const bed = await createRegistrarBed();
  const flow = bed.connection('192.0.2.7', 1);
  await bed.send({ headers: outbound(1, '10.0.0.1'), flow });
  await bed.send({ headers: ['Contact: *', 'Expires: 0'], flow });
  assert.equal(bed.figure('pharos_registrar_flows'), 0);
  await bed.send({ headers: [...outbound(1, '10.0.0.1'), 'Expires: 60'], flow });
  bed.time.advance(61_000);
  await bed.registrar.bindings.sweep(bed.time.clock.now());
  assert.equal(bed.figure('pharos_registrar_flows'), 0);
});

test('a connection that closed before its REGISTER was stored leaves no binding behind (RFC 5626 §7)', async () => {
  const bed = await createRegistrarBed();
  const flow = bed.connection('192.0.2.7', 1);
  const answered = bed.send({ headers: outbound(1, '10.0.0.1'), flow });
  await bed.close(flow);
  await answered;
  assert.deepEqual(bed.registrar.bindings.of(alice), []);
  assert.equal(bed.figure('pharos_registrar_flows'), 0);
});

test('a TCP client whose Contact is the address it came from, or a name, is reached there without its connection (RFC 3261 §18.1.1)', async () => {
  for (const host of ['192.0.2.7', 'phone.example.net']) {
    const bed = await createRegistrarBed();
    const flow = bed.connection('192.0.2.7', 40_000);
    await bed.send({ headers: [`Contact: <sip:alice@${host};transport=tcp>`], flow });
    assert.equal(bed.registrar.locations.targets(alice)[0]?.flow, flow.key);
    await bed.close(flow);
    assert.equal(bed.registrar.locations.targets(alice)[0]?.flow, '', host);
  }
});

test('not so a client behind NAT, without a reachable host, or when contacts always go with their flow', async () => {
  const contacts = [
    'sip:a@10.0.0.1;transport=tcp',
    'sip:a@x7.invalid;transport=ws',
    'sip:a@192.0.2.7;transport=wss',
    'sips:a@192.0.2.7',
  ];
  for (const contact of contacts) {
    const bed = await createRegistrarBed();
    const flow = bed.connection('192.0.2.7', 40_000);
    await bed.send({ headers: [`Contact: <${contact}>`], flow });
    await bed.close(flow);
    assert.deepEqual(bed.registrar.bindings.of(alice), [], contact);
  }
  const always = await createRegistrarBed({ nat: 'always' });
  const flow = always.connection('192.0.2.7', 40_000);
  await always.send({ headers: ['Contact: <sip:a@192.0.2.7;transport=tcp>'], flow });
  await always.close(flow);
  assert.deepEqual(always.registrar.bindings.of(alice), []);
});

test('after a restart a binding whose connection is gone is kept and not tried, until its client is back (RFC 5626 §7)', async () => {
  const before = await createRegistrarBed();
  await before.send({ headers: outbound(1, '10.0.0.1'), flow: before.connection('192.0.2.7', 1) });
  before.registrar.stop();
  const bed = await createRegistrarBed({}, { store: before.store, time: before.time, tokens: 1000 });
  assert.deepEqual(uris(bed), []);
  const [kept] = bed.registrar.bindings.of(alice);
  assert.ok(kept);
  await bed.send({ headers: outbound(1, '10.0.0.1'), flow: bed.connection('192.0.2.7', 2), cseq: 9 });
  assert.deepEqual(uris(bed), ['sip:alice@10.0.0.1;transport=tcp']);
  assert.equal(bed.registrar.bindings.of(alice)[0]?.id, kept.id);
});

test('a server that stops closes connections without taking bindings along', async () => {
  const bed = await createRegistrarBed();
  const flow = bed.connection('192.0.2.7', 1);
  await bed.send({ headers: outbound(1, '10.0.0.1'), flow });
  bed.registrar.stop();
  await bed.close(flow);
  assert.equal(bed.registrar.bindings.of(alice).length, 1);
});

test('a flow that a proxy finds dead, here or at the edge (430), goes with its binding (RFC 5626 §7, §11.5)', async () => {
  const bed = await createRegistrarBed();
  await bed.send({ headers: outbound(1, '10.0.0.1'), flow: bed.connection('192.0.2.7', 1), callId: 'a' });
  await bed.send({
    headers: [
      'Via: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKe',
      ...outbound(2, '10.0.0.2'),
      'Path: <sip:e.example.net;lr;ob>',
    ],
    callId: 'b',
  });
  await bed.register('Contact: <sip:alice@192.0.2.7>');
  const targets = bed.registrar.locations.targets(alice);
  assert.equal(targets.length, 3);
  for (const target of targets) bed.registrar.locations.flowFailed(alice, target);
  await bed.time.advanceAsync(0);
  assert.deepEqual(uris(bed), ['sip:alice@192.0.2.7'], 'a contact that is reached without flow stays');
});

test('a registration changed at the same moment is decided anew: the new flow stays', async () => {
  const bed = await createRegistrarBed();
  const [one, two] = [bed.connection('192.0.2.7', 1), bed.connection('192.0.2.7', 2)];
  await bed.send({ headers: outbound(1, '10.0.0.1'), flow: one });
  const renewed = bed.send({ headers: outbound(1, '10.0.0.9'), flow: two });
  await bed.close(one);
  await renewed;
  assert.deepEqual(uris(bed), ['sip:alice@10.0.0.9;transport=tcp']);
});

test('nat: over UDP the flow when the Contact is another address; never and always as set', async () => {
  const flowWith = async (nat: 'auto' | 'always' | 'never', contact: string): Promise<string> => {
    const bed = await createRegistrarBed({ nat });
    const over = bed.connection('192.0.2.7', 40_000);
    await bed.send({ headers: [`Contact: <${contact}>`], flow: over });
    return bed.registrar.bindings.of(alice)[0]?.flow === over.key ? 'flow' : 'contact';
  };
  assert.equal(await flowWith('auto', 'sip:a@192.0.2.7;transport=tcp'), 'flow');
  assert.equal(await flowWith('never', 'sip:a@10.0.0.1;transport=tcp'), 'contact');
  assert.equal(await flowWith('never', 'sip:a@x.invalid;transport=ws'), 'flow', 'it leads nowhere else (RFC 7118 §5)');
  assert.equal(await flowWith('always', 'sip:a@192.0.2.7;transport=tcp'), 'flow');
});
