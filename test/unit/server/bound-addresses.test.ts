import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultsOf } from '../../../config/section.ts';
import { boundAddresses } from '../../../server/bound-addresses.ts';
import { serverSection } from '../../../server/server-section.ts';
import { tlsSection } from '../../../sip-stack/transport/tls-settings.ts';

const server = defaultsOf(serverSection);
const tls = defaultsOf(tlsSection);
const secured = { ...tls, certificates: ['a.pem:a.key'] };
const written = (config: Parameters<typeof boundAddresses>[0]): readonly string[] =>
  boundAddresses(config).map(({ transport, host, port }) => `${transport.uriParam}:${host}:${String(port)}`);
const plain = ['udp:0.0.0.0:5060', 'udp::::5060', 'tcp:0.0.0.0:5060', 'tcp::::5060'];

test('without a certificate UDP and TCP are listened for, with one TLS as well', () => {
  assert.deepEqual(written({ server, tls }), plain);
  assert.deepEqual(written({ server, tls: secured }), [...plain, 'tls:0.0.0.0:5061', 'tls::::5061']);
});

test('who says where to listen is obeyed to the letter', () => {
  const listen = ['udp:127.0.0.1:5060', 'wss:[::1]:443'];
  assert.deepEqual(written({ server: { ...server, listen }, tls: secured }), ['udp:127.0.0.1:5060', 'wss:::1:443']);
});

test('the advertised name has the port of each listener', () => {
  const config = { server: { ...server, advertise: 'sip.example.org' }, tls: secured };
  assert.deepEqual(
    boundAddresses(config).map(({ advertised }) => advertised),
    [...plain.map(() => 'sip.example.org:5060'), 'sip.example.org:5061', 'sip.example.org:5061'],
  );
});
