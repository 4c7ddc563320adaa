import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { noBytes } from '../../../sip-stack/wire/bytes.ts';
import type { Branch, ForwardedRequest, StrayReceiver } from '../../../sip-stack/forwarding.ts';
import type { Outcome } from '../../../sip-stack/outgoing.ts';
import { relayedBytes, relayedOf, returnAddress } from '../../../sip-stack/relayed.ts';
import { parseMessage } from '../../../sip-stack/wire/parse.ts';
import type { SipRequest, SipResponse } from '../../../sip-stack/wire/message.ts';
import { createEndpointBed } from '../../support/endpoint-bed.ts';
import type { EndpointBed } from '../../support/endpoint-bed.ts';
import { tcp, udp } from '../../support/fake-layer.ts';
import { bedResponse, linesOf, startOf } from '../../support/proxy-bed.ts';

const lines = [
  'Route: <sip:198.51.100.9;lr>',
  'Via: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKup',
  'From:  "A" <sip:alice@example.org>;tag=ft',
  'To: <sip:bob@example.org>',
  'Call-ID: c1',
  'CSeq: 7 INVITE',
  'Max-Forwards: 69',
  'Content-Length: 0',
];
const forwarded = (method = 'INVITE'): ForwardedRequest => ({
  method,
  uri: 'sip:bob@198.51.100.2',
  headerText: lines
    .map((line) => `${line}\r\n`)
    .join('')
    .replace('INVITE', method),
  body: noBytes,
  loopHash: '.abc',
});
const peer = { host: '198.51.100.2', port: 5060 };

interface Forwarded {
  readonly bed: EndpointBed;
  readonly branch: Branch;
  readonly heard: string[];
  /** Statuses of the 2xx that went on without a transaction. */
  readonly passedOn: string[];
  readonly sent: string;
  readonly answer: (status: number) => void;
}

function forward(method = 'INVITE', more: Partial<ForwardedRequest> = {}): Forwarded {
  const passedOn: string[] = [];
  const strays: StrayReceiver = {
    onAck: () => undefined,
    onStrayResponse: () => undefined,
    onStrayCancel: () => false,
    onFurtherSuccess: ({ status }) => passedOn.push(String(status)),
  };
  const bed = createEndpointBed({ strays: () => strays });
  const heard: string[] = [];
  const branch = bed.endpoint.forward(
    { ...forwarded(method), ...more },
    { kind: 'address', transport: udp, peer },
    {
      onOutcome: (outcome: Outcome) => heard.push(outcome.kind),
      onProvisional: (response) => heard.push(String(response.status)),
      onFurtherSuccess: () => heard.push('again'),
    },
  );
  const sent = bed.layer.take()[0]?.text ?? '';
  const answer = (status: number): void => {
    bed.receive(bedResponse(sent, status), bed.layer.flowFrom(udp, peer));
  };
  return { bed, branch, heard, passedOn, sent, answer };
}

const took = (bed: EndpointBed): readonly string[] => bed.layer.take().map(({ text }) => startOf(text));

describe('client transactions of forwarded requests (RFC 3261 §16.6 step 10)', () => {
  test('go out as request line, our Via, the lines as given, body', () => {
    const { sent } = forward();
    const via = linesOf(sent, 'via')[0] ?? '';
    assert.match(via, /^SIP\/2\.0\/UDP 192\.0\.2\.1:5060;branch=z9hG4bK\w+\.abc;rport$/);
    assert.equal(sent, `INVITE sip:bob@198.51.100.2 SIP/2.0\r\nVia: ${via}\r\n${lines.join('\r\n')}\r\n\r\n`);
  });

  test('a failure is acknowledged with Route, From, To of the response, Call-ID and CSeq number (RFC 3261 §17.1.1.3)', () => {
    const { bed, heard, sent, answer } = forward();
    answer(486);
    const ack = bed.layer.take()[0]?.text ?? '';
    assert.equal(ack.split('\r\n')[0], 'ACK sip:bob@198.51.100.2 SIP/2.0');
    assert.deepEqual(linesOf(ack, 'via'), linesOf(sent, 'via').slice(0, 1));
    assert.deepEqual(linesOf(ack, 'route'), ['<sip:198.51.100.9;lr>']);
    assert.deepEqual(linesOf(ack, 'from'), ['"A" <sip:alice@example.org>;tag=ft']);
    assert.deepEqual(linesOf(ack, 'to'), ['<sip:bob@example.org>;tag=tt']);
    assert.deepEqual(linesOf(ack, 'cseq'), ['7 ACK']);
    assert.deepEqual(heard, ['final']);
  });

  test('CANCEL waits for a provisional response, goes once, and is answered apart from its INVITE (RFC 3261 §9.1)', () => {
    const { bed, branch, heard, answer } = forward();
    branch.cancel([['Reason', 'SIP;cause=200']]);
    assert.deepEqual(took(bed), []);
    answer(180);
    const cancel = bed.layer.take()[0]?.text ?? '';
    assert.deepEqual(
      [startOf(cancel), linesOf(cancel, 'cseq'), linesOf(cancel, 'reason')],
      ['CANCEL', ['7 CANCEL'], ['SIP;cause=200']],
    );
    branch.cancel();
    answer(183);
    assert.deepEqual(took(bed), []);
    bed.receive(bedResponse(cancel, 200), bed.layer.flowFrom(udp, peer));
    bed.time.advance(2_000);
    assert.deepEqual([took(bed), heard], [[], ['180', '183']]);
    answer(487);
    assert.deepEqual([took(bed), heard.at(-1)], [['ACK'], 'final']);
  });

  test('after the final response, and for other methods, CANCEL does nothing (RFC 3261 §9.1)', () => {
    const done = forward();
    done.answer(200);
    done.branch.cancel();
    const other = forward('MESSAGE');
    other.answer(100);
    other.branch.cancel();
    assert.deepEqual([took(done.bed), took(other.bed)], [[], []]);
  });

  test('64*T1 after the CANCEL the INVITE counts as timed out (RFC 3261 §9.1)', () => {
    const { bed, branch, heard, answer } = forward();
    answer(180);
    branch.cancel();
    bed.time.advance(31_900);
    assert.deepEqual(heard, ['180']);
    bed.time.advance(200);
    assert.deepEqual(heard, ['180', 'timeout']);
    assert.equal(bed.figure('pharos_sip_transactions', 'client'), 0);
  });

  test('an abandoned branch is heard of no more', () => {
    for (const method of ['INVITE', 'MESSAGE']) {
      const { bed, branch, heard, answer } = forward(method);
      answer(100);
      branch.abandon();
      answer(200);
      bed.time.advance(40_000);
      assert.deepEqual(heard, ['100'], method);
      assert.equal(bed.figure('pharos_sip_transactions', 'client'), 0);
    }
  });

  test('each 2xx of an INVITE is told (RFC 6026 §7.2)', () => {
    const { heard, answer } = forward();
    answer(200);
    answer(200);
    assert.deepEqual(heard, ['final', 'again']);
  });
});

describe('an accepted INVITE that can be left alone (RFC 6026 §7.2)', () => {
  const wayBack = 'SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKup';

  test('is gone with its first 2xx; a further one goes on without it, for 64*T1', () => {
    const { bed, heard, passedOn, answer } = forward('INVITE', { wayBack });
    answer(180);
    answer(200);
    assert.deepEqual(heard, ['180', 'final']);
    assert.equal(bed.figure('pharos_sip_transactions', 'client'), 0);
    answer(200);
    bed.time.advance(31_900);
    answer(299);
    assert.deepEqual(
      [heard, passedOn],
      [
        ['180', 'final'],
        ['200', '299'],
      ],
    );
    bed.time.advance(33_000);
    answer(200);
    assert.deepEqual([passedOn.length, bed.figure('pharos_sip_stray_responses_total')], [2, 1]);
  });

  test('nothing else goes on: other statuses and methods, and what would be sent elsewhere', () => {
    const { bed, passedOn, sent, answer } = forward('INVITE', { wayBack });
    answer(200);
    answer(180);
    answer(486);
    const further = bedResponse(sent, 200);
    bed.receive(further.replace('198.51.100.1', '203.0.113.99'), bed.layer.flowFrom(udp, peer));
    bed.receive(further.replace('7 INVITE', '7 BYE'), bed.layer.flowFrom(udp, peer));
    assert.deepEqual([passedOn, bed.figure('pharos_sip_stray_responses_total')], [[], 4]);
  });

  test('a first 2xx that has changed the Via below ours leaves the transaction, whose listener hears all', () => {
    const { bed, heard, passedOn, sent, answer } = forward('INVITE', { wayBack });
    bed.receive(bedResponse(sent, 200).replace('198.51.100.1', '203.0.113.99'), bed.layer.flowFrom(udp, peer));
    answer(200);
    assert.deepEqual([heard, passedOn], [['final', 'again'], []]);
    assert.equal(bed.figure('pharos_sip_transactions', 'client'), 1);
  });
});

test('the ACK to a refusal is the same each time, however late the refusal comes again (RFC 3261 §17.1.1.2)', () => {
  const { bed, heard, answer } = forward();
  answer(486);
  const [first] = bed.layer.take();
  assert.match(first?.text ?? '', /^ACK sip:bob@198\.51\.100\.2 /);
  bed.time.advance(31_000);
  answer(486);
  assert.deepEqual(
    bed.layer.take().map(({ text }) => text),
    [first?.text],
  );
  assert.deepEqual(heard, ['final']);
});

describe('responses that go on (RFC 3261 §16.7)', () => {
  const response = (...vias: readonly string[]): SipResponse => {
    const text = ['SIP/2.0 200 So be  it', 'From: x', ...vias, 'To: y', 'l: 2', '', 'ok'].join('\r\n');
    const parsed = parseMessage(Buffer.from(text, 'latin1'));
    assert.ok(parsed.ok && parsed.value.kind === 'response');
    return parsed.value;
  };
  const written = (...vias: readonly string[]): string | undefined => {
    const relayed = relayedOf(response(...vias));
    return relayed === undefined ? undefined : relayedBytes(relayed).toString('latin1');
  };
  const rest = 'To: y\r\nl: 2\r\n\r\nok';

  test('the topmost Via value goes, on a line of its own or not (RFC 3261 §16.7 step 3)', () => {
    assert.equal(written('v: a/b/c d', 'Via: e'), `SIP/2.0 200 So be  it\r\nFrom: x\r\nVia: e\r\n${rest}`);
    assert.equal(written('v: a/b/c "d,e" ,\t f, g'), `SIP/2.0 200 So be  it\r\nFrom: x\r\nv: f, g\r\n${rest}`);
  });

  test('with no other the response is for us (RFC 3261 §16.7 step 3)', () => {
    assert.equal(written('Via: a/b/c d'), undefined);
  });

  test('without a transaction it goes where the Via says: received, rport, maddr (RFC 3261 §18.2.2, RFC 3581 §4)', () => {
    const to = (via: string): string | undefined => {
      const found = returnAddress(via, [udp, tcp]);
      return found === undefined
        ? undefined
        : `${found.transport.uriParam} ${found.peer.host} ${String(found.peer.port)}`;
    };
    assert.equal(to('SIP/2.0/UDP 192.0.2.7:5070;branch=x'), 'udp 192.0.2.7 5070');
    assert.equal(to('SIP/2.0/UDP a.example;received=192.0.2.7'), 'udp 192.0.2.7 5060');
    assert.equal(to('SIP/2.0/TCP a.example;received=192.0.2.7;rport=99'), 'tcp 192.0.2.7 99');
    assert.equal(to('SIP/2.0/UDP a.example:77;maddr=192.0.2.9;received=192.0.2.7;rport=99'), 'udp 192.0.2.9 77');
    assert.equal(to('SIP/2.0/UDP [2001:db8::1]:77'), 'udp 2001:db8::1 77');
    for (const via of ['SIP/2.0/UDP a.example', 'SIP/2.0/XYZ 192.0.2.7', 'nonsense', ''])
      assert.equal(to(via), undefined);
  });
});

describe('a request that came back', () => {
  /** What was sent, as it would be read when it comes in again. */
  const comeBack = (text: string): SipRequest => {
    const parsed = parseMessage(Buffer.from(text, 'latin1'));
    assert.ok(parsed.ok && parsed.value.kind === 'request');
    return parsed.value;
  };

  test('is known by its Via while its transaction lives (RFC 3261 §16.3 step 4)', () => {
    const { bed, sent, answer } = forward('MESSAGE');
    assert.equal(bed.endpoint.hasComeBack(comeBack(sent)), true);
    answer(200);
    assert.equal(bed.endpoint.hasComeBack(comeBack(sent)), false);
  });

  for (const [what, one, other] of [
    ['another sender', 'sip:alice@example.org', 'sip:eve@example.org'],
    ['another call', 'Call-ID: c1', 'Call-ID: c2'],
    ['another request of the call', 'CSeq: 7', 'CSeq: 8'],
    ['another method', /INVITE/g, 'MESSAGE'],
    ['another Via', /z9hG4bK/, 'z9hG4bKx'],
  ] as const) {
    test(`is not one with ${what}: who got the request knows its Via (RFC 3261 §16.3 step 6)`, () => {
      const { bed, sent } = forward();
      assert.equal(bed.endpoint.hasComeBack(comeBack(sent.replace(one, other))), false);
    });
  }
});
