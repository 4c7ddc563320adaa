import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../../../kernel/clock.ts';
import { alice, createRegistrarBed, valuesOf } from '../../support/registrar-bed.ts';

const instance = '+sip.instance="<urn:uuid:1>"';
const supported = 'Supported: path, outbound';
const flow1 = `Contact: <sip:alice@192.0.2.7>;reg-id=1;${instance}`;
const edge = 'Via: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKedge';

test('a flow of an instance is confirmed with Require and Flow-Timer, and kept (RFC 5626 §6)', async () => {
  const { register, registrar } = await createRegistrarBed();
  const reply = await register(flow1, supported);
  assert.deepEqual(valuesOf(reply, 'Require'), ['outbound']);
  assert.deepEqual(valuesOf(reply, 'Flow-Timer'), ['120']);
  const [binding] = registrar.bindings.of(alice);
  assert.equal(binding?.regId, 1);
  assert.equal(binding.flow, 'udp|192.0.2.1:5060|192.0.2.7:5060', 'though its Contact is where it came from');
});

test('no Flow-Timer is told when none is set (RFC 5626 §6)', async () => {
  const { register } = await createRegistrarBed({ flowTimer: seconds(0) });
  assert.deepEqual(valuesOf(await register(flow1, supported), 'Flow-Timer'), []);
});

test('a client that does not say it supports outbound is bound by its rules and told nothing (RFC 5626 §6)', async () => {
  const { register, registrar } = await createRegistrarBed();
  const reply = await register(flow1);
  assert.deepEqual(valuesOf(reply, 'Require'), []);
  assert.equal(registrar.bindings.of(alice)[0]?.regId, 1);
});

test('several flows of one instance stand side by side; the same flow replaces its binding whatever the URI (RFC 5626 §6)', async () => {
  const { register, registrar, send } = await createRegistrarBed();
  await register(flow1, supported);
  const two = await send({
    headers: [`Contact: <sip:alice@192.0.2.8>;reg-id=2;${instance}`, supported],
    callId: 'call-2',
  });
  assert.equal(valuesOf(two, 'Contact').length, 2);
  const before = registrar.bindings.of(alice);
  await send({ headers: [`Contact: <sip:alice@198.51.100.9:1>;reg-id=1;${instance}`, supported], callId: 'call-3' });
  const after = registrar.bindings.of(alice);
  assert.deepEqual(
    after.map(({ contact, regId }) => [contact, regId]),
    [
      ['sip:alice@198.51.100.9:1', 1],
      ['sip:alice@192.0.2.8', 2],
    ],
  );
  assert.equal(after[0]?.id, before[0]?.id, 'it is the same binding');
});

test('another instance with the same reg-id is another binding (RFC 5626 §6)', async () => {
  const { register, registrar } = await createRegistrarBed();
  await register(flow1, supported);
  await register('Contact: <sip:alice@192.0.2.7>;reg-id=1;+sip.instance="<urn:uuid:2>"', supported);
  assert.equal(registrar.bindings.of(alice).length, 2);
});

test('439 when the first hop does not support outbound (RFC 5626 §6, §11.6)', async () => {
  const { send, register, registrar } = await createRegistrarBed();
  const refused = await send({ headers: [edge, flow1, supported] });
  assert.deepEqual([refused.status, refused.reason], [439, 'First Hop Lacks Outbound Support']);
  const withPath = await send({ headers: [edge, flow1, supported, 'Path: <sip:edge.example.net;lr>'] });
  assert.equal(withPath.status, 439, 'a Path without ob');
  // Who does not ask for outbound is registered as ever, without reg-id.
  const reply = await register(edge, flow1);
  assert.deepEqual(valuesOf(reply, 'Require'), []);
  assert.equal(registrar.bindings.of(alice)[0]?.regId, null);
});

test('through an edge proxy that says ob the flow is its own: no Flow-Timer of ours (RFC 5626 §5.1, §6)', async () => {
  for (const path of ['<sip:t@edge.example.net;lr;ob>', '<sip:core.example.net;lr>, <sip:t@edge.example.net;lr;ob>']) {
    const { register, registrar } = await createRegistrarBed();
    const reply = await register(edge, flow1, supported, `Path: ${path}`);
    assert.deepEqual(valuesOf(reply, 'Require'), ['outbound']);
    assert.deepEqual(valuesOf(reply, 'Flow-Timer'), []);
    const [binding] = registrar.bindings.of(alice);
    assert.deepEqual([binding?.regId, binding?.flow, binding?.path], [1, '', path]);
  }
});

test('400 for several contacts of which one has a flow; others may be removed beside it (RFC 5626 §6)', async () => {
  const { send, register, registrar } = await createRegistrarBed();
  const refused = await send({ headers: [flow1, 'Contact: <sip:alice@192.0.2.9>', supported] });
  assert.equal(refused.status, 400);
  await register('Contact: <sip:alice@192.0.2.9>');
  await register(flow1, 'Contact: <sip:alice@192.0.2.9>;expires=0', supported);
  assert.deepEqual(
    registrar.bindings.of(alice).map(({ contact }) => contact),
    ['sip:alice@192.0.2.7'],
  );
});

test('a reg-id without instance is ignored (RFC 5626 §6)', async () => {
  const { register, registrar } = await createRegistrarBed();
  const reply = await register('Contact: <sip:alice@192.0.2.7>;reg-id=1', supported);
  assert.deepEqual(valuesOf(reply, 'Require'), []);
  assert.equal(registrar.bindings.of(alice)[0]?.regId, null);
});

test('a flow is removed by its reg-id, without being asked for its URI (RFC 5626 §6)', async () => {
  const { register, registrar } = await createRegistrarBed();
  await register(flow1, supported);
  await register(`Contact: <sip:alice@elsewhere.example>;reg-id=1;expires=0;${instance}`, supported);
  assert.deepEqual(registrar.bindings.of(alice), []);
});

test('an overtaken REGISTER of a flow is refused though its URI is another (RFC 3261 §10.3 step 7)', async () => {
  const { send } = await createRegistrarBed();
  await send({ headers: [flow1, supported], cseq: 5 });
  const late = await send({ headers: [`Contact: <sip:alice@192.0.2.9>;reg-id=1;${instance}`, supported], cseq: 4 });
  assert.equal(late.status, 500);
});

test('flows count towards the contacts of an address-of-record', async () => {
  const { send, register } = await createRegistrarBed({ contactsPerAorMax: 1 });
  await register(flow1, supported);
  const second = await send({ headers: [`Contact: <sip:alice@192.0.2.8>;reg-id=2;${instance}`, supported] });
  assert.deepEqual([second.status, second.reason], [403, 'Too Many Contacts']);
  await register(flow1, supported);
});
