import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Flow, TransportFacts } from '../../../../sip-stack/flow.ts';
import { tcp } from '../../../../sip-stack/transport/tcp.ts';
import type { TransportSettings } from '../../../../sip-stack/transport/settings.ts';
import { tls } from '../../../../sip-stack/transport/tls.ts';
import { createAuthority } from '../../../support/certificates.ts';
import { createTransportEnd } from '../../../support/transport-ends.ts';

const bounded = { timeout: 10_000 };
const authority = createAuthority();
const ends: ReturnType<typeof createTransportEnd>[] = [];
after(async () => {
  await Promise.all(ends.map((end) => end.layer.stop()));
  authority.remove();
});

/** A server of these domains, listening over TLS and TCP. */
async function serverOf(
  domains: readonly string[],
  clientCertificates: 'none' | 'ask' | 'require' = 'ask',
  settings: Partial<TransportSettings> = {},
) {
  const certificates = authority.certificates(domains.length === 0 ? [] : [authority.issue({ dns: domains })]);
  const end = createTransportEnd({
    kinds: [tls, tcp],
    settings,
    given: { certificates, tls: { clientCertificates, verifyServers: true } },
  });
  ends.push(end);
  const at = { host: '127.0.0.1', port: 0 };
  const listen = [{ transport: tcp.facts, ...at }, ...(domains.length === 0 ? [] : [{ transport: tls.facts, ...at }])];
  const opened = await end.layer.listen(listen);
  assert.ok(opened.ok);
  const [plain, secure] = opened.value;
  assert.ok(plain);
  return { ...end, plain, secure: secure ?? plain };
}

function request(facts: TransportFacts, params: string, sentBy = '192.0.2.77:5999'): Buffer {
  return Buffer.from(
    [
      'OPTIONS sip:b.example SIP/2.0',
      `Via: SIP/2.0/${facts.viaToken} ${sentBy};branch=z9hG4bK1${params}`,
      'From: <sip:a.example>;tag=1',
      'To: <sip:b.example>',
      'Call-ID: c1',
      'CSeq: 1 OPTIONS',
      'Content-Length: 0\r\n\r\n',
    ].join('\r\n'),
  );
}

/** Whether this flow is open, or the connection that it begins comes about. */
const failure = (flow: Flow): Promise<string> => new Promise((resolve) => flow.send(request(tls.facts, ''), resolve));
const alias = { host: '127.0.0.1', port: 5999 };

test('requests to the alias of a peer go over the connection it began (RFC 5923 §8.2)', bounded, async () => {
  const [a, b] = [await serverOf(['a.example', 'also.example']), await serverOf(['b.example'])];
  a.layer.connect(tls.facts, b.secure, 'b.example').send(request(tls.facts, ';alias'));
  const [first] = await b.listener.until('message');
  assert.ok(first);
  assert.deepEqual(first.flow.provenDomains, ['a.example', 'also.example']);
  assert.equal(b.layer.connect(tls.facts, alias, 'a.example'), first.flow);
  assert.equal(b.layer.connect(tls.facts, alias, 'ALSO.example'), first.flow);
});

test('without a port in sent-by the alias is the default port (RFC 5923 §8.2)', bounded, async () => {
  const [a, b] = [await serverOf(['a.example']), await serverOf(['b.example'])];
  a.layer.connect(tls.facts, b.secure, 'b.example').send(request(tls.facts, ';alias', 'a.example'));
  const [first] = await b.listener.until('message');
  assert.equal(b.layer.connect(tls.facts, { host: '127.0.0.1', port: 5061 }, 'a.example'), first?.flow);
});

test('a domain that the peer has not proved is not reached over its alias (RFC 5923 §9.3)', bounded, async () => {
  const [a, b] = [await serverOf(['a.example']), await serverOf(['b.example'])];
  a.layer.connect(tls.facts, b.secure, 'b.example').send(request(tls.facts, ';alias'));
  const [first] = await b.listener.until('message');
  const other = b.layer.connect(tls.facts, alias, 'other.example');
  assert.notEqual(other, first?.flow);
  assert.equal(await failure(other), 'ECONNREFUSED');
  // The alias of the first is as it was.
  assert.equal(b.layer.connect(tls.facts, alias, 'a.example'), first?.flow);
});

for (const [what, params, asks, connectionAliases] of [
  ['no alias parameter', '', 'ask', 'tls'],
  ['no certificate asked for (RFC 5923 §9.2)', ';alias', 'none', 'tls'],
  ['aliases turned off', ';alias', 'ask', 'off'],
] as const) {
  test(`there is no alias with ${what}`, bounded, async () => {
    const [a, b] = [await serverOf(['a.example']), await serverOf(['b.example'], asks, { connectionAliases })];
    a.layer.connect(tls.facts, b.secure, 'b.example').send(request(tls.facts, params));
    const [first] = await b.listener.until('message');
    assert.notEqual(b.layer.connect(tls.facts, alias, 'a.example'), first?.flow);
  });
}

test('over TCP nothing proves a peer: it has an alias only where that is set (RFC 5923 §9.3)', bounded, async () => {
  for (const connectionAliases of ['tls', 'all'] as const) {
    const [a, b] = [await serverOf([]), await serverOf([], 'none', { connectionAliases })];
    a.layer.connect(tcp.facts, b.plain).send(request(tcp.facts, ';alias'));
    const [first] = await b.listener.until('message');
    assert.equal(b.layer.connect(tcp.facts, alias) === first?.flow, connectionAliases === 'all');
    const [c] = [await serverOf([])];
    c.layer.connect(tcp.facts, b.plain).send(request(tcp.facts, ';alias'));
    await b.listener.until('message', 2);
    // Another connection cannot take an alias away.
    assert.equal(b.layer.connect(tcp.facts, alias) === first?.flow, connectionAliases === 'all');
  }
});

test('an alias ends with its connection', bounded, async () => {
  const [a, b] = [await serverOf(['a.example']), await serverOf(['b.example'])];
  a.layer.connect(tls.facts, b.secure, 'b.example').send(request(tls.facts, ';alias'));
  const [first] = await b.listener.until('message');
  await a.layer.stop();
  await b.listener.until('closed');
  assert.equal(first?.flow.open, false);
  assert.equal(await failure(b.layer.connect(tls.facts, alias, 'a.example')), 'ECONNREFUSED');
});

test(
  'connections of ours are shared by the domains their server has proved to be (RFC 5923 §8.1)',
  bounded,
  async () => {
    const [a, b] = [await serverOf([]), await serverOf(['b.example', 'c.example'])];
    const first = a.layer.connect(tls.facts, b.secure, 'b.example');
    assert.equal(a.layer.connect(tls.facts, b.secure, 'b.example'), first, 'while it is being established');
    first.send(request(tls.facts, ''));
    await b.listener.until('message');
    assert.equal(a.layer.connect(tls.facts, b.secure, 'C.example'), first);
    const other = a.layer.connect(tls.facts, b.secure, 'd.example');
    assert.notEqual(other, first);
    assert.equal(await failure(other), 'certificate is not of d.example');
    assert.equal(a.layer.connect(tls.facts, b.secure, 'b.example'), first);
  },
);
