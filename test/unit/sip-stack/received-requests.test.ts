import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../../kernel/limits.ts';
import { createEndpointBed, requestText, statusOf, toTagOf } from '../../support/endpoint-bed.ts';
import type { EndpointBed } from '../../support/endpoint-bed.ts';
import { tcp, udp } from '../../support/fake-layer.ts';

const client = { host: '192.0.2.7', port: 40_000 };

const answering = (status = 200): EndpointBed => {
  const bed = createEndpointBed();
  bed.onRequest = ({ respond }) => {
    respond({ status });
  };
  return bed;
};
const statuses = (bed: EndpointBed): readonly number[] => bed.layer.take().map(({ text }) => statusOf(text));

describe('non-INVITE', () => {
  test('a retransmission over UDP is answered by the same bytes for 64*T1 (RFC 3261 §17.2.2, Timer J)', () => {
    const bed = answering();
    const flow = bed.layer.flowFrom(udp, client);
    bed.receive(requestText(), flow);
    const [first] = bed.layer.take();
    assert.equal(statusOf(first?.text ?? ''), 200);
    assert.equal(first?.to, '192.0.2.7:40000');
    bed.time.advance(31_900);
    bed.receive(requestText(), flow);
    assert.deepEqual(
      bed.layer.take().map(({ text }) => text),
      [first.text],
    );
    assert.equal(bed.reached.length, 1);
    bed.time.advance(10_000);
    bed.receive(requestText(), flow);
    assert.equal(bed.reached.length, 2, 'after Timer J it is a new request');
  });

  test('over a reliable transport Timer J is zero (RFC 3261 §17.2.2)', () => {
    const bed = answering();
    const flow = bed.layer.flowFrom(tcp, client);
    const text = requestText({ via: 'Via: SIP/2.0/TCP 192.0.2.7:5060;branch=z9hG4bKa' });
    bed.receive(text, flow);
    bed.receive(text, flow);
    assert.equal(bed.reached.length, 2);
    assert.equal(bed.figure('pharos_sip_transactions', 'completed'), 0);
  });

  test('a retransmission before the answer is absorbed (RFC 3261 §17.2.2, Trying)', () => {
    const bed = createEndpointBed();
    const flow = bed.layer.flowFrom(udp, client);
    bed.receive(requestText(), flow);
    bed.receive(requestText(), flow);
    assert.equal(bed.reached.length, 1);
    assert.deepEqual(bed.layer.take(), []);
    bed.reached[0]?.respond({ status: 200 });
    assert.deepEqual(statuses(bed), [200]);
    assert.equal(bed.figure('pharos_sip_transactions', 'server'), 0);
    assert.equal(bed.figure('pharos_sip_transactions', 'completed'), 1);
  });

  test('100 goes out when Timer E of the client has reached T2 and not before, then again on request (RFC 4320 §4.1)', () => {
    const bed = createEndpointBed();
    const flow = bed.layer.flowFrom(udp, client);
    bed.receive(requestText(), flow);
    bed.time.advance(3_490);
    assert.deepEqual(bed.layer.take(), []);
    bed.time.advance(30);
    const [trying] = bed.layer.take();
    assert.equal(statusOf(trying?.text ?? ''), 100);
    assert.equal(toTagOf(trying?.text ?? ''), undefined);
    bed.receive(requestText(), flow);
    assert.deepEqual(statuses(bed), [100]);
    bed.reached[0]?.respond({ status: 200 });
    assert.deepEqual(statuses(bed), [200]);
  });

  test('a Timestamp is echoed in 100 (RFC 3261 §8.2.6.1)', () => {
    const bed = createEndpointBed();
    bed.receive(requestText({ headers: ['Timestamp: 54'] }), bed.layer.flowFrom(udp, client));
    bed.time.advance(3_600);
    assert.match(bed.layer.take()[0]?.text ?? '', /\r\nTimestamp: 54\r\n/);
  });

  test('no other provisional response is sent, and none at all after the client gave up (RFC 4320 §4)', () => {
    const bed = createEndpointBed();
    bed.receive(requestText(), bed.layer.flowFrom(udp, client));
    bed.reached[0]?.respond({ status: 183 });
    assert.deepEqual(bed.layer.take(), []);
    bed.time.advance(32_100);
    assert.deepEqual(statuses(bed), [100]);
    bed.reached[0]?.respond({ status: 408 });
    assert.deepEqual(bed.layer.take(), []);
    assert.equal(bed.figure('pharos_sip_transactions', 'server'), 0);
  });

  test('a second final response is ignored (RFC 3261 §17.2.2)', () => {
    const bed = createEndpointBed();
    bed.receive(requestText(), bed.layer.flowFrom(udp, client));
    bed.reached[0]?.respond({ status: 200 });
    bed.reached[0]?.respond({ status: 500 });
    assert.deepEqual(statuses(bed), [200]);
  });
});

describe('matching (RFC 3261 §17.2.3)', () => {
  test('another branch of one request is merged: 482, however it came (RFC 3261 §8.2.2.2)', () => {
    const bed = answering();
    const flow = bed.layer.flowFrom(udp, client);
    bed.receive(requestText({ branch: 'z9hG4bKa' }), flow);
    bed.receive(requestText({ branch: 'z9hG4bKb' }), flow);
    assert.deepEqual(statuses(bed), [200, 482]);
    assert.equal(bed.figure('pharos_sip_merged_requests_total'), 1);
  });

  test('also while the first is still being handled, and with the same To tag each time (RFC 3261 §8.2.7)', () => {
    const bed = createEndpointBed();
    const flow = bed.layer.flowFrom(udp, client);
    bed.receive(requestText({ branch: 'z9hG4bKa' }), flow);
    bed.receive(requestText({ branch: 'z9hG4bKb' }), flow);
    bed.receive(requestText({ branch: 'z9hG4bKb' }), flow);
    const [first, second] = bed.layer.take();
    assert.equal(statusOf(first?.text ?? ''), 482);
    assert.ok((toTagOf(first?.text ?? '') ?? '').length > 8);
    assert.equal(second?.text, first?.text);
  });

  test('a request with a To tag is never merged (RFC 3261 §8.2.2.2)', () => {
    const bed = answering();
    const flow = bed.layer.flowFrom(udp, client);
    bed.receive(requestText({ branch: 'z9hG4bKa', toTag: 'x' }), flow);
    bed.receive(requestText({ branch: 'z9hG4bKb', toTag: 'x' }), flow);
    assert.deepEqual(statuses(bed), [200, 200]);
  });

  test('the next CSeq, with credentials say, is a new request', () => {
    const bed = answering(401);
    const flow = bed.layer.flowFrom(udp, client);
    bed.receive(requestText({ branch: 'z9hG4bKa', cseq: 1 }), flow);
    bed.receive(requestText({ branch: 'z9hG4bKb', cseq: 2 }), flow);
    assert.deepEqual(statuses(bed), [401, 401]);
    assert.equal(bed.reached.length, 2);
  });

  test('the same branch from another sent-by is another transaction', () => {
    const bed = answering();
    const flow = bed.layer.flowFrom(udp, client);
    bed.receive(requestText({ toTag: 'x' }), flow);
    bed.receive(requestText({ toTag: 'x', via: 'Via: SIP/2.0/UDP 192.0.2.8:5060;branch=z9hG4bKa' }), flow);
    assert.equal(bed.reached.length, 2);
  });

  for (const [title, via] of [
    ['no branch', 'Via: SIP/2.0/UDP 192.0.2.7:5060'],
    ['a branch without the cookie', 'Via: SIP/2.0/UDP 192.0.2.7:5060;branch=1'],
  ] as const) {
    test(`a client of RFC 2543 with ${title}: matched by URI, tags, Call-ID, CSeq and Via`, () => {
      const bed = answering();
      const flow = bed.layer.flowFrom(udp, client);
      bed.receive(requestText({ via, toTag: 'x' }), flow);
      bed.receive(requestText({ via, toTag: 'x' }), flow);
      assert.equal(bed.reached.length, 1);
      bed.receive(requestText({ via, toTag: 'x', cseq: 2 }), flow);
      bed.receive(requestText({ via, toTag: 'y' }), flow);
      assert.equal(bed.reached.length, 3);
    });
  }

  test('beyond limits.transactionsPerGroupMax of one group: 503 with Retry-After', () => {
    const bed = createEndpointBed();
    const flow = bed.layer.flowFrom(udp, client);
    for (let index = 0; index <= limits.transactionsPerGroupMax; index += 1) {
      bed.receive(requestText({ branch: `z9hG4bK${String(index)}`, toTag: 'x' }), flow);
    }
    assert.equal(bed.reached.length, limits.transactionsPerGroupMax);
    const [refused] = bed.layer.take();
    assert.match(refused?.text ?? '', /^SIP\/2\.0 503 [^]*\r\nRetry-After: 5\r\n/);
  });
});

describe('CANCEL (RFC 3261 §9.2)', () => {
  test('481 when nothing matches', () => {
    const bed = answering();
    bed.receive(requestText({ method: 'CANCEL' }), bed.layer.flowFrom(udp, client));
    assert.deepEqual(statuses(bed), [481]);
    assert.equal(bed.reached.length, 0);
  });

  test('200 when a transaction matches, which then goes on as before', () => {
    const bed = createEndpointBed();
    const flow = bed.layer.flowFrom(udp, client);
    bed.receive(requestText({ method: 'SUBSCRIBE' }), flow);
    bed.receive(requestText({ method: 'CANCEL' }), flow);
    assert.deepEqual(statuses(bed), [200]);
    bed.reached[0]?.respond({ status: 202 });
    assert.deepEqual(statuses(bed), [202]);
  });

  test('200 also when the transaction is completed; its retransmission gets the same', () => {
    const bed = answering();
    const flow = bed.layer.flowFrom(udp, client);
    bed.receive(requestText({ method: 'SUBSCRIBE' }), flow);
    bed.receive(requestText({ method: 'CANCEL' }), flow);
    bed.receive(requestText({ method: 'CANCEL' }), flow);
    const [, first, second] = bed.layer.take();
    assert.equal(statusOf(first?.text ?? ''), 200);
    assert.equal(second?.text, first?.text);
  });

  test('ends a pending INVITE with 487', () => {
    const bed = createEndpointBed();
    const flow = bed.layer.flowFrom(udp, client);
    bed.receive(requestText({ method: 'INVITE' }), flow);
    bed.receive(requestText({ method: 'CANCEL' }), flow);
    const [terminated, done] = bed.layer.take();
    assert.equal(statusOf(terminated?.text ?? ''), 487);
    assert.equal(statusOf(done?.text ?? ''), 200);
    assert.equal(toTagOf(done?.text ?? ''), toTagOf(terminated?.text ?? ''));
  });
});

describe('INVITE (RFC 3261 §17.2.1, RFC 6026)', () => {
  const ack = (toTag: string): string => requestText({ method: 'ACK', toTag });

  test('100 after 200 ms of silence', () => {
    const bed = createEndpointBed();
    bed.receive(requestText({ method: 'INVITE' }), bed.layer.flowFrom(udp, client));
    bed.time.advance(190);
    assert.deepEqual(statuses(bed), []);
    bed.time.advance(30);
    assert.deepEqual(statuses(bed), [100]);
  });

  test('a refusal is sent again at Timer G, doubling to T2, until the ACK; then Timer I ends it', () => {
    const bed = answering(486);
    const flow = bed.layer.flowFrom(udp, client);
    bed.receive(requestText({ method: 'INVITE' }), flow);
    const [first] = bed.layer.take();
    bed.time.advance(3_600);
    assert.deepEqual(statuses(bed), [486, 486, 486], '0.5, 1.5 and 3.5 s');
    bed.receive(requestText({ method: 'INVITE' }), flow);
    assert.deepEqual(statuses(bed), [486]);
    bed.receive(ack(toTagOf(first?.text ?? '') ?? ''), flow);
    bed.receive(requestText({ method: 'INVITE' }), flow);
    bed.time.advance(4_900);
    assert.deepEqual(statuses(bed), []);
    assert.equal(bed.figure('pharos_sip_transactions', 'server'), 1);
    bed.time.advance(200);
    assert.equal(bed.figure('pharos_sip_transactions', 'server'), 0);
    assert.equal(bed.reached.length, 1);
  });

  test('without ACK Timer H gives up after 64*T1', () => {
    const bed = answering(486);
    bed.receive(requestText({ method: 'INVITE' }), bed.layer.flowFrom(udp, client));
    bed.time.advance(32_100);
    assert.equal(bed.figure('pharos_sip_unacknowledged_total'), 1);
    assert.equal(bed.figure('pharos_sip_transactions', 'server'), 0);
    bed.layer.take();
    bed.time.advance(60_000);
    assert.deepEqual(bed.layer.take(), []);
  });

  test('over a reliable transport a refusal goes once and Timer I is zero', () => {
    const bed = answering(486);
    const flow = bed.layer.flowFrom(tcp, client);
    bed.receive(requestText({ method: 'INVITE' }), flow);
    bed.time.advance(3_600);
    const [first, ...more] = bed.layer.take();
    assert.equal(more.length, 0);
    bed.receive(ack(toTagOf(first?.text ?? '') ?? ''), flow);
    assert.equal(bed.figure('pharos_sip_transactions', 'server'), 0);
  });

  test('a 2xx is left to its sender, retransmitted INVITEs are absorbed until Timer L (RFC 6026 §7.1)', () => {
    const bed = answering(200);
    const flow = bed.layer.flowFrom(udp, client);
    bed.receive(requestText({ method: 'INVITE' }), flow);
    bed.receive(requestText({ method: 'INVITE' }), flow);
    bed.time.advance(10_000);
    assert.deepEqual(statuses(bed), [200]);
    bed.reached[0]?.respond({ status: 200 });
    assert.deepEqual(statuses(bed), [200], 'a 2xx passed again is sent again');
    bed.time.advance(22_100);
    assert.equal(bed.figure('pharos_sip_transactions', 'server'), 0);
    assert.equal(bed.reached.length, 1);
  });

  test('the ACK of a client of RFC 2543 is told by the To tag (RFC 3261 §17.2.3)', () => {
    const bed = answering(486);
    const flow = bed.layer.flowFrom(udp, client);
    const via = 'Via: SIP/2.0/UDP 192.0.2.7:5060';
    bed.receive(requestText({ method: 'INVITE', via }), flow);
    const tag = toTagOf(bed.layer.take()[0]?.text ?? '') ?? '';
    bed.receive(requestText({ method: 'ACK', via, toTag: `${tag}x` }), flow);
    assert.equal(bed.figure('pharos_sip_stray_acks_total'), 1);
    bed.receive(requestText({ method: 'ACK', via, toTag: tag }), flow);
    bed.time.advance(2000);
    assert.deepEqual(bed.layer.take(), []);
  });
});

describe('what is not well-formed', () => {
  test('a request with mismatching CSeq method is 400 and says why (RFC 3261 §8.1.1.5)', () => {
    const bed = answering();
    bed.receive(requestText({ cseqMethod: 'REGISTER' }), bed.layer.flowFrom(udp, client));
    const [refused] = bed.layer.take();
    assert.equal(statusOf(refused?.text ?? ''), 400);
    assert.match(refused?.text ?? '', /\r\nWarning: 399 pharos "/);
    assert.equal(bed.reached.length, 0);
    assert.equal(bed.figure('pharos_sip_malformed_total'), 1);
  });

  test('an ACK, a response and noise are never answered', () => {
    const bed = answering();
    const flow = bed.layer.flowFrom(udp, client);
    bed.receive(requestText({ method: 'ACK', cseqMethod: 'INVITE' }), flow);
    bed.receive(requestText({ method: 'ACK' }), flow);
    bed.receive('SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nCSeq: x\r\n\r\n', flow);
    bed.receive('noise\r\n\r\n', flow);
    assert.deepEqual(bed.layer.take(), []);
  });
});

describe('where responses go (RFC 3261 §18.2.2)', () => {
  const goes = (via: string, transport = udp, isClosed = false): string => {
    const bed = createEndpointBed();
    const flow = bed.layer.flowFrom(transport, client);
    bed.receive(requestText({ via: `Via: SIP/2.0/${transport.viaToken} ${via}` }), flow);
    if (isClosed) flow.close();
    bed.reached[0]?.respond({ status: 200 });
    const [sent] = bed.layer.take();
    return `${sent?.over ?? ''} ${sent?.to ?? ''}`;
  };

  test('with rport: to the port it came from (RFC 3581 §4)', () => {
    assert.equal(goes('10.0.0.1:5070;branch=z9hG4bKa;rport'), 'udp 192.0.2.7:40000');
  });
  test('without rport: to the address it came from, at the port of sent-by', () => {
    assert.equal(goes('10.0.0.1:5070;branch=z9hG4bKa'), 'udp 192.0.2.7:5070');
    assert.equal(goes('10.0.0.1;branch=z9hG4bKa'), 'udp 192.0.2.7:5060');
  });
  test('maddr: to the address it names, if it is one', () => {
    assert.equal(goes('10.0.0.1:5070;maddr=192.0.2.99;branch=z9hG4bKa'), 'udp 192.0.2.99:5070');
    assert.equal(goes('10.0.0.1:5070;maddr=evil.example;branch=z9hG4bKa;rport'), 'udp 192.0.2.7:40000');
  });
  test('over the connection it came on while it is open, else over one to the port of sent-by', () => {
    assert.equal(goes('10.0.0.1:5070;branch=z9hG4bKa', tcp), 'tcp 192.0.2.7:40000');
    assert.equal(goes('10.0.0.1:5070;branch=z9hG4bKa', tcp, true), 'tcp 192.0.2.7:5070');
    assert.equal(goes('10.0.0.1;branch=z9hG4bKa', tcp, true), 'tcp 192.0.2.7:5060');
  });
});

describe('what a response says (RFC 3261 §8.2.6)', () => {
  test('Via with received and rport, a To tag of ours, Server if set', () => {
    const bed = createEndpointBed({ serverHeader: 'Pharos' });
    bed.onRequest = ({ respond }) => {
      respond({ status: 200, headers: [['SIP-ETag', 'e1']] });
    };
    bed.receive(requestText(), bed.layer.flowFrom(udp, client));
    const text = bed.layer.take()[0]?.text ?? '';
    assert.match(
      text,
      /\r\nVia: SIP\/2\.0\/UDP 192\.0\.2\.7:5060;branch=z9hG4bKa;received=192\.0\.2\.7;rport=40000\r\n/,
    );
    assert.match(text, /\r\nTo: <sip:alice@example\.org>;tag=t\d+\r\n/);
    assert.match(text, /\r\nSIP-ETag: e1\r\n/);
    assert.match(text, /\r\nServer: Pharos\r\n/);
  });

  test('a To tag that is there stays, one that the handler chose is used', () => {
    const tagFor = (toTag: string | undefined, chosen: string | undefined): string | undefined => {
      const bed = createEndpointBed();
      bed.onRequest = ({ respond }) => {
        respond(chosen === undefined ? { status: 200 } : { status: 200, toTag: chosen });
      };
      bed.receive(requestText(toTag === undefined ? {} : { toTag }), bed.layer.flowFrom(udp, client));
      return toTagOf(bed.layer.take()[0]?.text ?? '');
    };
    assert.equal(tagFor('theirs', undefined), 'theirs');
    assert.equal(tagFor(undefined, 'mine'), 'mine');
  });
});

test('an exception of the transaction user is counted and goes no further', () => {
  const bed = createEndpointBed();
  bed.onRequest = () => {
    throw new Error('bug');
  };
  bed.receive(requestText(), bed.layer.flowFrom(udp, client));
  assert.equal(bed.figure('pharos_sip_defects_total'), 1);
});
