import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stampVia } from '../../../sip-stack/response-via.ts';
import { parseVia } from '../../../sip-stack/wire/via.ts';

const source = { host: '198.51.100.4', port: 40_000 };

const stamped = (text: string, from = source): string | undefined => {
  const via = parseVia(text);
  assert.ok(via.ok, text);
  return stampVia(text, via.value, from);
};

test('rport gets its value, and received goes with it (RFC 3581 §4)', () => {
  assert.equal(
    stamped('SIP/2.0/UDP 192.168.0.9:5060;branch=z9hG4bKx;rport'),
    'SIP/2.0/UDP 192.168.0.9:5060;branch=z9hG4bKx;received=198.51.100.4;rport=40000',
  );
  assert.equal(
    stamped('SIP/2.0/UDP 198.51.100.4:40000;rport;branch=z9hG4bKx'),
    'SIP/2.0/UDP 198.51.100.4:40000;received=198.51.100.4;rport=40000;branch=z9hG4bKx',
  );
});

test('without rport, received is added only where sent-by names another host (RFC 3261 §18.2.1)', () => {
  assert.equal(stamped('SIP/2.0/UDP 198.51.100.4:5060;branch=z9hG4bKx'), undefined);
  assert.equal(
    stamped('SIP/2.0/UDP pc33.example.com;branch=z9hG4bKx'),
    'SIP/2.0/UDP pc33.example.com;branch=z9hG4bKx;received=198.51.100.4',
  );
  assert.equal(
    stamped('SIP/2.0/UDP [2001:db8::9]:5060;branch=z9hG4bKx', { host: '2001:db8::9', port: 5060 }),
    undefined,
  );
});

test('a received or an rport value that the client wrote itself is not repeated', () => {
  assert.equal(
    stamped('SIP/2.0/UDP 10.0.0.1;received=203.0.113.1;branch=z9hG4bKx;rport=9'),
    'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx;received=198.51.100.4;rport=40000',
  );
  assert.equal(
    stamped('SIP/2.0/UDP 198.51.100.4;Received=203.0.113.1;branch=z9hG4bKx'),
    'SIP/2.0/UDP 198.51.100.4;branch=z9hG4bKx;received=198.51.100.4',
  );
});

test('a quoted parameter value may hold semicolons and the word rport', () => {
  assert.equal(
    stamped('SIP/2.0/UDP 10.0.0.1;x="a;rport;\\"b";branch=z9hG4bKx;rport'),
    'SIP/2.0/UDP 10.0.0.1;x="a;rport;\\"b";branch=z9hG4bKx;received=198.51.100.4;rport=40000',
  );
});

test('whatever the parameters and their order, branch stays and received and rport are ours', () => {
  const param = fc.constantFrom(
    'rport',
    'RPORT',
    ' rport = 7',
    'received=1.2.3.4',
    'ttl=1',
    'x="a;b"',
    'maddr=1.2.3.4',
    'y',
  );
  fc.assert(
    fc.property(fc.uniqueArray(param, { selector: (text) => text.trim().slice(0, 3).toLowerCase() }), (params) => {
      const text = ['SIP/2.0/UDP 10.0.0.1', 'branch=z9hG4bKx', ...params].join(';');
      const after = parseVia(stamped(text) ?? text);
      assert.ok(after.ok);
      assert.equal(after.value.branch, 'z9hG4bKx');
      assert.equal(after.value.params.get('received'), '198.51.100.4');
      const isAsked = params.some((one) => one.trim().toLowerCase().startsWith('rport'));
      assert.equal(after.value.params.get('rport'), isAsked ? '40000' : undefined);
    }),
  );
});
