import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TransportFacts } from '../../../../sip-stack/flow.ts';
import { createLargeRequests, requiresReliable } from '../../../../sip-stack/transport/large-request.ts';
import { createFakeTime } from '../../../support/fake-time.ts';

const udp: TransportFacts = { viaToken: 'UDP', uriParam: 'udp', reliable: false, secure: false, defaultPort: 5060 };
const tcp: TransportFacts = { viaToken: 'TCP', uriParam: 'tcp', reliable: true, secure: false, defaultPort: 5060 };
const settings = { udpRequestBytesMax: 1300 };
const peer = { host: '192.0.2.1', port: 5060 };
const either = { kind: 'address', transport: udp, peer, whenLarge: tcp } as const;

test('a request above the bound needs a reliable transport (RFC 3261 §18.1.1)', () => {
  assert.equal(requiresReliable(1300, settings), false);
  assert.equal(requiresReliable(1301, settings), true);
});

test('large requests go over TCP, unless the URI chose UDP (RFC 3261 §18.1.1)', () => {
  const large = createLargeRequests(createFakeTime(), settings);
  assert.equal(large.transportFor(either, 1300), udp);
  assert.equal(large.transportFor(either, 1301), tcp);
  assert.equal(large.transportFor({ kind: 'address', transport: udp, peer }, 5000), udp);
});

test('a peer that refused TCP gets large requests over UDP for ten minutes (RFC 3261 §18.1.1)', () => {
  const time = createFakeTime();
  const large = createLargeRequests(time, settings);
  large.refused(peer);
  assert.equal(large.transportFor(either, 5000), udp);
  assert.equal(large.transportFor({ ...either, peer: { host: '192.0.2.2', port: 5060 } }, 5000), tcp);
  time.advance(600_000);
  assert.equal(large.transportFor(either, 5000), tcp);
});

test('a raised bound lets large requests stay on UDP', () => {
  const large = createLargeRequests(createFakeTime(), { udpRequestBytesMax: 65_507 });
  assert.equal(large.transportFor(either, 9000), udp);
});
