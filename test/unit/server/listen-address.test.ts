import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenAddressText, parseListenAddress } from '../../../server/listen-address.ts';

test('an address is transport, numeric address and port', () => {
  assert.deepEqual(parseListenAddress('udp:0.0.0.0:5060'), {
    ok: true,
    value: { transport: 'udp', host: '0.0.0.0', port: 5060 },
  });
  for (const transport of ['tls', 'ws', 'wss'])
    assert.deepEqual(parseListenAddress(`${transport}:[::]:443`), {
      ok: true,
      value: { transport, host: '::', port: 443 },
    });
  assert.deepEqual(parseListenAddress('tcp:[::1]:0'), { ok: true, value: { transport: 'tcp', host: '::1', port: 0 } });
});

test('anything else is a fault', () => {
  for (const wrong of [
    '',
    'udp',
    'udp:5060',
    'sctp:0.0.0.0:5060',
    'udp:localhost:5060',
    'udp:256.0.0.1:5060',
    'udp:[abc]:1',
    'udp:::1:5060',
    'tcp:1.2.3.4:65536',
  ]) {
    assert.equal(parseListenAddress(wrong).ok, false, wrong);
  }
});

test('it is written as it is read', () => {
  for (const text of ['udp:0.0.0.0:5060', 'tcp:[::1]:5061']) {
    const address = parseListenAddress(text);
    assert.ok(address.ok);
    assert.equal(listenAddressText(address.value), text);
  }
});
