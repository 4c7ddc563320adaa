import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seconds } from '../../../kernel/clock.ts';
import type { Target } from '../../../proxy/call.ts';
import type { ProxyStep } from '../../../proxy/step.ts';
import { createCallerPreferences } from '../../../proxy/steps/caller-preferences.ts';
import { tcp, udp } from '../../support/fake-layer.ts';
import type { ProxyBed } from '../../support/proxy-bed.ts';
import { bedRequest, bedResponse, createProxyBed, linesOf, startOf, target } from '../../support/proxy-bed.ts';

const alice = { host: '198.51.100.1', port: 5060 };

const device = (last: number, more: Partial<Target> = {}): Target =>
  target(`sip:bob@198.51.100.${String(last)}:5060`, more);

/** What device `last` has got, by start line. */
const got = (bed: ProxyBed, last: number): readonly string[] =>
  bed.sentTo(`198.51.100.${String(last)}:5060`).map(startOf);

interface Ringing {
  readonly bed: ProxyBed;
  /** The request as each device got it. */
  readonly requests: Map<number, string>;
  answer(last: number, status: number, headers?: readonly string[], tag?: string): void;
  /** What alice has got since the last time. */
  heard(): readonly string[];
  texts(): readonly string[];
}

/** Sends a request of alice to these targets, and keeps what the devices get first. */
function ring(
  targets: readonly Target[],
  options: Parameters<typeof createProxyBed>[0] & { readonly request?: Parameters<typeof bedRequest>[0] } = {},
): Ringing {
  const bed = createProxyBed(options);
  bed.users.set('sip:bob@example.org', targets);
  const requests = new Map<number, string>();
  bed.receive(bedRequest(options.request), bed.flowFrom(udp, alice));
  const ringing: Ringing = {
    bed,
    requests,
    answer(last, status, headers = [], tag = `t${String(last)}`) {
      const address = `198.51.100.${String(last)}:5060`;
      const sent = bed.layer.sent.findLast(({ to, text }) => to === address && !/^(?:ACK|CANCEL) /.test(text));
      const request = sent?.text ?? requests.get(last) ?? '';
      requests.set(last, request);
      bed.receive(
        bedResponse(request, status, headers, tag),
        bed.flowFrom(udp, { host: `198.51.100.${String(last)}`, port: 5060 }),
      );
    },
    heard: () => ringing.texts().map(startOf),
    texts: () => bed.sentTo('198.51.100.1:5060'),
  };
  return ringing;
}

describe('parallel forking (RFC 3261 §16.6, §16.7)', () => {
  test('all of one q at once; 1xx of all go back, 100 of none (RFC 3261 §16.7 step 5)', () => {
    const call = ring([device(2), device(3)]);
    call.answer(2, 100);
    call.answer(2, 180);
    call.answer(3, 183);
    call.answer(3, 199);
    assert.deepEqual(call.heard(), ['180', '183', '199']);
  });

  test('the first 2xx goes back at once, the others are cancelled and told why (RFC 3261 §16.7 step 10, RFC 3326)', () => {
    const call = ring([device(2), device(3)]);
    call.answer(2, 180);
    call.answer(3, 180);
    call.bed.layer.take();
    call.answer(2, 200);
    const [ok = '', ...others] = call.texts();
    assert.deepEqual([startOf(ok), others], ['200', []]);
    assert.deepEqual(linesOf(ok, 'via').length, 1);
    const [cancel = ''] = call.bed.sentTo('198.51.100.3:5060');
    const invite = call.requests.get(3) ?? '';
    assert.equal(startOf(cancel), 'CANCEL');
    assert.deepEqual(linesOf(cancel, 'via'), linesOf(invite, 'via').slice(0, 1));
    for (const name of ['From', 'To', 'Call-ID']) assert.deepEqual(linesOf(cancel, name), linesOf(invite, name));
    assert.deepEqual(linesOf(cancel, 'cseq'), ['1 CANCEL']);
    assert.deepEqual(linesOf(cancel, 'reason'), ['SIP;cause=200;text="Call completed elsewhere"']);
    call.bed.receive(bedResponse(cancel, 200), call.bed.flowFrom(udp, { host: '198.51.100.3', port: 5060 }));
    call.answer(3, 487);
    assert.deepEqual(got(call.bed, 3), ['ACK']);
    assert.deepEqual(call.heard(), []);
  });

  test('a branch that has not answered yet is cancelled with its first 1xx, never before (RFC 3261 §9.1)', () => {
    const call = ring([device(2), device(3)]);
    const [invite = ''] = call.bed.sentTo('198.51.100.3:5060');
    call.requests.set(3, invite);
    call.answer(2, 200);
    assert.deepEqual(got(call.bed, 3), []);
    call.answer(3, 180);
    assert.deepEqual(got(call.bed, 3), ['CANCEL']);
    assert.deepEqual(call.heard(), ['200']);
  });

  test('every 2xx to an INVITE goes back, from the same branch again or from another (RFC 3261 §16.7 step 5, RFC 6026 §7.1)', () => {
    const call = ring([device(2), device(3)]);
    call.answer(2, 180);
    call.answer(3, 180);
    call.answer(2, 200);
    call.answer(2, 200);
    call.answer(3, 200);
    call.answer(3, 200, [], 'another');
    assert.deepEqual(call.heard(), ['180', '180', '200', '200', '200', '200']);
  });

  test('of another method the first 2xx alone goes back (RFC 3261 §16.7 step 5)', () => {
    const call = ring([device(2), device(3)], { request: { method: 'MESSAGE' } });
    call.answer(2, 200);
    call.answer(3, 202);
    assert.deepEqual(call.heard(), ['200']);
  });

  test('6xx cancels the others, starts nothing more and goes back when all have ended (RFC 3261 §16.7 step 5)', () => {
    const call = ring([device(2), device(3), device(4, { q: 500 })]);
    call.answer(2, 180);
    call.answer(3, 180);
    call.answer(2, 603);
    assert.deepEqual(call.heard(), ['180', '180']);
    assert.equal(got(call.bed, 3).at(-1), 'CANCEL');
    call.answer(3, 487);
    assert.deepEqual(call.heard(), ['603']);
    assert.deepEqual(got(call.bed, 4), []);
  });

  test('a 2xx after a 6xx goes back in its place (RFC 3261 §16.7 step 5)', () => {
    const call = ring([device(2), device(3)]);
    call.answer(3, 180);
    call.answer(2, 600);
    call.answer(3, 200);
    assert.deepEqual(call.heard(), ['180', '200']);
  });

  test('no branch is cancelled where a step says so (RFC 3841 §9.1)', () => {
    const keep: ProxyStep = {
      name: 'keep',
      doc: '',
      run(call) {
        call.cancelOthers = false;
        return 'next';
      },
    };
    const call = ring([device(2), device(3)], { steps: [keep] });
    call.answer(3, 180);
    call.bed.sentTo('198.51.100.3:5060');
    call.answer(2, 200);
    assert.deepEqual(got(call.bed, 3), []);
  });

  test('nothing late goes back but 2xx: no 1xx, no failure (RFC 3261 §16.7 step 5)', () => {
    const call = ring([device(2), device(3)]);
    call.answer(3, 180);
    call.answer(2, 200);
    call.answer(3, 183);
    call.answer(3, 486);
    assert.deepEqual(call.heard(), ['180', '200']);
  });
});

describe('serial forking (RFC 3261 §16.6)', () => {
  test('by falling q, the next group when all of one have ended', () => {
    const call = ring([device(4, { q: 100 }), device(2, { q: 900 }), device(3, { q: 900 })]);
    call.answer(2, 486);
    assert.deepEqual(got(call.bed, 4), []);
    call.answer(3, 480);
    assert.deepEqual(got(call.bed, 4), ['INVITE']);
  });

  test('a group that rings too long gives way to the next where that is set, and its 487 is not what goes back', () => {
    const call = ring([device(2), device(3, { q: 1 })], { settings: { nextGroupAfter: seconds(20) } });
    call.answer(2, 180);
    call.bed.time.advance(20_100);
    assert.equal(got(call.bed, 2).at(-1), 'CANCEL');
    call.answer(2, 487);
    call.answer(3, 486);
    assert.deepEqual(call.heard(), ['180', '486']);
  });

  test('branches in all are bounded; those with the lowest q are left out', () => {
    const call = ring([device(2, { q: 1 }), device(3), device(4)], { settings: { branchesMax: 2 } });
    call.answer(3, 486);
    call.answer(4, 486);
    assert.deepEqual(call.heard(), ['486']);
    assert.deepEqual(got(call.bed, 2), []);
  });
});

describe('flows to one device (RFC 5626 §7)', () => {
  const flows = [device(2, { device: 'phone' }), device(3, { device: 'phone', q: 500 }), device(4, { q: 200 })];

  test('one at a time: the next after 430, none after another answer', () => {
    const call = ring(flows);
    assert.deepEqual(got(call.bed, 3), []);
    call.answer(2, 430);
    assert.deepEqual([got(call.bed, 3), got(call.bed, 4)], [['INVITE'], []]);
    const busy = ring(flows);
    busy.answer(2, 486);
    assert.deepEqual([got(busy.bed, 3), got(busy.bed, 4)], [[], ['INVITE']]);
  });

  test('the next after silence, and the registrar hears of a flow that is dead', () => {
    const bed = createProxyBed();
    const first = bed.flowFrom(tcp, { host: '198.51.100.2', port: 40_002 });
    const way = device(2, { device: 'phone', flow: first.key });
    bed.users.set('sip:bob@example.org', [way, device(3, { device: 'phone' })]);
    bed.receive(bedRequest({ method: 'MESSAGE' }), bed.flowFrom(udp, alice));
    bed.layer.sent[0]?.fail('ECONNRESET');
    bed.time.advance(20);
    assert.deepEqual(got(bed, 3), ['MESSAGE']);
    assert.deepEqual(bed.failed, [way]);
  });

  test('430 from all of them is 480 to a client (RFC 5626 §11.5)', () => {
    const call = ring([device(2, { device: 'phone', flow: 'gone' })]);
    call.answer(2, 430);
    assert.deepEqual(call.heard(), ['480']);
  });
});

describe('the best response (RFC 3261 §16.7 step 6)', () => {
  const best = (statuses: readonly number[], headers: readonly (readonly string[])[] = []): string => {
    const call = ring(statuses.map((_, at) => device(at + 2)));
    for (const [at, status] of statuses.entries()) call.answer(at + 2, status, headers[at]);
    call.bed.time.advance(20);
    const [text = '', ...more] = call.texts();
    assert.deepEqual(more, []);
    return text;
  };

  test('6xx, then the lowest class, then what tells how to ask again', () => {
    assert.equal(startOf(best([486, 302, 604])), '604');
    assert.equal(startOf(best([503, 486, 302])), '302');
    assert.equal(startOf(best([503, 404, 407, 501])), '407');
    assert.equal(startOf(best([404, 484, 486])), '484');
    assert.equal(startOf(best([408, 480, 430])), '480');
    assert.equal(startOf(best([500, 501])), '500');
  });

  test('the To tag of the response chosen stays (RFC 3261 §16.7 step 6)', () => {
    assert.match(best([500, 486]), /^To: .*;tag=t3\r$/m);
  });

  test('challenges of all branches go with 401 or 407 (RFC 3261 §16.7 step 7)', () => {
    const text = best(
      [407, 486, 401],
      [
        ['Proxy-Authenticate: Digest realm="a"'],
        [],
        ['WWW-Authenticate: Digest realm="b"', 'WWW-Authenticate: Digest realm="c"'],
      ],
    );
    assert.deepEqual(linesOf(text, 'proxy-authenticate'), ['Digest realm="a"']);
    assert.deepEqual(linesOf(text, 'www-authenticate'), ['Digest realm="b"', 'Digest realm="c"']);
    assert.equal(linesOf(text, 'via').length, 1);
  });

  test('503 does not go back: 500 (RFC 3261 §16.7 step 6)', () => {
    assert.equal(startOf(best([503])), '500');
  });

  test('408 goes back for an INVITE, never for another method (RFC 4320 §4.2)', () => {
    assert.equal(startOf(best([408])), '408');
    const call = ring([device(2)], { request: { method: 'MESSAGE' } });
    call.answer(2, 408);
    assert.deepEqual(call.heard(), []);
  });

  test('when nobody answers an INVITE it is 408, another method gets nothing (RFC 3261 §16.7 step 6, RFC 4320 §4.2)', () => {
    const call = ring([device(2)]);
    call.bed.time.advance(32_100);
    assert.deepEqual(call.heard(), ['100', '408']);
    const message = ring([device(2)], { request: { method: 'MESSAGE' } });
    message.bed.time.advance(40_000);
    assert.deepEqual(message.heard(), ['100']);
  });

  test('a transport error counts as 503 (RFC 3261 §16.9)', () => {
    const call = ring([device(2), device(3)]);
    call.bed.layer.sent[0]?.fail('ECONNREFUSED');
    call.bed.time.advance(20);
    assert.deepEqual(call.heard(), []);
    call.answer(3, 486);
    assert.deepEqual(call.heard(), ['486']);
  });

  test('a response with our Via alone goes nowhere (RFC 3261 §16.7 step 3)', () => {
    const call = ring([device(2)], { request: { method: 'MESSAGE' } });
    const [request = ''] = call.bed.sentTo('198.51.100.2:5060');
    const [, below = ''] = linesOf(request, 'via');
    const bare = bedResponse(request, 200).replace(`Via: ${below}\r\n`, '');
    call.bed.receive(bare, call.bed.flowFrom(udp, { host: '198.51.100.2', port: 5060 }));
    assert.deepEqual(call.heard(), []);
  });
});

describe('Timer C (RFC 3261 §16.6 step 11, §16.8)', () => {
  test('cancels what has rung too long; without a final response within 64*T1 it is 408', () => {
    const call = ring([device(2)]);
    call.answer(2, 180);
    call.bed.time.advance(184_000);
    call.bed.layer.take();
    call.bed.time.advance(1_200);
    assert.deepEqual(got(call.bed, 2), ['CANCEL']);
    call.bed.time.advance(33_000);
    assert.equal(call.heard().at(-1), '408');
    assert.equal(call.bed.figure('pharos_proxy_timer_c_total'), 1);
  });

  test('begins anew with each 101 to 199, not with 100 (RFC 3261 §16.7 step 2)', () => {
    const call = ring([device(2)]);
    call.answer(2, 180);
    call.bed.time.advance(100_000);
    call.answer(2, 180);
    call.bed.time.advance(100_000);
    call.answer(2, 100);
    assert.equal(call.bed.figure('pharos_proxy_timer_c_total'), 0);
    call.bed.time.advance(86_000);
    assert.equal(call.bed.figure('pharos_proxy_timer_c_total'), 1);
  });
});

describe('CANCEL from upstream (RFC 3261 §16.10)', () => {
  const cancel = (call: Ringing, headers: readonly string[] = []): void => {
    call.bed.receive(bedRequest({ method: 'CANCEL', headers }), call.bed.flowFrom(udp, alice));
  };

  test('is answered at once and cancels every branch, with its Reason; 487 comes from downstream (RFC 3326)', () => {
    const call = ring([device(2), device(3), device(4, { q: 1 })]);
    call.answer(2, 180);
    call.answer(3, 180);
    call.bed.layer.take();
    cancel(call, ['Reason: SIP;cause=600;text="Busy"', 'Reason: Q.850;cause=16']);
    const [ok = '', ...more] = call.texts();
    assert.deepEqual([startOf(ok), linesOf(ok, 'cseq'), more], ['200', ['1 CANCEL'], []]);
    for (const last of [2, 3]) {
      const [sent = ''] = call.bed.sentTo(`198.51.100.${String(last)}:5060`);
      assert.deepEqual(linesOf(sent, 'reason'), ['SIP;cause=600;text="Busy"', 'Q.850;cause=16']);
    }
    call.answer(2, 487);
    call.answer(3, 487);
    assert.deepEqual(call.heard(), ['487']);
    assert.deepEqual(got(call.bed, 4), []);
    assert.equal(call.bed.figure('pharos_proxy_requests_total', 'cancelled'), 1);
  });

  test('a 200 that crosses the CANCEL goes back', () => {
    const call = ring([device(2)]);
    call.answer(2, 180);
    cancel(call);
    call.answer(2, 200);
    assert.deepEqual(call.heard(), ['180', '200', '200']);
  });

  test('with no answer from downstream it is 487 all the same', () => {
    const call = ring([device(2)]);
    cancel(call);
    call.bed.time.advance(32_100);
    assert.deepEqual(call.heard(), ['200', '100', '487']);
  });

  test('that comes while a step still looks for the target ends the call', async () => {
    const release: (() => void)[] = [];
    const slow: ProxyStep = {
      name: 'slow',
      doc: '',
      run: () =>
        new Promise((resolve) => {
          release.push(() => {
            resolve('next');
          });
        }),
    };
    const call = ring([device(2)], { steps: [slow] });
    assert.deepEqual(call.heard(), ['100']);
    cancel(call);
    release[0]?.();
    await call.bed.time.advanceAsync(10);
    assert.deepEqual(call.heard(), ['200', '487']);
    assert.deepEqual(got(call.bed, 2), []);
  });
});

describe('failover (RFC 3261 §16.6 step 7, RFC 3263 §4.3)', () => {
  test('the next address after 503, with a new branch; its answer is what counts', () => {
    const bed = createProxyBed({ names: { 'far.example': ['198.51.100.2', '198.51.100.3'] } });
    bed.receive(bedRequest({ method: 'MESSAGE', uri: 'sip:x@far.example' }), bed.flowFrom(udp, alice));
    const [first = ''] = bed.sentTo('198.51.100.2:5060');
    bed.receive(bedResponse(first, 503), bed.flowFrom(udp, { host: '198.51.100.2', port: 5060 }));
    const [second = ''] = bed.sentTo('198.51.100.3:5060');
    assert.equal(startOf(second), 'MESSAGE');
    assert.notEqual(linesOf(first, 'via')[0], linesOf(second, 'via')[0]);
    bed.receive(bedResponse(second, 200), bed.flowFrom(udp, { host: '198.51.100.3', port: 5060 }));
    assert.deepEqual(bed.sentTo('198.51.100.1:5060').map(startOf), ['200']);
  });
});

describe('3xx (RFC 3261 §16.7 step 4)', () => {
  const moved = ['Contact: <sip:bob@198.51.100.3:5060>;q=0.5, <sip:bob@198.51.100.4:5060>;q=0.9, <tel:+15551234>'];

  test('goes back as it is unless set otherwise', () => {
    const call = ring([device(2)]);
    call.answer(2, 302, moved);
    const [text = ''] = call.texts();
    assert.deepEqual([startOf(text), linesOf(text, 'contact')], ['302', [moved[0]?.slice(9) ?? '']]);
  });

  test('with recursion its contacts are tried by q, and what cannot be tried here is told', () => {
    const call = ring([device(2)], { settings: { recurse: true } });
    call.answer(2, 302, moved);
    assert.deepEqual([got(call.bed, 3), call.heard()], [[], []]);
    call.answer(4, 486);
    call.answer(3, 486);
    const [text = ''] = call.texts();
    assert.deepEqual([startOf(text), linesOf(text, 'contact')], ['302', ['<tel:+15551234>']]);
  });

  test('with recursion the caller chooses among its contacts too (RFC 3841 §7.2.4)', () => {
    const preferences = createCallerPreferences({ callerPreferences: true });
    const atOnce: ProxyStep = {
      name: 'at-once',
      doc: '',
      run(call) {
        call.targets = [device(2)];
        return 'next';
      },
    };
    const headers = ['Accept-Contact: *;video', 'Reject-Contact: *;automata'];
    const call = ring([], { settings: { recurse: true }, steps: [atOnce, preferences], request: { headers } });
    call.answer(2, 302, [
      'Contact: <sip:bob@198.51.100.3:5060>;video="FALSE", <sip:bob@198.51.100.4:5060>;video',
      'Contact: <sip:bob@198.51.100.5:5060>;automata;video, <sip:bob@198.51.100.6:5060>;q=0.5',
    ]);
    // One after the other: nobody of those behind is asked while one rings.
    for (const [last, ...behind] of [
      [4, 3, 5, 6],
      [3, 5, 6],
      [6, 5],
    ] as const) {
      assert.deepEqual(
        behind.flatMap((each) => got(call.bed, each)),
        [],
      );
      call.answer(last, 486);
    }
    assert.deepEqual(got(call.bed, 5), []);
    const [text = ''] = call.texts();
    assert.deepEqual(linesOf(text, 'contact'), ['<sip:bob@198.51.100.5:5060>;automata;video']);
  });

  test('a contact is tried once only, whoever names it again (RFC 3261 §16.5)', () => {
    const call = ring([device(2)], { settings: { recurse: true } });
    const back = ['Contact: <sip:bob@198.51.100.3:5060>'];
    call.answer(2, 302, back);
    call.answer(3, 302, back);
    assert.deepEqual(call.heard(), ['302']);
  });

  test('a request for somebody else than ours is not redirected by us (RFC 3261 §16.5)', () => {
    const bed = createProxyBed({ settings: { recurse: true }, names: { 'far.example': ['198.51.100.2'] } });
    bed.receive(bedRequest({ uri: 'sip:x@far.example' }), bed.flowFrom(udp, alice));
    const [request = ''] = bed.sentTo('198.51.100.2:5060');
    bed.receive(bedResponse(request, 302, moved), bed.flowFrom(udp, { host: '198.51.100.2', port: 5060 }));
    assert.deepEqual(bed.sentTo('198.51.100.1:5060').map(startOf), ['302']);
  });

  test('redirect mode answers 302 with the targets, best first (RFC 3261 §8.3)', () => {
    const redirect: ProxyStep = {
      name: 'redirect',
      doc: '',
      run(call) {
        call.redirect = true;
        return 'next';
      },
    };
    const call = ring([device(2, { q: 200 }), device(3)], { steps: [redirect] });
    const [text = ''] = call.texts();
    assert.deepEqual(linesOf(text, 'contact'), [
      '<sip:bob@198.51.100.3:5060>;q=1',
      '<sip:bob@198.51.100.2:5060>;q=0.2',
    ]);
  });
});

test('a step that throws is a defect: 500, and the server goes on', () => {
  const broken: ProxyStep = {
    name: 'broken',
    doc: '',
    run() {
      throw new Error('broken');
    },
  };
  assert.deepEqual(ring([device(2)], { steps: [broken] }).heard(), ['500']);
});

test('responses are changed by steps before they go back', () => {
  const strip: ProxyStep = {
    name: 'strip',
    doc: '',
    run(call) {
      call.onResponse((response, edits) => {
        if (response.headers.has('server')) edits.remove('server');
        edits.append('X-Seen', String(response.status));
      });
      return 'next';
    },
  };
  const call = ring([device(2)], { steps: [strip], request: { method: 'MESSAGE' } });
  call.answer(2, 200, ['Server: secret', 'X-Odd:  kept']);
  const [text = ''] = call.texts();
  assert.deepEqual([linesOf(text, 'server'), linesOf(text, 'x-seen'), linesOf(text, 'via').length], [[], ['200'], 1]);
  assert.ok(text.includes('\r\nX-Odd:  kept\r\n'));
});
