import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../kernel/limits.ts';
import type { Candidates } from '../../../sip-stack/candidates.ts';
import type { Destination } from '../../../sip-stack/destination.ts';
import { createWaysBack } from '../../../sip-stack/ways-back.ts';
import type { SipRequest } from '../../../sip-stack/wire/message.ts';
import { parseMessage } from '../../../sip-stack/wire/parse.ts';
import { createEndpointBed, requestText, statusOf } from '../../support/endpoint-bed.ts';
import { createFakeLayer, tcp, udp } from '../../support/fake-layer.ts';

const peer = { host: '192.0.2.7', port: 5060 };
const via = 'Via: SIP/2.0/TCP client.test;branch=z9hG4bKa';
const at = (host: string): Destination => ({ kind: 'address', transport: tcp, peer: { host, port: 5060 } });

function listOf(...hosts: readonly string[]): Candidates {
  const left = hosts.map(at);
  return { reason: 'none', next: () => Promise.resolve(left.shift()) };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a response that its flow did not take goes to what sent-by names, in turn (RFC 3263 §5)', async () => {
  const asked: string[] = [];
  const bed = createEndpointBed({
    candidatesBack(topmost) {
      asked.push(`${topmost.transport} ${topmost.host}`);
      return listOf('192.0.2.8', '192.0.2.9');
    },
  });
  const flow = bed.layer.flowFrom(tcp, peer);
  bed.receive(requestText({ via }), flow);
  flow.close();
  bed.reached[0]?.respond({ status: 200 });
  const [first] = bed.layer.take();
  // To the address that the request came from, at the port of sent-by (RFC 3261 §18.2.2).
  assert.equal(first?.to, '192.0.2.7:5060');
  assert.deepEqual(asked, []);
  first.fail('ECONNREFUSED');
  await settled();
  assert.deepEqual(asked, ['TCP client.test']);
  const [second] = bed.layer.take();
  assert.equal(second?.to, '192.0.2.8:5060');
  assert.equal(statusOf(second.text), 200);
  assert.equal(second.text, first.text);
  second.fail('ECONNREFUSED');
  await settled();
  assert.equal(bed.layer.take()[0]?.to, '192.0.2.9:5060');
});

test('a client that is answered at the port it sent from has no other way (RFC 3581 §4)', async () => {
  const bed = createEndpointBed({
    candidatesBack() {
      throw new Error('is not asked');
    },
  });
  bed.receive(requestText(), bed.layer.flowFrom(udp, peer));
  bed.reached[0]?.respond({ status: 200 });
  bed.layer.take()[0]?.fail('ECONNREFUSED');
  await settled();
  assert.deepEqual(bed.layer.take(), []);
  assert.equal(bed.figure('pharos_sip_send_failures_total'), 1);
});

function request(): SipRequest {
  const parsed = parseMessage(Buffer.from(requestText({ via }), 'latin1'));
  assert.ok(parsed.ok && parsed.value.kind === 'request');
  return parsed.value;
}

test('the address that failed is not tried again, and the loss is told once when there is no other', async () => {
  const layer = createFakeLayer();
  const waysBack = createWaysBack({ layer: () => layer, candidates: () => listOf(peer.host, '192.0.2.8') });
  let lost = 0;
  waysBack.send(request(), layer.flowFrom(tcp, peer), Buffer.from('x'), () => {
    lost += 1;
  });
  layer.take()[0]?.fail('ECONNRESET');
  await settled();
  const sent = layer.take();
  assert.deepEqual(
    sent.map(({ to }) => to),
    ['192.0.2.8:5060'],
  );
  sent[0]?.fail('ECONNRESET');
  await settled();
  assert.deepEqual([layer.take(), lost], [[], 1]);
});

test('the responses looked after at once are bounded', async () => {
  const layer = createFakeLayer();
  const never: Candidates = { reason: '', next: () => new Promise(() => undefined) };
  const waysBack = createWaysBack({ layer: () => layer, candidates: () => never });
  let lost = 0;
  for (let count = 0; count < limits.responsesReroutedMax + 3; count += 1) {
    waysBack.send(request(), layer.flowFrom(tcp, peer), Buffer.from('x'), () => {
      lost += 1;
    });
  }
  for (const sent of layer.take()) sent.fail('ECONNRESET');
  await settled();
  assert.equal(lost, 3);
});
