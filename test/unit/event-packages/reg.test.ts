import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultsOf } from '../../../config/section.ts';
import type { SubscriptionFacts, Watcher } from '../../../events/package.ts';
import { createRegPackage } from '../../../event-packages/reg.ts';
import { regSection } from '../../../event-packages/settings.ts';
import { aorFromStore } from '../../../kernel/aor.ts';
import { alice, createRegistrarBed } from '../../support/registrar-bed.ts';
import { createRegistrationSchema } from '../../support/xsd.ts';

const faults = createRegistrationSchema();
const known = (aor: string): Watcher => ({ kind: 'known', aor: aorFromStore(aor) });
const admin = known('sip:admin@example.com');

async function create(settings = {}) {
  const bed = await createRegistrarBed(settings);
  const config = { ...defaultsOf(regSection), watchers: ['sip:admin@EXAMPLE.com:5060'] };
  const { registrations } = bed.registrar;
  const reg = createRegPackage({ registrations, users: { has: (aor) => aor === alice } }, config);
  const seen = (watcher: Watcher = known(alice)): string => {
    const facts: SubscriptionFacts = {
      resource: alice,
      watcher,
      askedUri: alice,
      contentType: 'application/reginfo+xml',
      eventParams: new Map(),
      userAgent: undefined,
    };
    const document = reg.render(facts, reg.authorize(watcher, alice));
    if (document === undefined) return 'nothing';
    const at = document.versionAt ?? -1;
    const bytes = Buffer.concat([document.bytes.subarray(0, at), Buffer.from('0'), document.bytes.subarray(at)]);
    assert.deepEqual(faults(bytes), []);
    return bytes.toString('utf8');
  };
  return { bed, reg, seen };
}

/** `state event` of each contact, after the state of the registration. */
const told = (text: string): readonly string[] => [
  /<registration [^>]*state="(\w+)"/.exec(text)?.[1] ?? '',
  ...[...text.matchAll(/<contact [^>]*state="(\w+)" event="(\w+)"/g)].map(
    ([, state, event]) => `${state ?? ''} ${event ?? ''}`,
  ),
];
const contact = 'Contact: <sip:alice@192.0.2.7>';
const device = `${contact};+sip.instance="<urn:x>"`;

test('a user watches his own registrations, and nobody else does but who is set (RFC 3680 §4.6)', async () => {
  const { reg } = await create();
  assert.equal(reg.authorize(known(alice), alice), 'allow');
  assert.equal(reg.authorize(admin, alice), 'allow');
  assert.equal(reg.authorize(known('sip:bob@example.com'), alice), 'block');
  assert.equal(reg.authorize({ kind: 'anonymous' }, alice), 'block');
  assert.equal(reg.admit(aorFromStore('sip:nobody@example.com'))?.status, 404);
});

test('a subscription lasts 3761 seconds unless it says otherwise (RFC 3680 §4.4)', async () => {
  const { reg } = await create();
  assert.equal(reg.expiresDefault, 3761);
  assert.deepEqual(reg.notifyBodies, ['application/reginfo+xml']);
});

test('a contact is registered, refreshed, unregistered; its end is told once (RFC 3680 §4.7.1)', async () => {
  const { bed, seen } = await create();
  assert.deepEqual(told(seen()), ['init']);
  await bed.register(contact);
  assert.deepEqual(told(seen()), ['active', 'active registered']);
  bed.time.advance(1000);
  await bed.register(contact);
  assert.deepEqual(told(seen()), ['active', 'active refreshed']);
  await bed.register(`${contact};expires=0`);
  assert.deepEqual(told(seen()), ['terminated', 'terminated unregistered']);
  bed.time.advance(5_000);
  assert.deepEqual(told(seen()), ['init']);
});

test('a contact that is not renewed has expired (RFC 3680 §4.7.1)', async () => {
  const { bed, seen } = await create();
  await bed.register(`${contact};expires=60`);
  bed.time.advance(60_000);
  await bed.registrar.bindings.sweep(bed.time.clock.now());
  assert.deepEqual(told(seen()), ['terminated', 'terminated expired']);
});

test('a contact whose flow has died is deactivated: its client does well to register again (RFC 3680 §4.7.1, RFC 5626 §7)', async () => {
  const { bed, seen } = await create({ nat: 'always' });
  const flow = bed.connection('192.0.2.7', 1);
  await bed.send({ headers: [contact], flow });
  await bed.register('Contact: <sip:alice@192.0.2.9>');
  await bed.close(flow);
  assert.deepEqual(told(seen()), ['active', 'active registered', 'terminated deactivated']);
});

test('says q, lifetimes, Call-ID, CSeq and the parameters that RFC 3261 does not know (RFC 3680 §5.1)', async () => {
  const { bed, seen } = await create();
  await bed.register('Contact: <sip:alice@192.0.2.7;transport=tcp>;q=0.25;expires=600;video;methods="INVITE,ACK"');
  bed.time.advance(10_000);
  const text = seen();
  assert.match(text, /duration-registered="10" expires="590" q="0.25" callid="call-1" cseq="1"/);
  assert.match(text, /<uri>sip:alice@192\.0\.2\.7;transport=tcp<\/uri>/);
  assert.match(text, /<unknown-param name="video"\/><unknown-param name="methods">"INVITE,ACK"<\/unknown-param>/);
});

test('the public GRUU is told to all, the temporary one to the user himself (RFC 5628 §5)', async () => {
  const { bed, seen } = await create();
  await bed.register(device, 'Supported: gruu');
  await bed.register(device, 'Supported: gruu');
  const reply = await bed.register('Supported: gruu');
  const latest = /temp-gruu="([^"]+)"/.exec(JSON.stringify(reply).replaceAll('\\', ''))?.[1] ?? 'none';
  assert.ok(seen().includes('<gr:pub-gruu uri="sip:alice@example.com;gr=urn:x"/>'));
  assert.ok(seen().includes(`<gr:temp-gruu uri="${latest}" first-cseq="1"/>`));
  assert.ok(seen(admin).includes('<gr:pub-gruu'));
  assert.ok(!seen(admin).includes('temp-gruu'));
});

test('time alone is no news: the same state has the same text, whatever the bytes', async () => {
  const { bed, reg } = await create();
  const facts: SubscriptionFacts = {
    resource: alice,
    watcher: known(alice),
    askedUri: alice,
    contentType: '',
    eventParams: new Map(),
    userAgent: undefined,
  };
  const document = () => reg.render(facts, 'allow');
  await bed.register(device, 'Supported: gruu');
  const before = document();
  bed.time.advance(100_000);
  await bed.register(device, 'Supported: gruu');
  assert.notDeepEqual(document()?.bytes, before?.bytes);
  assert.equal(document()?.state, before?.state);
  await bed.register(`${device};q=0.5`);
  assert.notEqual(document()?.state, before?.state);
});

test('the id of a contact stays when its URI is written otherwise (RFC 3680 §5.1)', async () => {
  const { bed, seen } = await create();
  await bed.register(contact);
  const id = /<contact id="([^"]+)"/.exec(seen())?.[1];
  await bed.register('Contact: "A" <SIP:alice@192.0.2.7;x=y>');
  assert.equal(/<contact id="([^"]+)"/.exec(seen())?.[1], id);
});
