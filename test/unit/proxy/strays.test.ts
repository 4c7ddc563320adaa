import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createDialogSeal } from '../../../proxy/dialog-seal.ts';
import type { ProxyStep } from '../../../proxy/step.ts';
import { tcp, udp } from '../../support/fake-layer.ts';
import type { ProxyBed } from '../../support/proxy-bed.ts';
import { bedRequest, bedResponse, createProxyBed, linesOf, startOf, target } from '../../support/proxy-bed.ts';

const alice = { host: '198.51.100.1', port: 5060 };
const bob = { host: '198.51.100.2', port: 5060 };
const bobAt = '198.51.100.2:5060';
const aliceAt = '198.51.100.1:5060';

describe('ACK to a 2xx (RFC 3261 §16.6, §17.1.1.3)', () => {
  const ack = (bed: ProxyBed, parts: Parameters<typeof bedRequest>[0]): readonly string[] => {
    bed.receive(bedRequest({ method: 'ACK', toTag: 'tt', branch: 'z9hG4bKack', ...parts }), bed.flowFrom(udp, alice));
    return bed.sentTo(bobAt);
  };

  test('goes where its Route and Request-URI say, without a transaction, and again when it comes again', () => {
    const bed = createProxyBed();
    const parts = { uri: 'sip:bob@198.51.100.2', headers: ['Route: <sip:192.0.2.1;lr>'], body: 'v=0' };
    const [first = ''] = ack(bed, parts);
    assert.equal(first.split('\r\n')[0], 'ACK sip:bob@198.51.100.2 SIP/2.0');
    assert.deepEqual([linesOf(first, 'route'), linesOf(first, 'record-route')], [[], []]);
    assert.deepEqual(linesOf(first, 'max-forwards'), ['69']);
    assert.ok(first.endsWith('v=0'));
    bed.time.advance(600);
    assert.deepEqual(bed.sentTo(bobAt), []);
    assert.deepEqual(ack(bed, parts), [first]);
  });

  test('to a user of ours goes to where he is', () => {
    const bed = createProxyBed();
    bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2')]);
    assert.equal(ack(bed, {}).length, 1);
  });

  test('between strangers, to the server itself or to nobody it goes nowhere', () => {
    const bed = createProxyBed();
    const strange = bedRequest({ method: 'ACK', uri: 'sip:x@198.51.100.2', toTag: 'y' }).replaceAll(
      '@example.org',
      '@far.example',
    );
    bed.receive(strange, bed.flowFrom(udp, alice));
    bed.receive(bedRequest({ method: 'ACK', uri: 'sip:192.0.2.1', toTag: 'y' }), bed.flowFrom(udp, alice));
    bed.receive(bedRequest({ method: 'ACK', toTag: 'y' }), bed.flowFrom(udp, alice));
    assert.deepEqual(bed.layer.take(), []);
    assert.equal(bed.figure('pharos_proxy_acks_total', 'dropped'), 3);
  });

  test('between strangers it goes on by a Route that we sealed for the call, by no other (RFC 3261 §16.4)', () => {
    const seal = createDialogSeal('the secret of the test');
    for (const [param, expected] of [
      [seal.param('c1'), 1],
      [seal.param('c2'), 0],
      ['', 0],
    ] as const) {
      const bed = createProxyBed();
      const headers = [`Route: <sip:192.0.2.1;lr${param}>`];
      const text = bedRequest({ method: 'ACK', uri: 'sip:x@198.51.100.2', toTag: 'y', headers });
      bed.receive(text.replaceAll('@example.org', '@far.example'), bed.flowFrom(udp, alice));
      assert.equal(bed.sentTo(bobAt).length, expected, param);
    }
  });

  test('one with the branch of its INVITE goes on too (RFC 6026 §7.1)', () => {
    const bed = createProxyBed();
    bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2')]);
    bed.receive(bedRequest(), bed.flowFrom(udp, alice));
    const [invite = ''] = bed.sentTo(bobAt);
    bed.receive(bedResponse(invite, 200), bed.flowFrom(udp, bob));
    assert.equal(ack(bed, { branch: 'z9hG4bKalice' }).length, 1);
  });

  test('that of a failure ends at the transaction (RFC 3261 §17.2.1)', () => {
    const bed = createProxyBed();
    bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2')]);
    bed.receive(bedRequest(), bed.flowFrom(udp, alice));
    const [invite = ''] = bed.sentTo(bobAt);
    bed.receive(bedResponse(invite, 486), bed.flowFrom(udp, bob));
    assert.deepEqual(bed.sentTo(bobAt).map(startOf), ['ACK']);
    assert.deepEqual(ack(bed, { branch: 'z9hG4bKalice' }), []);
    bed.time.advance(10_000);
    assert.deepEqual(bed.sentTo(aliceAt).map(startOf), ['486']);
  });
});

describe('a call that was accepted leaves no object behind (RFC 6026 §7.1, §7.2)', () => {
  const accepted = (steps: readonly ProxyStep[] = []) => {
    const bed = createProxyBed({ steps });
    bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2')]);
    bed.receive(bedRequest(), bed.flowFrom(udp, alice));
    const [invite = ''] = bed.sentTo(bobAt);
    const ok = (headers: readonly string[] = [], tag = 'tt'): void => {
      bed.receive(bedResponse(invite, 200, headers, tag), bed.flowFrom(udp, bob));
    };
    ok();
    const [first = ''] = bed.sentTo(aliceAt);
    return { bed, ok, first };
  };
  const live = (bed: ProxyBed): readonly number[] =>
    ['server', 'client', 'accepted'].map((kind) => bed.figure('pharos_sip_transactions', kind));

  test('but its 2xx still goes on when it comes again or from another phone, as it went the first time', () => {
    const { bed, ok, first } = accepted();
    assert.deepEqual(live(bed), [0, 0, 1]);
    ok();
    ok([], 'another');
    const [again, other = '', ...more] = bed.sentTo(aliceAt);
    assert.deepEqual([again, linesOf(other, 'to'), more], [first, ['<sip:bob@example.org>;tag=another'], []]);
    bed.time.advance(70_000);
    ok();
    assert.deepEqual([bed.layer.take(), live(bed)], [[], [0, 0, 0]]);
  });

  test('the INVITE that comes again is absorbed for 64*T1, and goes nowhere (RFC 6026 §7.1)', () => {
    const { bed } = accepted();
    bed.receive(bedRequest(), bed.flowFrom(udp, alice));
    bed.time.advance(31_900);
    bed.receive(bedRequest(), bed.flowFrom(udp, alice));
    assert.deepEqual(bed.layer.take(), []);
  });

  test('its CANCEL is answered 200 and does nothing else (RFC 3261 §9.2)', () => {
    const { bed } = accepted();
    bed.receive(bedRequest({ method: 'CANCEL' }), bed.flowFrom(udp, alice));
    assert.deepEqual(
      bed.layer.take().map(({ to, text }) => [to, startOf(text), linesOf(text, 'cseq')]),
      [[aliceAt, '200', ['1 CANCEL']]],
    );
  });

  test('what a stranger asserts of himself goes on the second time no more than the first (RFC 3325 §5)', () => {
    const { bed, ok } = accepted();
    ok(['P-Asserted-Identity: <sip:chief@example.org>', 'X-Kept: yes']);
    const [again = ''] = bed.sentTo(aliceAt);
    assert.deepEqual([linesOf(again, 'p-asserted-identity'), linesOf(again, 'x-kept')], [[], ['yes']]);
    assert.equal(linesOf(again, 'via').length, 1);
  });

  test('with a step that edits responses it is remembered, so that each 2xx is edited (RFC 6026 §7.2)', () => {
    const marks: ProxyStep = {
      name: 'marks',
      doc: 'Marks responses.',
      run(call) {
        call.onResponse((_response, edits) => {
          edits.append('X-Mark', '1');
        });
        return 'next';
      },
    };
    const { bed, ok, first } = accepted([marks]);
    ok();
    const [again = ''] = bed.sentTo(aliceAt);
    assert.deepEqual([linesOf(first, 'x-mark'), linesOf(again, 'x-mark')], [['1'], ['1']]);
    assert.deepEqual(live(bed), [0, 1, 0]);
  });

  test('a caller on a connection is remembered: nothing but the connection may lead to him (RFC 6026 §7.2)', () => {
    const bed = createProxyBed();
    const flow = bed.flowFrom(tcp, { host: '198.51.100.1', port: 40_001 });
    bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2')]);
    bed.receive(bedRequest({ transport: 'TCP' }), flow);
    const [invite = ''] = bed.sentTo(bobAt);
    for (let count = 0; count < 2; count += 1) bed.receive(bedResponse(invite, 200), bed.flowFrom(udp, bob));
    assert.deepEqual(bed.sentTo('198.51.100.1:40001').map(startOf), ['200', '200']);
    assert.deepEqual(live(bed), [0, 1, 0]);
  });

  test('and one whom another socket of ours would answer (RFC 3581 §4)', () => {
    const bed = createProxyBed();
    const flow = { ...bed.flowFrom(udp, alice), local: { host: '192.0.2.1', port: 5062 } };
    bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2')]);
    bed.receive(bedRequest(), flow);
    const [invite = ''] = bed.sentTo(bobAt);
    bed.receive(bedResponse(invite, 200), bed.flowFrom(udp, bob));
    assert.deepEqual(live(bed), [0, 1, 0]);
  });
});

describe('stateless mode (RFC 3261 §16.11)', () => {
  const bedOf = (): ProxyBed =>
    createProxyBed({ settings: { stateless: ['far.example'] }, names: { 'far.example': ['198.51.100.2'] } });
  const uri = 'sip:x@far.example';

  test('a retransmission is sent on the same, and nothing is answered here', () => {
    const bed = bedOf();
    const text = bedRequest({ uri });
    bed.receive(text, bed.flowFrom(udp, alice));
    bed.receive(text, bed.flowFrom(udp, alice));
    const [first, second, ...more] = bed.sentTo(bobAt);
    assert.equal(first, second);
    bed.time.advance(40_000);
    assert.deepEqual([more, bed.layer.take()], [[], []]);
  });

  test('another request has another branch, CANCEL and ACK have that of their INVITE', () => {
    const bed = bedOf();
    const branchOf = (text: string): string => /;branch=([^;.]+)/.exec(linesOf(text, 'via')[0] ?? '')?.[1] ?? '';
    for (const parts of [{}, { method: 'CANCEL' }, { method: 'ACK' }, { branch: 'z9hG4bKother' }])
      bed.receive(bedRequest({ uri, ...parts }), bed.flowFrom(udp, alice));
    const sent = bed.sentTo(bobAt);
    assert.deepEqual(sent.map(startOf), ['INVITE', 'CANCEL', 'ACK', 'INVITE']);
    const [invite, cancel, ack, other] = sent.map(branchOf);
    assert.deepEqual([cancel, ack], [invite, invite]);
    assert.notEqual(other, invite);
  });

  test('responses go where the Via below ours says; what was not sent so is dropped (RFC 3261 §18.2.2, RFC 6026 §7.3)', () => {
    const bed = bedOf();
    bed.receive(
      bedRequest({ uri, sentBy: 'phone.example:5060' }),
      bed.flowFrom(udp, { host: '198.51.100.1', port: 40_123 }),
    );
    const [invite = ''] = bed.sentTo(bobAt);
    const flow = bed.flowFrom(udp, bob);
    bed.receive(bedResponse(invite, 180), flow);
    bed.receive(bedResponse(invite, 200), flow);
    const back = bed.sentTo('198.51.100.1:40123');
    assert.deepEqual(back.map(startOf), ['180', '200']);
    assert.deepEqual(linesOf(back[0] ?? '', 'via').length, 1);
    bed.receive(bedResponse(invite, 200).replace(/branch=z9hG4bK\*(.)/, 'branch=z9hG4bK*z$1'), flow);
    assert.deepEqual(bed.layer.take(), []);
  });

  test('a response to a client on TCP goes back over TCP', () => {
    const bed = bedOf();
    bed.receive(bedRequest({ uri, transport: 'TCP' }), bed.flowFrom(tcp, { host: '198.51.100.1', port: 40_001 }));
    const [invite = ''] = bed.sentTo(bobAt);
    bed.receive(bedResponse(invite, 200), bed.flowFrom(udp, bob));
    assert.deepEqual(
      bed.layer.take().map(({ to, over }) => [to, over]),
      [['198.51.100.1:40001', 'tcp']],
    );
  });
});

describe('what no transaction claims', () => {
  test('a late response is not sent on (RFC 6026 §7.3, RFC 4320 §4.2)', () => {
    const bed = createProxyBed();
    bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2')]);
    bed.receive(bedRequest({ method: 'MESSAGE' }), bed.flowFrom(udp, alice));
    const [message = ''] = bed.sentTo(bobAt);
    bed.time.advance(40_000);
    bed.layer.take();
    bed.receive(bedResponse(message, 200), bed.flowFrom(udp, bob));
    assert.deepEqual(bed.layer.take(), []);
    assert.equal(bed.figure('pharos_sip_stray_responses_total'), 1);
  });

  test('a CANCEL of nothing is 481 (RFC 3261 §9.2)', () => {
    const bed = createProxyBed({ settings: { stateless: ['far.example'] } });
    bed.receive(bedRequest({ method: 'CANCEL' }), bed.flowFrom(udp, alice));
    assert.deepEqual(bed.sentTo(aliceAt).map(startOf), ['481']);
  });

  test('a request that came by two ways goes on twice: the user agent minds, the proxy does not (RFC 3261 §16.3, §8.2.2.2)', () => {
    const bed = createProxyBed();
    bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2')]);
    bed.receive(bedRequest({ method: 'MESSAGE' }), bed.flowFrom(udp, alice));
    bed.receive(bedRequest({ method: 'MESSAGE', branch: 'z9hG4bKb' }), bed.flowFrom(udp, alice));
    assert.equal(bed.sentTo(bobAt).length, 2);
    for (const branch of ['z9hG4bKc', 'z9hG4bKd'])
      bed.receive(bedRequest({ method: 'PUBLISH', branch }), bed.flowFrom(udp, alice));
    assert.deepEqual(bed.sentTo(aliceAt).map(startOf), ['299', '482']);
  });
});
