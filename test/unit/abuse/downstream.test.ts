import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDownstream } from '../../../abuse/downstream.ts';
import { overloadSection } from '../../../abuse/overload-settings.ts';
import { createEmergencies } from '../../../abuse/priority.ts';
import { defaultsOf } from '../../../config/section.ts';
import { createMeter } from '../../../kernel/meter.ts';
import { parseVia } from '../../../sip-stack/wire/via.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { fakeFlow } from '../../support/sip-incoming.ts';

const p2 = fakeFlow('198.51.100.9');
const phone = fakeFlow('192.0.2.7');
const call = { method: 'INVITE', uri: 'sip:b@example.net', headerText: 'To: <sip:b@example.net>\r\n' };

function create() {
  const time = createFakeTime();
  const control = createDownstream({
    clock: time.clock,
    meter: createMeter(),
    announces: (flow) => flow === p2,
    isEmergency: createEmergencies(defaultsOf(overloadSection)),
  });
  return {
    time,
    control,
    hear: (parameters: string, from = p2): void => {
      const via = parseVia(`SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;${parameters}`);
      assert.ok(via.ok);
      control.onResponse(via.value, from);
    },
    spared: (request: Parameters<typeof control.spares>[0] = call, count = 1000): number =>
      Array.from({ length: count }, () => control.spares(request, p2.remote)).filter(Boolean).length,
  };
}
const near = (actual: number, expected: number): void => {
  assert.ok(Math.abs(actual - expected) <= 25, `${String(actual)} is not near ${String(expected)}`);
};

test('announces itself with oc without value and the loss algorithm, to those who may ask (RFC 7339 §4.1, §4.2)', () => {
  const { control } = create();
  assert.equal(control.announcement(p2), ';oc;oc-algo="loss"');
  assert.equal(control.announcement(phone), '');
});

test('reduces by the share that is asked for, until it runs out (RFC 7339 §5.5, §5.7)', () => {
  const { hear, spared, time } = create();
  assert.equal(spared(), 0);
  hear('oc=20;oc-algo="loss";oc-validity=500;oc-seq=1282321615.782');
  near(spared(), 200);
  time.advance(499);
  assert.ok(spared() > 0);
  time.advance(1);
  assert.equal(spared(), 0);
});

test('without oc-validity it holds for 500 ms (RFC 7339 §4.3)', () => {
  const { hear, spared, time } = create();
  hear('oc=50;oc-algo="loss";oc-seq=1.1');
  time.advance(499);
  assert.ok(spared() > 0);
  time.advance(1);
  assert.equal(spared(), 0);
});

test('oc-validity=0 ends it (RFC 7339 §5.7)', () => {
  const { hear, spared } = create();
  hear('oc=50;oc-algo="loss";oc-validity=60000;oc-seq=1282321615.782');
  hear('oc=0;oc-algo="loss";oc-validity=0;oc-seq=1282321892.439');
  assert.equal(spared(), 0);
});

test('a response that was overtaken does not turn it back (RFC 7339 §5.4)', () => {
  const { hear, spared } = create();
  hear('oc=50;oc-algo="loss";oc-validity=9000;oc-seq=1282321616.100');
  hear('oc=0;oc-algo="loss";oc-validity=9000;oc-seq=1282321615.782');
  hear('oc=0;oc-algo="loss";oc-validity=9000;oc-seq=1282321616.100');
  near(spared(), 500);
});

test('numbers that begin anew are taken (RFC 7339 §4.4)', () => {
  const { hear, spared } = create();
  hear('oc=50;oc-algo="loss";oc-validity=9000;oc-seq=1282321616.100');
  hear('oc=0;oc-algo="loss";oc-validity=9000;oc-seq=1.0');
  assert.equal(spared(), 0);
});

test('emergencies and what ends calls go out, requests within dialogs last to be left out (RFC 7339 §5.10.1)', () => {
  const { hear, spared } = create();
  hear('oc=30;oc-algo="loss";oc-validity=9000;oc-seq=1.1');
  assert.equal(spared({ ...call, uri: 'urn:service:sos' }), 0);
  assert.equal(spared({ ...call, uri: 'sip:112@example.net' }), 0);
  assert.equal(spared({ ...call, method: 'BYE' }), 0);
  // Calls as before, so that the mix is known.
  spared(call, 2000);
  assert.equal(spared({ ...call, headerText: 'To: <sip:b@example.net>;tag=x\r\n' }, 50), 0);
});

for (const parameters of [
  'oc=101;oc-algo="loss";oc-seq=1.1',
  'oc=-1;oc-algo="loss";oc-seq=1.1',
  'oc;oc-algo="loss"',
  'oc=50;oc-algo="rate";oc-seq=1.1',
  'oc=50;oc-seq=1.1',
  'oc=50;oc-algo="loss";oc-seq=x',
]) {
  test(`${parameters} asks for nothing`, () => {
    const { hear, spared } = create();
    hear(parameters);
    assert.equal(spared(), 0);
  });
}

test('a stranger cannot turn our traffic off (RFC 7339 §8)', () => {
  const { hear, control } = create();
  hear('oc=100;oc-algo="loss";oc-validity=9000;oc-seq=1.1', phone);
  assert.equal(control.spares(call, phone.remote), false);
});
