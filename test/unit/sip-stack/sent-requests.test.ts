import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Flow } from '../../../sip-stack/flow.ts';
import type { Outcome, OutcomeListener, OutgoingRequest } from '../../../sip-stack/outgoing.ts';
import { createEndpointBed } from '../../support/endpoint-bed.ts';
import type { EndpointBed } from '../../support/endpoint-bed.ts';
import { tcp, udp } from '../../support/fake-layer.ts';

const phone = { host: '192.0.2.7', port: 5060 };

const request = (method = 'NOTIFY'): OutgoingRequest => ({
  method,
  uri: 'sip:bob@192.0.2.7',
  headers: [
    ['Route', '<sip:p1.example.com;lr>'],
    ['From', '<sip:alice@example.org>;tag=lt'],
    ['To', '<sip:bob@example.org>;tag=ft'],
    ['Call-ID', 'c1'],
    ['CSeq', `3 ${method}`],
    ['Subject', 'x'],
  ],
});

interface Heard extends OutcomeListener {
  readonly outcomes: Outcome[];
  readonly others: string[];
}

function createListener(): Heard {
  const outcomes: Outcome[] = [];
  const others: string[] = [];
  return {
    outcomes,
    others,
    onOutcome: (outcome) => outcomes.push(outcome),
    onProvisional: ({ status }) => others.push(`provisional ${String(status)}`),
    onFurtherSuccess: ({ status }) => others.push(`further ${String(status)}`),
  };
}

const viaOf = (text: string): string => /^Via: (.*)\r$/m.exec(text)?.[1] ?? '';

const responseText = (via: string, status: number, method = 'NOTIFY', toTag = 'ft'): string =>
  [
    `SIP/2.0 ${String(status)} Whatever`,
    `Via: ${via}`,
    'From: <sip:alice@example.org>;tag=lt',
    `To: <sip:bob@example.org>;tag=${toTag}`,
    'Call-ID: c1',
    `CSeq: 3 ${method}`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');

function start(
  method = 'NOTIFY',
  transport = udp,
): { bed: EndpointBed; flow: Flow & { close(): void }; heard: Heard; via: string } {
  const bed = createEndpointBed();
  const flow = bed.layer.flowFrom(transport, phone);
  const heard = createListener();
  bed.endpoint.send(request(method), { kind: 'flow', flow }, heard);
  const [sent] = bed.layer.take();
  return { bed, flow, heard, via: viaOf(sent?.text ?? '') };
}

const times = (bed: EndpointBed, steps: number, length: number): readonly number[] => {
  const at: number[] = [];
  for (let step = 1; step <= steps; step += 1) {
    bed.time.advance(length);
    at.push(...bed.layer.take().map(() => step * length));
  }
  return at;
};

describe('non-INVITE (RFC 3261 §17.1.2)', () => {
  test('the Via names us, the branch begins with the cookie and is new each time (RFC 3261 §8.1.1.7)', () => {
    const bed = createEndpointBed();
    const flow = bed.layer.flowFrom(udp, phone);
    bed.endpoint.send(request(), { kind: 'flow', flow }, createListener());
    bed.endpoint.send(request(), { kind: 'address', transport: udp, peer: phone }, createListener());
    const vias = bed.layer.take().map(({ text }) => viaOf(text));
    for (const via of vias) assert.match(via, /^SIP\/2\.0\/UDP 192\.0\.2\.1:5060;branch=z9hG4bK[\w-]+;rport$/);
    assert.equal(new Set(vias).size, 2);
  });

  test('is sent again at Timer E, doubling from T1 to T2, until Timer F; then the outcome is timeout', () => {
    const { bed, heard } = start();
    assert.deepEqual(times(bed, 330, 100), [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    assert.deepEqual(heard.outcomes, [{ kind: 'timeout' }]);
    assert.equal(bed.figure('pharos_sip_transactions', 'client'), 0);
    assert.equal(bed.figure('pharos_sip_timeouts_total'), 1);
  });

  test('a provisional response slows Timer E to T2 (RFC 3261 §17.1.2.2)', () => {
    const { bed, heard, flow, via } = start();
    bed.receive(responseText(via, 100), flow);
    assert.deepEqual(heard.others, ['provisional 100']);
    assert.deepEqual(times(bed, 100, 100), [500, 4500, 8500]);
  });

  test('the final response ends it and later copies are dropped (RFC 3261 §17.1.2.2, Completed)', () => {
    const { bed, heard, flow, via } = start();
    bed.receive(responseText(via, 481), flow);
    bed.receive(responseText(via, 481), flow);
    assert.equal(heard.outcomes.length, 1);
    const [outcome] = heard.outcomes;
    assert.equal(outcome?.kind === 'final' ? outcome.response.status : 0, 481);
    assert.deepEqual(times(bed, 400, 100), []);
    assert.equal(bed.figure('pharos_sip_stray_responses_total'), 1);
    assert.equal(bed.time.pending, 0, 'no timer is left');
  });

  test('a response matches by branch and CSeq method (RFC 3261 §17.1.3)', () => {
    const { bed, heard, flow, via } = start();
    bed.receive(responseText(via, 200, 'SUBSCRIBE'), flow);
    bed.receive(responseText(via.replace('z9hG4bK', 'z9hG4bKx'), 200), flow);
    assert.equal(heard.outcomes.length, 0);
    assert.equal(bed.figure('pharos_sip_stray_responses_total'), 2);
  });

  test('a peer that has proved its domain may send its requests over our connection (RFC 5923 §8.1)', () => {
    const bed = createEndpointBed();
    const flow = Object.assign(bed.layer.flowFrom(tcp, phone), { provenDomains: ['b.example'] });
    bed.endpoint.send(request(), { kind: 'flow', flow }, createListener());
    assert.match(viaOf(bed.layer.take()[0]?.text ?? ''), /;branch=z9hG4bK[\w-]+;alias$/);
  });

  test('over a reliable transport nothing is sent again, Timer F still runs', () => {
    const { bed, heard, via } = start('NOTIFY', tcp);
    assert.match(via, /^SIP\/2\.0\/TCP 192\.0\.2\.1:5060;branch=z9hG4bK[\w-]+$/);
    assert.deepEqual(times(bed, 330, 100), []);
    assert.deepEqual(heard.outcomes, [{ kind: 'timeout' }]);
  });
});

describe('transport errors (RFC 3261 §17.1.4)', () => {
  test('a failed send is the outcome, told after send returned', () => {
    const bed = createEndpointBed();
    const heard = createListener();
    bed.endpoint.send(request(), { kind: 'flow', flow: bed.layer.flowFrom(udp, phone) }, heard);
    bed.layer.take()[0]?.fail('ECONNREFUSED');
    assert.deepEqual(heard.outcomes, []);
    bed.time.advance(20);
    assert.deepEqual(heard.outcomes, [{ kind: 'transport-error', reason: 'ECONNREFUSED' }]);
    bed.time.advance(40_000);
    assert.equal(heard.outcomes.length, 1);
  });

  test('a closed flow is told soon, and nothing is sent', () => {
    const bed = createEndpointBed();
    const flow = bed.layer.flowFrom(tcp, phone);
    flow.close();
    const heard = createListener();
    bed.endpoint.send(request(), { kind: 'flow', flow }, heard);
    assert.deepEqual(heard.outcomes, []);
    bed.time.advance(20);
    assert.deepEqual(heard.outcomes, [{ kind: 'transport-error', reason: 'Flow Closed' }]);
    assert.deepEqual(bed.layer.take(), []);
  });

  test('when a connection closes, what awaits an answer on it fails, the rest does not', () => {
    const { bed, flow, heard } = start('NOTIFY', tcp);
    const other = createListener();
    bed.endpoint.send(request(), { kind: 'flow', flow: bed.layer.flowFrom(tcp, phone) }, other);
    flow.close();
    bed.endpoint.onFlowClosed(flow);
    bed.time.advance(40);
    assert.deepEqual(heard.outcomes, [{ kind: 'transport-error', reason: 'Connection Closed' }]);
    assert.deepEqual(other.outcomes, []);
  });

  test('a listener that throws is counted and harms nobody', () => {
    const bed = createEndpointBed();
    const flow = bed.layer.flowFrom(udp, phone);
    const failing: OutcomeListener = {
      onOutcome() {
        throw new Error('bug');
      },
    };
    bed.endpoint.send(request(), { kind: 'flow', flow }, failing);
    bed.receive(responseText(viaOf(bed.layer.take()[0]?.text ?? ''), 200), flow);
    assert.equal(bed.figure('pharos_sip_defects_total'), 1);
    assert.equal(bed.figure('pharos_sip_transactions', 'client'), 0);
  });
});

describe('INVITE (RFC 3261 §17.1.1, RFC 6026 §7.2)', () => {
  test('is sent again at Timer A, doubling without bound, until Timer B', () => {
    const { bed, heard } = start('INVITE');
    assert.deepEqual(times(bed, 330, 100), [500, 1500, 3500, 7500, 15_500, 31_500]);
    assert.deepEqual(heard.outcomes, [{ kind: 'timeout' }]);
  });

  test('a refusal is acknowledged, each time it comes, with the Via and CSeq of the INVITE (RFC 3261 §17.1.1.3)', () => {
    const { bed, heard, flow, via } = start('INVITE');
    bed.receive(responseText(via, 486, 'INVITE', 'rt'), flow);
    bed.receive(responseText(via, 486, 'INVITE', 'rt'), flow);
    const acks = bed.layer.take();
    assert.equal(acks.length, 2);
    const text = acks[0]?.text ?? '';
    assert.match(text, /^ACK sip:bob@192\.0\.2\.7 SIP\/2\.0\r\n/);
    assert.equal(viaOf(text), via);
    assert.match(text, /\r\nRoute: <sip:p1\.example\.com;lr>\r\n/);
    assert.match(text, /\r\nTo: <sip:bob@example\.org>;tag=rt\r\n/);
    assert.match(text, /\r\nCSeq: 3 ACK\r\n/);
    assert.doesNotMatch(text, /Subject/);
    assert.equal(heard.outcomes.length, 1);
    bed.time.advance(32_100);
    assert.equal(bed.figure('pharos_sip_transactions', 'client'), 0, 'Timer D');
  });

  test('a 2xx is passed on, each further one too, until Timer M, and none is acknowledged', () => {
    const { bed, heard, flow, via } = start('INVITE');
    bed.receive(responseText(via, 180, 'INVITE'), flow);
    bed.receive(responseText(via, 200, 'INVITE', 'a'), flow);
    bed.receive(responseText(via, 200, 'INVITE', 'b'), flow);
    assert.equal(heard.outcomes.length, 1);
    assert.deepEqual(heard.others, ['provisional 180', 'further 200']);
    assert.deepEqual(times(bed, 321, 100), []);
    assert.equal(bed.figure('pharos_sip_transactions', 'client'), 0);
  });

  test('an ACK of the transaction user is sent and has no transaction (RFC 3261 §17.1)', () => {
    const { bed } = start('ACK');
    assert.equal(bed.figure('pharos_sip_transactions', 'client'), 0);
    assert.deepEqual(times(bed, 10, 100), []);
  });
});

describe('large requests (RFC 3261 §18.1.1)', () => {
  const large = (): { bed: EndpointBed; refused: string[]; heard: Heard } => {
    const refused: string[] = [];
    const bed = createEndpointBed({
      largeRequests: {
        transportFor: ({ transport, whenLarge }, length) => (length > 100 ? (whenLarge ?? transport) : transport),
        refused: (peer) => refused.push(peer.host),
      },
    });
    const heard = createListener();
    bed.endpoint.send(request(), { kind: 'address', transport: udp, peer: phone, whenLarge: tcp }, heard);
    return { bed, refused, heard };
  };

  test('go over the transport that their size asks for, which the Via names', () => {
    const { bed } = large();
    const [sent, ...more] = bed.layer.take();
    assert.equal(sent?.over, 'tcp');
    assert.match(viaOf(sent.text), /^SIP\/2\.0\/TCP /);
    assert.equal(more.length, 0);
  });

  test('go over UDP when that fails, and their sender is told only of what comes of it', () => {
    const { bed, refused, heard } = large();
    bed.layer.take()[0]?.fail('ECONNREFUSED');
    bed.time.advance(20);
    const [again] = bed.layer.take();
    assert.equal(again?.over, 'udp');
    assert.match(viaOf(again.text), /^SIP\/2\.0\/UDP /);
    assert.deepEqual(refused, ['192.0.2.7']);
    assert.deepEqual(heard.outcomes, []);
    bed.receive(responseText(viaOf(again.text), 200), bed.layer.flowFrom(udp, phone));
    assert.deepEqual(
      heard.outcomes.map(({ kind }) => kind),
      ['final'],
    );
  });
});
