import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviceUnavailable } from '../../../sip-stack/refusals.ts';
import { seconds } from '../../../kernel/clock.ts';
import type { Gate } from '../../../sip-stack/gate.ts';
import { createEndpointBed, requestText, statusOf } from '../../support/endpoint-bed.ts';
import { udp } from '../../support/fake-layer.ts';

const peer = { host: '192.0.2.7', port: 5060 };
const refusing: Gate = { admit: () => serviceUnavailable(seconds(3)), onFault: () => true };

test('what the gate refuses is answered without a transaction, each copy alike (RFC 3261 §8.2.7)', () => {
  const bed = createEndpointBed({ gate: refusing });
  const flow = bed.layer.flowFrom(udp, peer);
  bed.receive(requestText(), flow);
  bed.receive(requestText(), flow);
  const [first, second] = bed.layer.take();
  assert.match(first?.text ?? '', /^SIP\/2.0 503 [^]*\r\nRetry-After: 3\r\n/);
  assert.equal(first?.text, second?.text);
  assert.equal(bed.reached.length, 0);
  assert.equal(bed.figure('pharos_sip_transactions', 'completed'), 0);
});

test('what it drops is not answered at all', () => {
  const bed = createEndpointBed({ gate: { admit: () => 'drop', onFault: () => true } });
  bed.receive(requestText(), bed.layer.flowFrom(udp, peer));
  assert.deepEqual([bed.layer.take().length, bed.reached.length], [0, 0]);
});

test('it is not asked about CANCEL and ACK, nor about a request that was let in before', () => {
  const asked: string[] = [];
  const bed = createEndpointBed({
    gate: {
      admit: ({ method }) => {
        asked.push(method);
        return undefined;
      },
      onFault: () => true,
    },
  });
  const flow = bed.layer.flowFrom(udp, peer);
  bed.receive(requestText({ method: 'INVITE' }), flow);
  bed.receive(requestText({ method: 'INVITE' }), flow);
  bed.receive(requestText({ method: 'CANCEL' }), flow);
  bed.receive(requestText({ method: 'ACK', toTag: 'x' }), flow);
  assert.deepEqual(asked, ['INVITE']);
});

test('a malformed message is answered as long as the gate says so', () => {
  let answers = true;
  const told: boolean[] = [];
  const bed = createEndpointBed({
    gate: {
      admit: () => undefined,
      onFault: (_flow, isToldOf) => {
        told.push(isToldOf);
        return answers;
      },
    },
  });
  const flow = bed.layer.flowFrom(udp, peer);
  const noCallId = requestText().replace(/Call-ID: .*\r\n/, '');
  bed.receive(noCallId, flow);
  assert.deepEqual(
    bed.layer.take().map(({ text }) => statusOf(text)),
    [400],
  );
  answers = false;
  bed.receive(noCallId, flow);
  bed.receive(`PUBLISH sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nbroken\r\n\r\n`, flow);
  assert.deepEqual(bed.layer.take(), []);
  assert.deepEqual(told, [false, false, true]);
});

test('a client with overload control hears of our load in every response (RFC 7339 §5.2)', () => {
  const feedback = { parameters: () => ';oc=20;oc-algo="loss";oc-validity=500;oc-seq=1.001' };
  const bed = createEndpointBed({ feedback });
  bed.onRequest = ({ respond }) => respond({ status: 200 });
  const flow = bed.layer.flowFrom(udp, peer);
  const via = 'Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKa';
  bed.receive(requestText({ via: `${via};oc;oc-algo="loss,A";rport` }), flow);
  bed.receive(requestText({ via: `${via}b;rport`, callId: 'other' }), flow);
  const [told, plain] = bed.layer.take();
  assert.ok(told?.text.includes(`${via};received=192.0.2.7;rport=5060${feedback.parameters()}\r\n`), told?.text);
  assert.ok(plain?.text.includes('oc') === false);
});

test('a peer that asks for less is told that we can, and spared (RFC 7339 §4.1, §5.10)', () => {
  const heard: (string | undefined)[] = [];
  let spares = false;
  const bed = createEndpointBed({
    downstream: {
      announcement: () => ';oc;oc-algo="loss"',
      spares: () => spares,
      onResponse: (via) => heard.push(via.params.get('oc')),
    },
  });
  const flow = bed.layer.flowFrom(udp, peer);
  const outcomes: string[] = [];
  const send = (): void =>
    bed.endpoint.send(
      {
        method: 'OPTIONS',
        uri: 'sip:b@h',
        headers: [
          ['From', '<sip:a@h>;tag=1'],
          ['To', '<sip:b@h>'],
          ['Call-ID', 'x'],
          ['CSeq', '1 OPTIONS'],
        ],
      },
      { kind: 'flow', flow },
      { onOutcome: (outcome) => outcomes.push(outcome.kind) },
    );
  send();
  const text = bed.layer.take()[0]?.text ?? '';
  const via = /^Via: (.*)$/m.exec(text)?.[1]?.trim() ?? '';
  assert.match(via, /;branch=[^;]+;oc;oc-algo="loss";rport$/);
  const answered = via.replace(';oc;', ';oc=30;');
  bed.receive(
    `SIP/2.0 200 OK\r\nVia: ${answered}\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`,
    flow,
  );
  assert.deepEqual(heard, ['30']);
  spares = true;
  send();
  bed.time.advance(20);
  assert.deepEqual(bed.layer.take(), []);
  assert.deepEqual(outcomes, ['final', 'transport-error']);
});
