import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LocalAddress } from '../../../../net/interfaces.ts';
import type { Flow, Peer, TransportFacts } from '../../../../sip-stack/flow.ts';
import type { BoundAddress } from '../../../../sip-stack/transport/layer-port.ts';
import { createReach } from '../../../../sip-stack/transport/reach.ts';
import { createFakeTime } from '../../../support/fake-time.ts';

const udp: TransportFacts = { viaToken: 'UDP', uriParam: 'udp', reliable: false, secure: false, defaultPort: 5060 };
const tcp: TransportFacts = { viaToken: 'TCP', uriParam: 'tcp', reliable: true, secure: false, defaultPort: 5060 };
const outward: LocalAddress = { host: '10.0.0.5', family: 4, loopback: false, holds: (peer) => peer.startsWith('10.') };

const flow = (transport: TransportFacts, local: Peer, remote: Peer): Flow => ({
  key: '',
  transport,
  local,
  remote,
  open: true,
  send: () => undefined,
});
const at = (host: string, port: number): Peer => ({ host, port });
const far = at('203.0.113.9', 5060);

function reachOn(...bound: BoundAddress[]): (flow: Flow) => readonly [string, string] {
  const reach = createReach({ clock: createFakeTime().clock, readLocalAddresses: () => [outward] }, bound);
  return (of) => [reach.of(of).sentBy, reach.of(of).contact];
}

test('a listener on one address is reached at that address (RFC 3261 §18.1.1)', () => {
  const reached = reachOn(
    { transport: udp, host: '192.0.2.1', port: 5070 },
    { transport: udp, host: '192.0.2.2', port: 5070 },
  );
  assert.deepEqual(reached(flow(udp, at('192.0.2.2', 5070), far)), ['192.0.2.2:5070', 'sip:192.0.2.2:5070']);
});

test('a wildcard is reached at loopback from here and at an outward address from elsewhere', () => {
  const reached = reachOn({ transport: udp, host: '0.0.0.0', port: 5060 }, { transport: udp, host: '::', port: 5060 });
  const wild = at('0.0.0.0', 5060);
  assert.deepEqual(reached(flow(udp, wild, at('127.0.0.1', 40_000))), ['127.0.0.1:5060', 'sip:127.0.0.1:5060']);
  assert.deepEqual(reached(flow(udp, wild, far)), ['10.0.0.5:5060', 'sip:10.0.0.5:5060']);
  assert.deepEqual(reached(flow(udp, at('::', 5060), at('::1', 40_000))), ['[::1]:5060', 'sip:[::1]:5060']);
});

test('a connection names the port we listen on, not its own (RFC 3261 §18.1.1)', () => {
  const reached = reachOn({ transport: tcp, host: '0.0.0.0', port: 5060 });
  const expected = ['10.0.0.5:5060', 'sip:10.0.0.5:5060;transport=tcp'];
  assert.deepEqual(reached(flow(tcp, at('10.0.0.5', 43_210), far)), expected);
  assert.deepEqual(reached(flow(tcp, at('', 0), far)), expected, 'still connecting');
  const specific = reachOn({ transport: tcp, host: '10.0.0.7', port: 5062 });
  assert.deepEqual(specific(flow(tcp, at('10.0.0.5', 43_210), far)), [
    '10.0.0.7:5062',
    'sip:10.0.0.7:5062;transport=tcp',
  ]);
});

test("the advertised name of a listener takes precedence, with its own port or the listener's", () => {
  const wild = { host: '0.0.0.0', port: 5060 };
  const named = reachOn({ transport: tcp, ...wild, advertised: 'sip.example.com' });
  assert.deepEqual(named(flow(tcp, at('10.0.0.5', 1), far)), [
    'sip.example.com:5060',
    'sip:sip.example.com:5060;transport=tcp',
  ]);
  const mapped = reachOn({ transport: udp, ...wild, advertised: '198.51.100.1:15060' });
  assert.deepEqual(mapped(flow(udp, wild, far)), ['198.51.100.1:15060', 'sip:198.51.100.1:15060']);
  const six = reachOn({ transport: udp, host: '::', port: 5060, advertised: '[2001:db8::1]' });
  assert.equal(six(flow(udp, at('::', 5060), at('2001:db8::9', 5060)))[0], '[2001:db8::1]:5060');
});

test('a flow of a kind we do not listen on is reached at its own end', () => {
  const reached = reachOn({ transport: udp, host: '127.0.0.1', port: 5060 });
  assert.deepEqual(reached(flow(tcp, at('10.0.0.5', 43_210), far)), [
    '10.0.0.5:43210',
    'sip:10.0.0.5:43210;transport=tcp',
  ]);
});

test('a SIPS URI reaches us over what is secure alone (RFC 3261 §12.1.1, §26.2.2; RFC 7118 §5.5)', () => {
  const tls: TransportFacts = { viaToken: 'TLS', uriParam: 'tls', reliable: true, secure: true, defaultPort: 5061 };
  const wss: TransportFacts = { viaToken: 'WSS', uriParam: 'wss', reliable: true, secure: true, defaultPort: 443 };
  const bound = [tls, wss, tcp].map((transport) => ({ transport, host: '10.0.0.7', port: transport.defaultPort }));
  const reach = createReach({ clock: createFakeTime().clock, readLocalAddresses: () => [] }, bound);
  const reached = (transport: TransportFacts) => reach.of(flow(transport, at('10.0.0.7', 40_000), far));
  assert.equal(reached(tls).contact, 'sip:10.0.0.7:5061;transport=tls');
  assert.equal(reached(tls).secureContact, 'sips:10.0.0.7:5061');
  assert.equal(reached(wss).secureContact, 'sips:10.0.0.7:443;transport=ws');
  assert.equal(reached(tcp).secureContact, 'sip:10.0.0.7:5060;transport=tcp');
});

test('addresses of the machine are read again after a minute', () => {
  const time = createFakeTime();
  let addresses: readonly LocalAddress[] = [outward];
  const bound: readonly BoundAddress[] = [{ transport: udp, host: '0.0.0.0', port: 5060 }];
  const reach = createReach({ clock: time.clock, readLocalAddresses: () => addresses }, bound);
  const towards = flow(udp, at('0.0.0.0', 5060), far);
  assert.equal(reach.of(towards).sentBy, '10.0.0.5:5060');
  addresses = [{ ...outward, host: '10.0.0.6' }];
  assert.equal(reach.of(towards).sentBy, '10.0.0.5:5060');
  time.advance(60_001);
  assert.equal(reach.of(towards).sentBy, '10.0.0.6:5060');
});
