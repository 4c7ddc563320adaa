import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { readFileSync } from 'node:fs';
import { milliseconds } from '../../../kernel/clock.ts';
import { ok } from '../../../kernel/result.ts';
import type { StreamReader, StreamServer, StreamSocket } from '../../../net/stream.ts';
import type { TlsPolicy } from '../../../net/tls.ts';
import { createTlsStreams } from '../../../net/tls.ts';
import { domainIdentities, judgeCertificate } from '../../../sip-stack/transport/domain-identity.ts';
import type { Issued } from '../../support/certificates.ts';
import { createAuthority } from '../../support/certificates.ts';

const options = { probeAfter: milliseconds(0) };
const bounded = { timeout: 10_000 };

const authority = createAuthority();
const stranger = createAuthority('Stranger');
after(() => {
  authority.remove();
  stranger.remove();
});
const ours = authority.issue({ dns: ['one.example'] });

/** What a reader was told, and what was accepted; can be waited for. */
function recorder(): StreamReader & { readonly told: string[]; until(start: string): Promise<string> } {
  const told: string[] = [];
  let wake = (): void => undefined;
  const tell = (text: string): void => {
    told.push(text);
    wake();
  };
  return {
    told,
    onOpen: () => tell('open'),
    onBytes: (chunk) => tell(chunk.toString()),
    onWritten: () => undefined,
    onClosed: (reason) => tell(`closed ${reason ?? ''}`),
    async until(start) {
      for (;;) {
        const found = told.find((text) => text.startsWith(start));
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

interface Serving {
  readonly server: StreamServer;
  readonly port: number;
  readonly accepted: StreamSocket[];
  readonly reader: ReturnType<typeof recorder>;
}

const policyOf = (issued: readonly Issued[], changed: Partial<TlsPolicy> = {}): TlsPolicy => {
  const { current } = authority.certificates(issued);
  return {
    credentials: () => current,
    clientCertificates: 'none',
    verifyServers: true,
    identities: domainIdentities,
    judge: judgeCertificate,
    ...changed,
  };
};

async function serve(policy: TlsPolicy): Promise<Serving> {
  const accepted: StreamSocket[] = [];
  const reader = recorder();
  const server = await createTlsStreams(policy).listen({ host: '127.0.0.1', port: 0 }, options, {
    onConnection(socket) {
      accepted.push(socket);
      return reader;
    },
    onFault: (reason) => assert.fail(reason),
  });
  assert.ok(server.ok);
  return { server: server.value, port: server.value.local.port, accepted, reader };
}

/** Connects as anybody may; resolves when the handshake is over at our side. */
function dial(port: number, given: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...given });
    socket.once('secureConnect', () => resolve(socket));
    socket.on('error', reject);
  });
}

const shown = (socket: TLSSocket): string | undefined => socket.getPeerX509Certificate()?.subjectAltName;
const files = (issued: Issued): ConnectionOptions => ({
  cert: readFileSync(issued.chain),
  key: readFileSync(issued.key),
});

test('carries bytes both ways; what is written before the server has proved itself waits', bounded, async () => {
  const { server, port, accepted, reader } = await serve(policyOf([ours]));
  const client = recorder();
  const socket = createTlsStreams(policyOf([])).connect({ host: '127.0.0.1', port }, options, client, 'one.example');
  socket.write(Buffer.from('early'));
  assert.equal(socket.backlogBytes, 5);
  await reader.until('early');
  assert.deepEqual(client.told, ['open']);
  assert.deepEqual(socket.provenNames, ['one.example']);
  assert.deepEqual(reader.told, ['open', 'early']);
  assert.equal(accepted[0]?.handshaking, false);
  accepted[0].write(Buffer.from('answer'));
  await client.until('answer');
  socket.end();
  await Promise.all([client.until('closed '), reader.until('closed ')]);
  await server.close();
});

test('each name gets its certificate (SNI), no name or an unknown one the first (RFC 5922 §7.8)', bounded, async () => {
  const { server, port } = await serve(policyOf([ours, authority.issue({ uris: ['sip:two.example'] })]));
  for (const [servername, expected] of [
    ['two.example', 'URI:sip:two.example'],
    ['one.example', 'DNS:one.example'],
    ['other.example', 'DNS:one.example'],
    ['', 'DNS:one.example'],
  ] as const) {
    const socket = await dial(port, { servername });
    assert.equal(shown(socket), expected);
    socket.destroy();
  }
  await server.close();
});

for (const [who, given, domain, reason] of [
  [
    'an authority that is not trusted',
    stranger.issue({ dns: ['one.example'] }),
    'one.example',
    /UNABLE_TO_VERIFY_LEAF|SELF_SIGNED|UNABLE_TO_GET_ISSUER/,
  ],
  [
    'the name of somebody else',
    authority.issue({ dns: ['other.example'] }),
    'one.example',
    /certificate is not of one\.example/,
  ],
  ['a wildcard', authority.issue({ dns: ['*.example'] }), 'one.example', /certificate is not of one\.example/],
  ['a date gone by', authority.issue({ dns: ['one.example'], days: -1 }), 'one.example', /CERT_HAS_EXPIRED/],
  [
    'no address, where an address was asked for',
    authority.issue({ dns: ['one.example'] }),
    undefined,
    /certificate is not of 127\.0\.0\.1/,
  ],
] as const) {
  test(`a server whose certificate has ${who} is not talked to (RFC 5922 §7.3)`, bounded, async () => {
    const { server, port, reader } = await serve(policyOf([given]));
    const client = recorder();
    const socket = createTlsStreams(policyOf([])).connect({ host: '127.0.0.1', port }, options, client, domain);
    socket.write(Buffer.from('secret'));
    assert.match(await client.until('closed'), reason);
    await reader.until('closed');
    assert.equal(reader.told.includes('secret'), false);
    assert.equal(client.told.includes('open'), false);
    await server.close();
  });
}

test('verification can be turned off: then nothing is proved', bounded, async () => {
  const { server, port } = await serve(policyOf([stranger.issue({ dns: ['x.example'] })]));
  const client = recorder();
  const policy = policyOf([], { verifyServers: false });
  const socket = createTlsStreams(policy).connect({ host: '127.0.0.1', port }, options, client, 'one.example');
  await client.until('open');
  assert.equal(socket.provenNames, undefined);
  socket.destroy();
  await server.close();
});

test(
  'a client that is asked may show a certificate, whose domains are learnt if it is trusted (RFC 5922 §7.4)',
  bounded,
  async () => {
    const { server, port, accepted, reader } = await serve(policyOf([ours], { clientCertificates: 'ask' }));
    const cases = [
      [authority.issue({ uris: ['sip:peer.example'] }), ['peer.example']],
      [stranger.issue({ dns: ['peer.example'] }), undefined],
      [undefined, undefined],
    ] as const;
    for (const [issued, expected] of cases) {
      reader.told.length = 0;
      const socket = await dial(port, issued === undefined ? {} : files(issued));
      await reader.until('open');
      assert.deepEqual(accepted.at(-1)?.provenNames, expected);
      socket.destroy();
      await reader.until('closed');
    }
    await server.close();
  },
);

test(
  'a client that has to show a trusted certificate and does not is turned away (RFC 5922 §7.4)',
  bounded,
  async () => {
    const { server, port, reader } = await serve(policyOf([ours], { clientCertificates: 'require' }));
    const good = await dial(port, files(authority.issue({ dns: ['peer.example'] })));
    await reader.until('open');
    good.destroy();
    await reader.until('closed');
    for (const [given, reason] of [
      [{}, 'closed no client certificate'],
      [files(stranger.issue({ dns: ['peer.example'] })), 'closed client certificate: '],
    ] as const) {
      reader.told.length = 0;
      const socket = await dial(port, given);
      await reader.until(reason);
      assert.equal(reader.told.includes('open'), false);
      socket.destroy();
    }
    await server.close();
  },
);

test('a session is resumed; without a certificate that proves as little as before', bounded, async () => {
  const { server, port, accepted, reader } = await serve(policyOf([ours], { clientCertificates: 'ask' }));
  const first = await dial(port, { maxVersion: 'TLSv1.2' });
  const session = first.getSession();
  assert.ok(session);
  first.destroy();
  await reader.until('closed');
  const second = await dial(port, { session, maxVersion: 'TLSv1.2' });
  assert.equal(second.isSessionReused(), true);
  await reader.until('open');
  assert.equal(accepted.at(-1)?.provenNames, undefined);
  second.destroy();
  await server.close();
});

test(
  'certificates and what is asked change for the next handshake, not for connections that are open',
  bounded,
  async () => {
    let { current } = authority.certificates([ours]);
    let clientCertificates: TlsPolicy['clientCertificates'] = 'none';
    const policy: TlsPolicy = {
      credentials: () => current,
      get clientCertificates() {
        return clientCertificates;
      },
      verifyServers: true,
      identities: domainIdentities,
      judge: (names, expected) => (expected === '' ? ok([]) : judgeCertificate(names, expected)),
    };
    const { server, port, reader } = await serve(policy);
    const before = await dial(port);
    assert.equal(shown(before), 'DNS:one.example');
    ({ current } = authority.certificates([authority.issue({ dns: ['new.example'] })]));
    clientCertificates = 'require';
    const anew = await dial(port, files(authority.issue({ dns: ['peer.example'] })));
    assert.equal(shown(anew), 'DNS:new.example');
    before.write('still here');
    await reader.until('still here');
    before.destroy();
    anew.destroy();
    await server.close();
  },
);

test('what is no TLS ends the connection with a reason', bounded, async () => {
  const { connect: plain } = await import('node:net');
  const { server, port, reader } = await serve(policyOf([ours]));
  const socket = plain(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('OPTIONS sip:x SIP/2.0\r\n\r\n');
  assert.match(await reader.until('closed'), /ERR_SSL/);
  socket.destroy();
  await server.close();
});

test('without a certificate there is nothing to listen with', async () => {
  const streams = createTlsStreams(policyOf([]));
  const acceptor = { onConnection: () => undefined, onFault: () => undefined };
  const opened = await streams.listen({ host: '127.0.0.1', port: 0 }, options, acceptor);
  assert.deepEqual(opened, { ok: false, fault: 'no certificate is configured (tls.certificates)' });
});
