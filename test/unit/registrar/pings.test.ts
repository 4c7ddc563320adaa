import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../../../sip-stack/outgoing.ts';
import type { SipResponse } from '../../../sip-stack/wire/message.ts';
import { parseMessage } from '../../../sip-stack/wire/parse.ts';
import { alice, createRegistrarBed } from '../../support/registrar-bed.ts';
import type { RegistrarBed } from '../../support/registrar-bed.ts';
import { fakeFlow } from '../../support/sip-incoming.ts';

const behindNat = 'Contact: <sip:alice@10.0.0.1:5060>';

/** A bed in which every UDP flow is kept: the fake requests ask for no rport. */
const create = (settings = {}): Promise<RegistrarBed> => createRegistrarBed({ nat: 'always', ...settings });

function answer(status: number): Outcome {
  const text = `SIP/2.0 ${String(status)} X\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nContent-Length: 0\r\n\r\n`;
  const parsed = parseMessage(Buffer.from(text));
  assert.ok(parsed.ok);
  return { kind: 'final', response: parsed.value as SipResponse };
}

const last = (bed: RegistrarBed): RegistrarBed['pings'][number] => {
  const ping = bed.pings.at(-1);
  assert.ok(ping);
  return ping;
};

test('a UDP contact behind NAT is pinged with OPTIONS over its flow, once an interval (RFC 3261 §11, RFC 5626 §3.5)', async () => {
  const bed = await create();
  await bed.register(behindNat);
  await bed.time.advanceAsync(29_000);
  assert.equal(bed.pings.length, 0);
  await bed.time.advanceAsync(1_500);
  assert.equal(bed.pings.length, 1);
  const { request, flow } = last(bed);
  assert.equal(flow.key, 'udp|192.0.2.1:5060|192.0.2.7:5060');
  assert.equal(`${request.method} ${request.uri}`, 'OPTIONS sip:alice@10.0.0.1:5060');
  const headers = new Map(request.headers);
  assert.match(headers.get('From') ?? '', /^<sip:example\.com>;tag=.+/);
  assert.equal(headers.get('To'), '<sip:alice@10.0.0.1:5060>');
  assert.equal(headers.get('CSeq'), '1 OPTIONS');
  last(bed).listener.onOutcome(answer(200));
  await bed.time.advanceAsync(30_500);
  assert.equal(bed.pings.length, 2);
  assert.equal(bed.figure('pharos_registrar_pings_total'), 2);
});

test('contacts that need no ping get none: reached directly, over a connection, or with outbound (RFC 5626 §4.4)', async () => {
  const direct = await createRegistrarBed();
  await direct.register('Contact: <sip:alice@192.0.2.7:5060>');
  const outbound = await createRegistrarBed();
  await outbound.register('Contact: <sip:alice@10.0.0.1>;reg-id=1;+sip.instance="<urn:x>"', 'Supported: outbound');
  const connected = await createRegistrarBed();
  await connected.send({ headers: [behindNat], flow: connected.connection('192.0.2.7', 1) });
  const off = await create({ pingMethod: 'none' });
  await off.register(behindNat);
  for (const bed of [direct, outbound, connected, off]) {
    await bed.time.advanceAsync(100_000);
    assert.equal(bed.pings.length, 0);
    assert.equal(bed.figure('pharos_registrar_pinged'), 0);
  }
});

test('an empty datagram instead, when so set (RFC 5626 §3.5.1)', async () => {
  const bed = await create({ pingMethod: 'crlf' });
  const sent: string[] = [];
  await bed.send({ headers: [behindNat], flow: { ...fakeFlow(), send: (bytes) => sent.push(bytes.toString()) } });
  await bed.time.advanceAsync(61_000);
  assert.deepEqual(sent, ['\r\n\r\n', '\r\n\r\n']);
  assert.equal(bed.pings.length, 0);
});

test('pings of many are spread over the interval by one timer', async () => {
  const bed = await create({ contactsPerAorMax: 16 });
  for (let at = 0; at < 10; at += 1) await bed.register(`Contact: <sip:a${String(at)}@10.0.0.1>`);
  bed.registrar.stop();
  const after = await createRegistrarBed({ nat: 'always' }, { store: bed.store, time: bed.time, tokens: 500 });
  after.registrar.resume();
  assert.equal(after.figure('pharos_registrar_pinged'), 10);
  await after.send({ user: 'bob', headers: ['Contact: <sip:bob@10.0.0.1>'] });
  const counts: number[] = [];
  for (let second = 0; second < 30; second += 3) {
    const sofar = after.pings.length;
    await bed.time.advanceAsync(3_000);
    counts.push(after.pings.length - sofar);
  }
  assert.ok(
    counts.every((count) => count <= 2),
    counts.join(),
  );
  assert.ok(after.pings.length >= 9);
});

test('a client that answered once and then no more is removed after so many pings, with news', async () => {
  const bed = await create();
  await bed.register(behindNat);
  const round = async (outcome: Outcome): Promise<void> => {
    await bed.time.advanceAsync(30_500);
    last(bed).listener.onOutcome(outcome);
    await bed.time.advanceAsync(0);
  };
  await round(answer(404));
  for (let missed = 0; missed < 2; missed += 1) await round({ kind: 'timeout' });
  await round(answer(200));
  for (let missed = 0; missed < 2; missed += 1) await round({ kind: 'transport-error', reason: 'ECONNREFUSED' });
  assert.equal(bed.registrar.bindings.of(alice).length, 1, 'an answer counts from the start again, even a refusal');
  bed.news.length = 0;
  await round({ kind: 'timeout' });
  assert.deepEqual(bed.registrar.bindings.of(alice), []);
  assert.deepEqual(bed.news, [{ eventPackage: 'reg', resource: alice }]);
  assert.equal(bed.lines.at(-1)?.fields?.['reason'], 'pings unanswered');
  assert.equal(bed.figure('pharos_registrar_pings_unanswered_total'), 5);
  await bed.time.advanceAsync(60_000);
  assert.equal(bed.figure('pharos_registrar_pinged'), 0);
});

test('a client that never answers OPTIONS, or has registered since, is never removed for it', async () => {
  for (const kind of ['never answered', 'registered since', 'not to be removed'] as const) {
    const bed = await create({ pingFailuresMax: kind === 'not to be removed' ? 0 : 3 });
    await bed.register(behindNat);
    if (kind !== 'never answered') {
      await bed.time.advanceAsync(30_500);
      last(bed).listener.onOutcome(answer(200));
    }
    for (let missed = 0; missed < 6; missed += 1) {
      await bed.time.advanceAsync(30_500);
      if (kind === 'registered since' && missed % 2 === 1) await bed.register(behindNat);
      last(bed).listener.onOutcome({ kind: 'timeout' });
    }
    await bed.time.advanceAsync(0);
    assert.equal(bed.registrar.bindings.of(alice).length, 1, kind);
  }
});

test('no second ping is sent while one is on its way', async () => {
  const bed = await create();
  await bed.register(behindNat);
  await bed.time.advanceAsync(100_000);
  assert.equal(bed.pings.length, 1);
});
