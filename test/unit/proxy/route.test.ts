import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createDialogSeal } from '../../../proxy/dialog-seal.ts';
import { createFlowTokens } from '../../../proxy/flow-token.ts';
import type { ProxyStep } from '../../../proxy/step.ts';
import { tcp, udp } from '../../support/fake-layer.ts';
import type { ProxyBed } from '../../support/proxy-bed.ts';
import { bedRequest, bedResponse, createProxyBed, linesOf, startOf, target } from '../../support/proxy-bed.ts';

const alice = { host: '198.51.100.1', port: 5060 };
const at = (last: number) => ({ host: `198.51.100.${String(last)}`, port: 5060 });

const tokens = createFlowTokens('the secret of the test');
const dlg = (callId = 'c1'): string => createDialogSeal('the secret of the test').param(callId);

function ask(bed: ProxyBed, parts: Parameters<typeof bedRequest>[0]): string | undefined {
  bed.receive(bedRequest({ method: 'INFO', toTag: 'tt', ...parts }), bed.flowFrom(udp, alice));
  return bed.sentTo('198.51.100.1:5060')[0];
}

describe('Route preprocessing (RFC 3261 §16.4)', () => {
  test('a value of ours on top is taken away, a second one of a double Record-Route too', () => {
    const bed = createProxyBed();
    const headers = ['Route: <sip:192.0.2.1;lr>, <sip:192.0.2.1;transport=tcp;lr>'];
    assert.equal(ask(bed, { uri: 'sip:bob@198.51.100.2', headers }), undefined);
    const [sent = ''] = bed.sentTo('198.51.100.2:5060');
    assert.equal(sent.split('\r\n')[0], 'INFO sip:bob@198.51.100.2 SIP/2.0');
    assert.deepEqual(linesOf(sent, 'route'), []);
  });

  test('a strict router upstream has our Record-Route value as Request-URI: the last Route is the target', () => {
    const bed = createProxyBed();
    const headers = ['Route: <sip:198.51.100.7;lr>', 'Route: <sip:bob@198.51.100.2;x=y>'];
    ask(bed, { uri: 'sip:192.0.2.1:5060;lr', headers });
    const [sent = ''] = bed.sentTo('198.51.100.7:5060');
    assert.equal(sent.split('\r\n')[0], 'INFO sip:bob@198.51.100.2;x=y SIP/2.0');
    assert.deepEqual(linesOf(sent, 'route'), ['<sip:198.51.100.7;lr>']);
  });

  test('an maddr that means us on this port and transport is stripped with them', () => {
    const bed = createProxyBed();
    bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2')]);
    ask(bed, { uri: 'sip:bob@example.org:5060;transport=udp;maddr=192.0.2.1' });
    assert.equal(bed.sentTo('198.51.100.2:5060').length, 1);
  });

  test('another maddr leads the request away, the Request-URI as it is (RFC 3261 §16.5)', () => {
    const bed = createProxyBed({ names: { 'example.org': ['198.51.100.66'] } });
    ask(bed, { uri: 'sip:bob@example.org;maddr=198.51.100.66' });
    const [sent = ''] = bed.sentTo('198.51.100.66:5060');
    assert.equal(sent.split('\r\n')[0], 'INFO sip:bob@example.org;maddr=198.51.100.66 SIP/2.0');
  });

  test('a Route that cannot be read is 400', () => {
    for (const route of ['<sip:192.0.2.1;lr>, nonsense', '<sip:', '"', 'sip']) {
      assert.equal(startOf(ask(createProxyBed(), { headers: [`Route: ${route}`] }) ?? ''), '400', route);
    }
  });

  test('what is for the server itself stays here though it came by a Route of ours', () => {
    const headers = ['Route: <sip:192.0.2.1;lr>'];
    for (const [method, uri] of [
      ['REGISTER', 'sip:example.org'],
      ['OPTIONS', 'sip:192.0.2.1'],
      ['PUBLISH', 'sip:bob@example.org'],
    ] as const) {
      assert.equal(startOf(ask(createProxyBed(), { method, uri, headers }) ?? ''), '299', method);
    }
  });
});

describe('whether a request follows our Record-Route (RFC 3261 §16.4, §16.6 step 4)', () => {
  /** What the steps are told of a request within a call, by its Request-URI and Route. */
  const told = (uri: string, route: string, callId = 'c1'): boolean | undefined => {
    let follows: boolean | undefined;
    const spy: ProxyStep = {
      name: 'spy',
      doc: '',
      run(call) {
        follows = call.followsOwnRoute;
        return 'next';
      },
    };
    ask(createProxyBed({ steps: [spy] }), { uri, headers: [`Route: ${route}`], callId });
    return follows;
  };
  const ours = `sip:192.0.2.1:5060;lr${dlg()}`;
  const bob = 'sip:bob@198.51.100.2';

  test('by a loose route, with one value of ours or two', () => {
    assert.equal(told(bob, `<${ours}>`), true);
    assert.equal(told(bob, `<sip:192.0.2.1;transport=tcp;lr${dlg()}>, <${ours}>, <sip:198.51.100.7;lr>`), true);
  });

  test('by a strict router, which has our value as Request-URI', () => {
    assert.equal(told(ours, `<${bob}>`), true);
    assert.equal(told('sip:192.0.2.1:5060;lr', `<${bob}>`), false);
  });

  test('a preloaded Route is none, whatever value of a foreign proxy or of another call stands in it', () => {
    assert.equal(told(bob, '<sip:192.0.2.1;lr>'), false);
    assert.equal(told(bob, '<sip:example.org;lr>, <sip:198.51.100.7;lr>'), false);
    assert.equal(told(bob, `<sip:192.0.2.1;lr>, <sip:198.51.100.7;lr${dlg()}>`), false);
    assert.equal(told(bob, `<${ours}>`, 'c2'), false);
    assert.equal(told(`${bob};lr${dlg()}`, '<sip:198.51.100.7;lr>'), false);
  });
});

describe('targets (RFC 3261 §16.5)', () => {
  test('404 for nobody, 480 for somebody who is nowhere', () => {
    const bed = createProxyBed();
    assert.equal(startOf(ask(bed, {}) ?? ''), '404');
    bed.users.set('sip:bob@example.org', []);
    assert.equal(startOf(ask(bed, { branch: 'z9hG4bKb', cseq: 2 }) ?? ''), '480');
  });

  test('another domain is where its URI says', () => {
    const bed = createProxyBed({ names: { 'far.example': ['198.51.100.66'] } });
    ask(bed, { uri: 'sip:x@far.example' });
    assert.equal(bed.sentTo('198.51.100.66:5060').length, 1);
  });

  test('a scheme that leads nowhere is 416', () => {
    assert.equal(startOf(ask(createProxyBed(), { uri: 'tel:+15551234' }) ?? ''), '416');
  });
});

describe('Record-Route (RFC 3261 §16.6 step 4)', () => {
  const invite = (
    bed: ProxyBed,
    flow = bed.flowFrom(udp, alice),
    parts: Parameters<typeof bedRequest>[0] = {},
  ): void => {
    bed.receive(bedRequest(parts), flow);
  };

  test('one value, before those that there are, when both sides reach us alike', () => {
    const bed = createProxyBed();
    bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2')]);
    invite(bed, undefined, { headers: ['Record-Route: <sip:198.51.100.9;lr>'] });
    const [sent = ''] = bed.sentTo('198.51.100.2:5060');
    assert.deepEqual(linesOf(sent, 'record-route'), [`<sip:192.0.2.1:5060;lr${dlg()}>`, '<sip:198.51.100.9;lr>']);
  });

  test('none for what begins no dialog', () => {
    const bed = createProxyBed();
    bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2')]);
    invite(bed, undefined, { method: 'MESSAGE' });
    assert.deepEqual(linesOf(bed.sentTo('198.51.100.2:5060')[0] ?? '', 'record-route'), []);
  });

  test('two where the transport changes, the one that faces downstream on top (RFC 3261 §16.7 step 8)', () => {
    const bed = createProxyBed();
    bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2;transport=tcp')]);
    invite(bed);
    const [sent = ''] = bed.sentTo('198.51.100.2:5060');
    assert.deepEqual(linesOf(sent, 'record-route'), [
      `<sip:192.0.2.1:5060;transport=tcp;lr${dlg()}>`,
      `<sip:192.0.2.1:5060;lr${dlg()}>`,
    ]);
  });

  test('a SIPS request gets SIPS values (RFC 3261 §16.6 step 4)', () => {
    const bed = createProxyBed();
    bed.users.set('sip:bob@example.org', [target('sips:bob@198.51.100.2')]);
    invite(bed);
    const [sent = ''] = bed.sentTo('198.51.100.2:5060');
    assert.ok(linesOf(sent, 'record-route')[0]?.startsWith('<sips:192.0.2.1:5060'));
  });

  test('a caller whose Contact leads nowhere is reached on his flow, both ways (RFC 5626 §5.3)', () => {
    const bed = createProxyBed();
    bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2')]);
    const natted = bed.flowFrom(udp, { host: '198.51.100.1', port: 40_123 });
    invite(bed, natted, { contact: '<sip:alice@10.0.0.1:5060>' });
    const [sent = ''] = bed.sentTo('198.51.100.2:5060');
    const [value = ''] = linesOf(sent, 'record-route');
    assert.match(value, /^<sip:~[\w-]+@192\.0\.2\.1:5060;lr;dlg=[\w-]{12}>$/);
    // From the other side it leads to the flow ...
    const route = [`Route: ${value}`];
    const bye = bedRequest({ method: 'BYE', uri: 'sip:alice@10.0.0.1:5060', headers: route, toTag: 'x', callId: 'c2' });
    bed.receive(bye, bed.flowFrom(udp, at(2)));
    assert.equal(startOf(bed.sentTo('198.51.100.1:40123')[0] ?? ''), 'BYE');
    // ... and from the flow itself to where the Request-URI says.
    const info = bedRequest({ method: 'INFO', uri: 'sip:bob@198.51.100.2', headers: route, toTag: 'x', callId: 'c3' });
    bed.receive(info, natted);
    assert.equal(startOf(bed.sentTo('198.51.100.2:5060')[0] ?? ''), 'INFO');
  });

  test('two parties on flows have a value each, and later requests find the other one', () => {
    const bed = createProxyBed();
    const phone = bed.flowFrom(tcp, { host: '198.51.100.1', port: 40_001 });
    const browser = bed.flowFrom(tcp, { host: '198.51.100.2', port: 40_002 });
    bed.users.set('sip:bob@example.org', [target('sip:bob@df7jal23ls0d.invalid', { flow: browser.key })]);
    invite(bed, phone, { transport: 'TCP', contact: '<sip:alice@abc.invalid>' });
    const [sent = ''] = bed.sentTo('198.51.100.2:40002');
    const values = linesOf(sent, 'record-route');
    assert.equal(values.length, 2);
    const byCaller = bedRequest({
      method: 'BYE',
      uri: 'sip:bob@df7jal23ls0d.invalid',
      headers: [`Route: ${[...values].reverse().join(', ')}`],
      toTag: 'x',
      callId: 'c2',
    });
    bed.receive(byCaller, phone);
    assert.equal(startOf(bed.sentTo('198.51.100.2:40002')[0] ?? ''), 'BYE');
    const byCalled = bedRequest({
      method: 'BYE',
      uri: 'sip:alice@abc.invalid',
      headers: [`Route: ${values.join(', ')}`],
      toTag: 'x',
      callId: 'c3',
    });
    bed.receive(byCalled, browser);
    assert.equal(startOf(bed.sentTo('198.51.100.1:40001')[0] ?? ''), 'BYE');
  });

  test('a token that was tampered with is 403, one of a flow that is gone 430 (RFC 5626 §5.3.1)', () => {
    const bed = createProxyBed();
    const flow = bed.flowFrom(tcp, { host: '198.51.100.2', port: 40_002 });
    const token = tokens.seal(flow.key);
    const forged = `~${token.charAt(1) === 'A' ? 'B' : 'A'}${token.slice(2)}`;
    const asked = (user: string, callId: string): string =>
      startOf(ask(bed, { uri: 'sip:bob@x.invalid', headers: [`Route: <sip:${user}@192.0.2.1;lr>`], callId }) ?? '');
    assert.equal(asked(forged, 'c1'), '403');
    assert.equal(asked('~', 'c2'), '403');
    flow.close();
    assert.equal(asked(token, 'c3'), '430');
  });

  test('a REGISTER that goes on gets a Path to its flow, `ob` from its first hop (RFC 3327 §5.1, RFC 5626 §5.1)', () => {
    const bed = createProxyBed({ names: { 'far.example': ['198.51.100.66'] } });
    const parts = { method: 'REGISTER', uri: 'sip:far.example', headers: ['Supported: outbound, path'] };
    bed.receive(bedRequest(parts), bed.flowFrom(udp, alice));
    const [path = ''] = linesOf(bed.sentTo('198.51.100.66:5060')[0] ?? '', 'path');
    assert.match(path, /^<sip:~[\w-]+@192\.0\.2\.1:5060;lr;ob>$/);
    assert.equal(tokens.open(/<sip:([^@]+)@/.exec(path)?.[1] ?? ''), 'udp|192.0.2.1:5060|198.51.100.1:5060');
  });
});

test('a target with flow is reached on it, and by its URI once the flow is gone (RFC 5626 §5.3.1)', () => {
  const bed = createProxyBed();
  const flow = bed.flowFrom(tcp, { host: '198.51.100.2', port: 40_002 });
  bed.users.set('sip:bob@example.org', [target('sip:bob@198.51.100.2', { flow: flow.key })]);
  bed.receive(bedRequest({ method: 'MESSAGE' }), bed.flowFrom(udp, alice));
  const [sent = ''] = bed.sentTo('198.51.100.2:40002');
  assert.equal(startOf(sent), 'MESSAGE');
  bed.receive(bedResponse(sent, 200), flow);
  assert.equal(startOf(bed.sentTo('198.51.100.1:5060')[0] ?? ''), '200');
  flow.close();
  bed.receive(bedRequest({ method: 'MESSAGE', branch: 'z9hG4bKb', cseq: 2 }), bed.flowFrom(udp, alice));
  assert.equal(startOf(bed.sentTo('198.51.100.2:5060')[0] ?? ''), 'MESSAGE');
});
