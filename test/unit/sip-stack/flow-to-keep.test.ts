import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Flow } from '../../../sip-stack/flow.ts';
import { flowToKeep } from '../../../sip-stack/flow-to-keep.ts';
import type { SipRequest } from '../../../sip-stack/wire/message.ts';
import { parseMessage } from '../../../sip-stack/wire/parse.ts';

const flowFrom = (host: string, port: number, reliable = false): Flow => ({
  key: 'the-flow',
  transport: { viaToken: 'X', uriParam: reliable ? 'tcp' : 'udp', reliable, secure: false, defaultPort: 5060 },
  local: { host: '192.0.2.100', port: 5060 },
  remote: { host, port },
  open: true,
  send: () => undefined,
});

function subscribe(lines: readonly string[]): SipRequest {
  const head = ['SUBSCRIBE sip:a@example.com SIP/2.0', 'From: <sip:b@example.com>;tag=1', 'To: <sip:a@example.com>'];
  const rest = ['Call-ID: c', 'CSeq: 1 SUBSCRIBE', 'Content-Length: 0'];
  const parsed = parseMessage(Buffer.from([...head, ...lines, ...rest, '', ''].join('\r\n')));
  assert.ok(parsed.ok && parsed.value.kind === 'request');
  return parsed.value;
}

const via = 'Via: SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK1';
const keep = (flow: Flow, ...lines: string[]): string => flowToKeep({ request: subscribe(lines), flow });
const udp = flowFrom('198.51.100.7', 40_000);

test('keeps the flow of a client behind NAT that asked for symmetric routing (RFC 3581 §4)', () => {
  assert.equal(keep(udp, via, 'Contact: <sip:b@10.0.0.1:5060>'), 'the-flow');
});

test('keeps the flow of a client whose Contact names a port it does not send from', () => {
  assert.equal(keep(udp, via, 'Contact: <sip:b@198.51.100.7:5060>'), 'the-flow');
  assert.equal(keep(udp, via, 'Contact: <sip:b@198.51.100.7>'), 'the-flow');
  assert.equal(keep(udp, via, 'Contact: <sip:b@phone.example>'), 'the-flow');
});

test('uses a Contact that is where the request came from', () => {
  assert.equal(keep(udp, via, 'Contact: <sip:b@198.51.100.7:40000>;expires=60'), '');
  assert.equal(keep(udp, via, 'Contact: sip:b@198.51.100.7:40000'), '');
  assert.equal(keep(flowFrom('198.51.100.7', 5060), via, 'Contact: <sip:b@198.51.100.7>'), '');
  assert.equal(keep(flowFrom('2001:db8::1', 5060), via, 'Contact: <sip:b@[2001:DB8:0::1]>'), '');
  assert.equal(keep(udp, via, 'Contact: <sip:b@x.example:40000;maddr=198.51.100.7>'), '');
});

test('uses a Contact at the same address that asks for another transport', () => {
  assert.equal(keep(udp, via, 'Contact: <sip:b@198.51.100.7:5060;transport=TCP>'), '');
});

test('uses the Contact of a client that did not ask for symmetric routing', () => {
  assert.equal(keep(udp, 'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1', 'Contact: <sip:b@10.0.0.1:5060>'), '');
});

test('always keeps a connection (RFC 5626, RFC 7118 §5)', () => {
  const tcp = flowFrom('198.51.100.7', 40_000, true);
  assert.equal(keep(tcp, via, 'Contact: <sip:b@198.51.100.7:5060>'), 'the-flow');
  assert.equal(
    keep(tcp, 'Via: SIP/2.0/WS x.invalid;branch=z9hG4bK1', 'Contact: <sip:b@x.invalid;transport=ws>'),
    'the-flow',
  );
});

test('never keeps the flow of another proxy', () => {
  const contact = 'Contact: <sip:b@10.0.0.1:5060>';
  for (const flow of [udp, flowFrom('198.51.100.7', 40_000, true)]) {
    assert.equal(keep(flow, via, 'Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK2', contact), '');
    assert.equal(keep(flow, `${via}, SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK2`, contact), '');
    assert.equal(keep(flow, via, 'Record-Route: <sip:198.51.100.7;lr>', contact), '');
  }
});

test('a flow leads to one client: not kept without exactly one Contact (RFC 5626 §6)', () => {
  const tcp = flowFrom('198.51.100.7', 40_000, true);
  assert.equal(keep(tcp, via), '');
  assert.equal(keep(tcp, via, 'Contact: *'), '');
  assert.equal(keep(tcp, via, 'Contact: <sip:b@10.0.0.1>, <sip:b@10.0.0.2>'), '');
  assert.equal(keep(tcp, via, 'Contact: <sip:b@'), '');
});

test('a setting keeps the flow always, or only where nothing else can work (RFC 7118 §5)', () => {
  const by = (nat: 'always' | 'never', flow: Flow, contact: string): string =>
    flowToKeep({ request: subscribe([via, `Contact: <${contact}>`]), flow }, nat);
  const tcp = flowFrom('198.51.100.7', 40_000, true);
  assert.equal(by('always', udp, 'sip:b@198.51.100.7:40000'), 'the-flow');
  assert.equal(by('never', udp, 'sip:b@10.0.0.1'), '');
  assert.equal(by('never', tcp, 'sip:b@10.0.0.1'), '');
  assert.equal(by('never', tcp, 'sip:b@x7.invalid;transport=ws'), 'the-flow');
});

test('a Contact that no host has is reached over its flow, asked for or not (RFC 7118 §5)', () => {
  assert.equal(keep(udp, 'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1', 'Contact: <sip:b@x7.invalid>'), 'the-flow');
});
