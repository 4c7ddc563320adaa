import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeHep } from '../../../trace/hep.ts';
import { tcp } from '../../support/fake-layer.ts';
import { decodeHep } from '../../support/hep-decoder.ts';
import { sipText, traced } from '../../support/traced.ts';

const sender = { nodeId: 2001, password: 'secret' };

test('a message becomes the chunks of HEP version 3 (revision 12)', () => {
  const message = traced();
  const packet = encodeHep(message, message.bytes, sender);
  assert.deepEqual(decodeHep(packet), {
    family: 2,
    protocol: 17,
    source: '192.0.2.7',
    destination: '192.0.2.1',
    sourcePort: 40_000,
    destinationPort: 5060,
    seconds: 1_700_000_000,
    microseconds: 123_000,
    type: 1,
    captureId: 2001,
    authKey: 'secret',
    correlationId: 'c1@192.0.2.7',
    payload: sipText(),
  });
});

test('what is sent over a stream by IPv6 tells so, its source is our end', () => {
  const message = traced({
    direction: 'sent',
    transport: tcp,
    local: { host: '2001:db8::1', port: 5060 },
    remote: { host: '2001:db8::7', port: 5062 },
  });
  const hep = decodeHep(encodeHep(message, message.bytes, { nodeId: 7, password: '' }));
  assert.deepEqual(
    [hep.family, hep.protocol, hep.source, hep.destinationPort, hep.authKey],
    [10, 6, '2001:db8:0:0:0:0:0:1', 5062, undefined],
  );
});

test('a message too large for a datagram is cut, and one without Call-ID has no correlation id', () => {
  const big = traced({ text: sipText({ body: 'x'.repeat(100_000) }) });
  const packet = encodeHep(big, big.bytes, sender);
  assert.equal(packet.length, 65_507);
  assert.ok(decodeHep(packet).payload.startsWith('INVITE '));
  const nothing = traced({ text: 'nonsense' });
  const hep = decodeHep(encodeHep(nothing, nothing.bytes, sender));
  assert.deepEqual([hep.correlationId, hep.payload], [undefined, 'nonsense']);
});
