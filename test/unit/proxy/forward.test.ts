import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProxyStep } from '../../../proxy/step.ts';
import { udp } from '../../support/fake-layer.ts';
import type { ProxyBed } from '../../support/proxy-bed.ts';
import { bedRequest, bedResponse, createProxyBed, linesOf, startOf, target } from '../../support/proxy-bed.ts';

const alice = { host: '198.51.100.1', port: 5060 };
const bob = '198.51.100.2:5060';

function bedWithBob(options: Parameters<typeof createProxyBed>[0] = {}): ProxyBed {
  const bed = createProxyBed(options);
  bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2:5060')]);
  return bed;
}

/** Sends a request and gives what bob gets. */
function through(bed: ProxyBed, text: string): string {
  bed.receive(text, bed.flowFrom(udp, alice));
  const [sent, ...more] = bed.sentTo(bob);
  assert.deepEqual(more, []);
  return sent ?? '';
}

describe('what is sent on (RFC 3261 §16.6)', () => {
  test('every line that is not ours to change goes through byte for byte, unknown ones too (RFC 3261 §16.6 step 1)', () => {
    const odd = [
      'X-Unknown :\t spaced  out ',
      'Subject: folded\r\n  over two lines',
      'Date: not a date at all',
      'k: 100rel, timer',
      'X-Latin: \u00e9\u00ff',
    ];
    const sent = through(bedWithBob(), bedRequest({ method: 'MESSAGE', headers: odd, body: 'h\u00e9llo' }));
    for (const line of odd) assert.ok(sent.includes(`\r\n${line}\r\n`), line);
    assert.ok(sent.endsWith('\r\n\r\nh\u00e9llo'));
  });

  test('the Request-URI is the target, without what may not stand there (RFC 3261 §16.6 step 2, §19.1.1)', () => {
    const bed = bedWithBob();
    bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2:5060;x=1;method=INVITE?Subject=hi')]);
    const sent = through(bed, bedRequest());
    assert.equal(sent.split('\r\n')[0], 'INVITE sip:bob@198.51.100.2:5060;x=1 SIP/2.0');
  });

  test('Max-Forwards is one less, or 70 where there was none (RFC 3261 §16.6 step 3)', () => {
    const sent = through(bedWithBob(), bedRequest({ headers: ['MAX-FORWARDS:  7'] }));
    assert.ok(sent.includes('\r\nMAX-FORWARDS:  6\r\n'));
    const without = bedRequest().replace('Max-Forwards: 70\r\n', '');
    assert.deepEqual(linesOf(through(bedWithBob(), without), 'max-forwards'), ['70']);
  });

  test('our Via goes on top, the one below says where the request came from (RFC 3261 §16.6 step 8, §18.2.1)', () => {
    const text = bedRequest({ sentBy: 'phone.example:5062' });
    const [top, below] = linesOf(through(bedWithBob(), text), 'via');
    assert.match(top ?? '', /^SIP\/2\.0\/UDP 192\.0\.2\.1:5060;branch=z9hG4bK[^;]+;rport$/);
    assert.equal(below, 'SIP/2.0/UDP phone.example:5062;branch=z9hG4bKalice;received=198.51.100.1;rport=5060');
  });

  test('each branch is another one, with the same hash behind it (RFC 5393 §4.2.1)', () => {
    const bed = bedWithBob();
    bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2'), target('sip:bob@198.51.100.3')]);
    bed.receive(bedRequest(), bed.flowFrom(udp, alice));
    const branches = [bob, '198.51.100.3:5060'].map((to) => /branch=([^;]+)/.exec(bed.sentTo(to)[0] ?? '')?.[1] ?? '');
    assert.notEqual(branches[0], branches[1]);
    assert.match(branches[0] ?? '', /^z9hG4bK\w+\.[0-9a-z]{14}$/);
    assert.equal(branches[0]?.split('.')[1], branches[1]?.split('.')[1]);
  });

  test('Content-Length is added where there was none (RFC 3261 §16.6 step 9)', () => {
    const text = bedRequest({ method: 'MESSAGE', body: 'hello' }).replace('Content-Length: 5\r\n', '');
    assert.deepEqual(linesOf(through(bedWithBob(), text), 'content-length'), ['5']);
  });

  test('a message with bare line feeds goes on with CRLF (RFC 3261 §7.5)', () => {
    const sent = through(bedWithBob(), bedRequest({ method: 'MESSAGE' }).replaceAll('\r\n', '\n'));
    assert.equal(/[^\r]\n/.test(sent), false);
    assert.deepEqual(linesOf(sent, 'call-id'), ['c1']);
  });

  test('steps add, replace and take away lines in the same pass', () => {
    const edit: ProxyStep = {
      name: 'edit',
      doc: '',
      run({ edits }) {
        edits.prepend('P-First', 'one');
        edits.prepend('P-Zero', 'zero');
        edits.append('P-Last', 'line\r\nend');
        edits.remove('subject');
        edits.replace('Supported', ['path', 'gruu']);
        return 'next';
      },
    };
    const bed = bedWithBob({ steps: [edit] });
    bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2'), target('sip:bob@198.51.100.3')]);
    const headers = ['Subject: a', 's: b', 'Supported: x', 'k: y'];
    bed.receive(bedRequest({ method: 'OPTIONS', headers }), bed.flowFrom(udp, alice));
    for (const to of [bob, '198.51.100.3:5060']) {
      const [sent = ''] = bed.sentTo(to);
      const names = sent.split('\r\n').map((line) => line.split(':')[0]);
      assert.deepEqual(names.slice(2, 4), ['P-Zero', 'P-First']);
      assert.equal(sent.includes('P-Last: line end\r\n'), true);
      assert.deepEqual([linesOf(sent, 'subject'), linesOf(sent, 's')], [[], []]);
      assert.deepEqual([linesOf(sent, 'supported'), linesOf(sent, 'k')], [['path', 'gruu'], []]);
    }
  });
});

describe('Max-Breadth (RFC 5393 §5.3.3)', () => {
  const three = ['2', '3', '4'].map((last) => target(`sip:bob@198.51.100.${last}`));
  const breadths = (bed: ProxyBed): readonly string[] =>
    ['2', '3', '4'].flatMap((last) =>
      bed.sentTo(`198.51.100.${last}:5060`).flatMap((sent) => linesOf(sent, 'max-breadth')),
    );

  test('60 where there was none, and one value only, at most 60', () => {
    assert.deepEqual(linesOf(through(bedWithBob(), bedRequest()), 'max-breadth'), ['60']);
    const headers = ['Max-Breadth: 400', 'max-breadth: 3'];
    assert.deepEqual(linesOf(through(bedWithBob(), bedRequest({ headers })), 'max-breadth'), ['60']);
  });

  test('is divided among the branches of a fork', () => {
    const bed = createProxyBed();
    bed.users.set('sip:bob@example.org', three);
    bed.receive(bedRequest({ headers: ['Max-Breadth: 10'] }), bed.flowFrom(udp, alice));
    assert.deepEqual(breadths(bed), ['3', '3', '3']);
  });

  test('where it does not reach for all, the others follow when one has ended (RFC 5393 §5.3.3.1)', () => {
    const bed = createProxyBed();
    bed.users.set('sip:bob@example.org', three);
    bed.receive(bedRequest({ headers: ['Max-Breadth: 1'] }), bed.flowFrom(udp, alice));
    const flow = bed.flowFrom(udp, { host: '198.51.100.2', port: 5060 });
    const [first = ''] = bed.sentTo(bob);
    assert.deepEqual(breadths(bed), []);
    bed.receive(bedResponse(first, 486), flow);
    assert.deepEqual(breadths(bed), ['1']);
  });
});

describe('the next hop (RFC 3261 §16.6 steps 6 and 7)', () => {
  test('a loose router that remains is where the request goes, its Request-URI stays', () => {
    const headers = [
      'Route: <sip:192.0.2.1;lr>',
      'Route: "a, b" <sip:198.51.100.9:5070;lr>;x=y , <sip:198.51.100.8;lr>',
    ];
    const bed = bedWithBob();
    bed.receive(bedRequest({ method: 'MESSAGE', uri: 'sip:x@far.example', headers }), bed.flowFrom(udp, alice));
    const [sent = ''] = bed.sentTo('198.51.100.9:5070');
    assert.equal(sent.split('\r\n')[0], 'MESSAGE sip:x@far.example SIP/2.0');
    assert.deepEqual(linesOf(sent, 'route'), ['"a, b" <sip:198.51.100.9:5070;lr>;x=y, <sip:198.51.100.8;lr>']);
  });

  test('a strict router gets its own URI in front and ours at the end of Route (RFC 3261 §16.12.1.2)', () => {
    const headers = ['Route: <sip:198.51.100.9:5070>, <sip:198.51.100.8;lr>'];
    const bed = bedWithBob();
    bed.receive(bedRequest({ method: 'MESSAGE', uri: 'sip:x@far.example;a=b', headers }), bed.flowFrom(udp, alice));
    const [sent = ''] = bed.sentTo('198.51.100.9:5070');
    assert.equal(sent.split('\r\n')[0], 'MESSAGE sip:198.51.100.9:5070 SIP/2.0');
    assert.deepEqual(linesOf(sent, 'route'), ['<sip:198.51.100.8;lr>, <sip:x@far.example;a=b>']);
  });

  test('a Path of the target goes before the Route of the request (RFC 3327 §5.3)', () => {
    const bed = createProxyBed();
    const path = ['<sip:edge@198.51.100.9:5070;lr>', '<sip:198.51.100.8;lr>'];
    bed.users.set('sip:bob@example.org', [target('sip:bob@10.0.0.1', { path })]);
    bed.receive(bedRequest({ method: 'MESSAGE' }), bed.flowFrom(udp, alice));
    const [sent = ''] = bed.sentTo('198.51.100.9:5070');
    assert.equal(sent.split('\r\n')[0], 'MESSAGE sip:bob@10.0.0.1 SIP/2.0');
    assert.deepEqual(linesOf(sent, 'route'), [path.join(', ')]);
  });

  test('a Route line that we have nothing to do with is not touched', () => {
    const headers = ['Route: <sip:198.51.100.9:5070;lr>,  <sip:198.51.100.8;lr>'];
    const bed = bedWithBob();
    bed.receive(bedRequest({ method: 'MESSAGE', uri: 'sip:x@far.example', headers }), bed.flowFrom(udp, alice));
    assert.ok(bed.sentTo('198.51.100.9:5070')[0]?.includes(`\r\n${headers[0] ?? ''}\r\n`));
  });
});

test('every method goes on, known or not (RFC 3261 §16.3 step 1)', () => {
  for (const method of ['BYE', 'PRACK', 'UPDATE', 'INFO', 'REFER', 'NOTIFY', 'SUBSCRIBE', 'NEWMETHOD', 'MESSAGE']) {
    const bed = bedWithBob();
    const sent = through(bed, bedRequest({ method, headers: ['Event: other'] }));
    assert.equal(startOf(sent), method);
    bed.receive(bedResponse(sent, 202), bed.flowFrom(udp, { host: '198.51.100.2', port: 5060 }));
    const [back = ''] = bed.sentTo('198.51.100.1:5060');
    assert.equal(startOf(back), '202');
    assert.equal(linesOf(back, 'via').length, 1);
  }
});
