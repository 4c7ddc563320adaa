import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGruus } from '../../../registrar/gruu.ts';
import { gruusTable } from '../../../registrar/tables.ts';
import { alice, contactParam, createRegistrarBed, uriOf, valuesOf } from '../../support/registrar-bed.ts';
import type { RegistrarBed } from '../../support/registrar-bed.ts';

const contact = 'Contact: <sip:alice@192.0.2.7>;+sip.instance="<urn:uuid:F81D4FAE>"';
const supported = 'Supported: gruu';

const aorOf = ({ registrar }: RegistrarBed, gruu: string | undefined): string => {
  const device = registrar.locations.gruu(uriOf(gruu ?? ''));
  return typeof device === 'object'
    ? `${device.aor} ${device.targets.map(({ uri }) => uri).join(' ')}`
    : String(device);
};

test('a client that supports them is given a public and a temporary GRUU (RFC 5627 §5.2)', async () => {
  const bed = await createRegistrarBed();
  const reply = await bed.register(contact, supported);
  assert.equal(contactParam(reply, 'pub-gruu'), 'sip:alice@example.com;gr=urn:uuid:F81D4FAE');
  assert.match(contactParam(reply, 'temp-gruu') ?? '', /^sip:tgruu\.[\w-]{35}@example\.com;gr$/);
  assert.equal(contactParam(reply, '\\+sip.instance'), '<urn:uuid:F81D4FAE>');
  assert.deepEqual(valuesOf(reply, 'Require'), [], 'gruu is not required of the client');
});

test('none is told to a client that does not support them, or for a contact without instance (RFC 5627 §5.1, §5.2)', async () => {
  const bed = await createRegistrarBed();
  assert.equal(contactParam(await bed.register(contact), 'pub-gruu'), undefined);
  assert.equal(contactParam(await bed.register(contact), 'temp-gruu'), undefined);
  assert.equal(bed.store.size(gruusTable), 0);
  const other = await createRegistrarBed();
  assert.equal(contactParam(await other.register('Contact: <sip:alice@192.0.2.9>', supported), 'pub-gruu'), undefined);
});

test('GRUUs that the client proposes are ignored (RFC 5627 §5.1)', async () => {
  const { register } = await createRegistrarBed();
  const reply = await register(
    `${contact};pub-gruu="sip:x@example.com;gr=1";temp-gruu="sip:y@example.com;gr"`,
    supported,
  );
  const text = valuesOf(reply, 'Contact')[0] ?? '';
  assert.equal(text.match(/pub-gruu/g)?.length, 1);
  assert.ok(!text.includes('sip:x@') && !text.includes('sip:y@'));
});

test('each REGISTER gives a new temporary GRUU, and those before stay valid (RFC 5627 §3.2, §5.1)', async () => {
  const bed = await createRegistrarBed();
  const first = contactParam(await bed.register(contact, supported), 'temp-gruu');
  const second = contactParam(await bed.register(contact, supported), 'temp-gruu');
  assert.notEqual(first, second);
  for (const gruu of [first, second]) assert.equal(aorOf(bed, gruu), `${alice} sip:alice@192.0.2.7`);
  // Asked for again, the one given last is told.
  assert.equal(contactParam(await bed.register(supported), 'temp-gruu'), second);
});

test('temporary GRUUs end when the Call-ID changes; the public one does not (RFC 5627 §5.1)', async () => {
  const bed = await createRegistrarBed();
  const first = await bed.register(contact, supported);
  const again = await bed.send({ headers: [contact, supported], callId: 'after-a-reboot' });
  assert.equal(aorOf(bed, contactParam(first, 'temp-gruu')), 'unknown');
  assert.equal(aorOf(bed, contactParam(again, 'temp-gruu')), `${alice} sip:alice@192.0.2.7`);
  assert.equal(contactParam(first, 'pub-gruu'), contactParam(again, 'pub-gruu'));
});

test('another flow has its own Call-ID: temporary GRUUs are of the device (RFC 5627 §5.1)', async () => {
  const bed = await createRegistrarBed();
  const flow = (id: number, callId: string): ReturnType<RegistrarBed['send']> =>
    bed.send({
      headers: [`Contact: <sip:alice@192.0.2.${String(id)}>;reg-id=${String(id)};+sip.instance="<urn:x>"`, supported],
      callId,
    });
  const first = contactParam(await flow(1, 'a'), 'temp-gruu');
  bed.time.advance(1);
  await flow(2, 'b');
  assert.match(
    aorOf(bed, first),
    /192\.0\.2\.2 sip:alice@192\.0\.2\.1$/,
    'both flows, whichever was refreshed last first',
  );
  await flow(1, 'a');
  assert.notEqual(aorOf(bed, first), 'unknown');
  await flow(2, 'c');
  assert.equal(aorOf(bed, first), 'unknown', 'the Call-ID of a flow has changed');
});

test('temporary GRUUs end with the last contact of the device, the public one waits for it (RFC 5627 §5.3, §6.1)', async () => {
  for (const end of ['unregister', 'star', 'expiry', 'expiry, not swept'] as const) {
    const bed = await createRegistrarBed();
    const reply = await bed.register(`${contact};expires=60`, supported);
    const [temporary, permanent] = [contactParam(reply, 'temp-gruu'), contactParam(reply, 'pub-gruu')];
    if (end === 'unregister') await bed.register(`${contact};expires=0`);
    else if (end === 'star') await bed.register('Contact: *', 'Expires: 0');
    else {
      bed.time.advance(60_000);
      if (end === 'expiry') await bed.registrar.bindings.sweep(bed.time.clock.now());
    }
    assert.equal(aorOf(bed, temporary), 'unknown', end);
    assert.equal(aorOf(bed, permanent), `${alice} `, end);
    assert.equal(bed.store.size(gruusTable), end === 'expiry, not swept' ? 1 : 0, end);
    // Registered anew, with the same Call-ID, the old one stays invalid.
    const anew = await bed.register(contact, supported);
    await bed.registrar.bindings.sweep(bed.time.clock.now());
    assert.equal(aorOf(bed, temporary), 'unknown', end);
    assert.equal(aorOf(bed, contactParam(anew, 'temp-gruu')), `${alice} sip:alice@192.0.2.7`, end);
    assert.equal(contactParam(anew, 'pub-gruu'), permanent, end);
  }
});

test('GRUUs survive a restart: the key and what is valid are in the store (RFC 5627 §5.4)', async () => {
  const before = await createRegistrarBed();
  const reply = await before.register(contact, supported);
  const after = await createRegistrarBed({}, { store: before.store, time: before.time, tokens: 1000 });
  for (const name of ['temp-gruu', 'pub-gruu'])
    assert.equal(aorOf(after, contactParam(reply, name)), `${alice} sip:alice@192.0.2.7`);
});

test('403 for a contact that is the address-of-record, one of its GRUUs, or no SIP URI (RFC 5627 §5.1)', async () => {
  const bed = await createRegistrarBed();
  const reply = await bed.register(contact, supported);
  const own = ['temp-gruu', 'pub-gruu'].map((name) => contactParam(reply, name) ?? '');
  for (const uri of [alice, ...own, 'tel:+1234', 'mailto:alice@example.com']) {
    const refused = await bed.send({ headers: [`Contact: <${uri}>;+sip.instance="<urn:y>"`] });
    assert.equal(refused.status, 403, uri);
  }
  assert.equal(bed.registrar.bindings.of(alice).length, 1);
});

test('the contact of one user may be the GRUU of another (RFC 5627 §5.1)', async () => {
  const bed = await createRegistrarBed();
  const gruu = contactParam(await bed.register(contact, supported), 'temp-gruu') ?? '';
  const reply = await bed.send({ user: 'bob', headers: [`Contact: <${gruu}>;+sip.instance="<urn:z>"`] });
  assert.equal(reply.status, 200);
});

test('what we have not made is unknown, and other URIs are no GRUUs (RFC 5627 §6.1)', async () => {
  const bed = await createRegistrarBed();
  const gruu = contactParam(await bed.register(contact, supported), 'temp-gruu') ?? '';
  const forged = gruu.replace(/tgruu\.(.)/, (_, char: string) => `tgruu.${char === 'A' ? 'B' : 'A'}`);
  const others = [
    'sip:tgruu.@example.com;gr',
    'sip:alice@example.com;gr',
    'sip:example.com;gr',
    'sip:nobody@example.com;gr=x',
  ];
  for (const uri of [forged, ...others]) assert.equal(aorOf(bed, uri), 'unknown', uri);
  for (const uri of [alice, 'sip:alice@elsewhere.example;gr=urn:uuid:F81D4FAE'])
    assert.equal(aorOf(bed, uri), 'undefined', uri);
});

test('a public GRUU names its instance without case, escapes resolved (RFC 3261 §19.1.4)', async () => {
  const bed = await createRegistrarBed();
  const reply = await bed.register('Contact: <sip:alice@192.0.2.7>;+sip.instance="<urn:x:a b;c>"', supported);
  const gruu = contactParam(reply, 'pub-gruu') ?? '';
  assert.equal(gruu, 'sip:alice@example.com;gr=urn:x:a%20b%3Bc');
  assert.equal(aorOf(bed, gruu.toUpperCase().replace('SIP:ALICE', 'sip:alice')), `${alice} sip:alice@192.0.2.7`);
});

test('two temporary GRUUs of one device have nothing in common that others have not (RFC 5627 §5.1, §10.3)', () => {
  const gruus = createGruus('secret');
  const make = (serial: string, cseq: number): Buffer => {
    const text = gruus.temporaryOf(serial, { aor: alice, id: 'b', callId: 'c', cseq });
    return Buffer.from(text.slice('sip:tgruu.'.length, text.indexOf('@')), 'base64url');
  };
  const distance = (one: Buffer, other: Buffer): number => {
    let bits = 0;
    one.forEach((byte, at) => {
      for (let rest = byte ^ (other[at] ?? 0); rest > 0; rest >>= 1) bits += rest & 1;
    });
    return bits;
  };
  let [same, different] = [0, 0];
  for (let cseq = 0; cseq < 100; cseq += 1) {
    same += distance(make('AAAAAAAA', cseq), make('AAAAAAAA', cseq + 1));
    different += distance(make('AAAAAAAA', cseq), make('BBBBBBBB', cseq + 1));
  }
  // Half of 208 bits differ on average, either way.
  assert.ok(Math.abs(same / 100 - 104) < 5 && Math.abs(different / 100 - 104) < 5);
});

test('another key makes and knows other GRUUs', () => {
  const binding = { aor: alice, id: 'b', callId: 'c', cseq: 1 };
  const text = createGruus('one').temporaryOf('AAAAAAAA', binding);
  assert.deepEqual(createGruus('one').read(uriOf(text)), { kind: 'temporary', serial: 'AAAAAAAA' });
  assert.deepEqual(createGruus('two').read(uriOf(text)), { kind: 'forged' });
});
