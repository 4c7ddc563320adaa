import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuthConfig } from '../../../auth/settings.ts';
import type { GuardVerdict } from '../../../sip-stack/incoming.ts';
import type { Refusal } from '../../../sip-stack/reply.ts';
import { fakeFlow } from '../../support/sip-incoming.ts';
import { createAuthBed, credentialsFor, nonceIn, type Sending, type Signing } from './bed.ts';

/** The guard of the server, and a client that answers its challenges. */
async function create(config: Partial<AuthConfig> = {}, options: Parameters<typeof createAuthBed>[1] = {}) {
  const bed = await createAuthBed(config, options);
  const { judge } = bed;
  const challenges = (sending: Sending = {}): readonly string[] => challengesIn(refusalIn(judge(sending)));
  const authorization = (sending: Sending = {}, signing: Signing = {}): string =>
    authorizationFor(
      nonceIn(challenges(sending)[0] ?? ''),
      sending.method ?? 'REGISTER',
      sending.uri ?? 'sip:example.com',
      signing,
    );
  const judgeSigned = (sending: Sending = {}, signing: Signing = {}): GuardVerdict => {
    const headers = [...(sending.headers ?? []), authorization(sending, signing)];
    return judge({ ...sending, headers });
  };
  return { ...bed, challenges, authorization, judgeSigned };
}

const authorizationFor = (...args: Parameters<typeof credentialsFor>): string =>
  `Authorization: ${credentialsFor(...args)}`;

const refusalIn = (verdict: GuardVerdict): Refusal => {
  assert.ok(verdict.kind === 'refuse', verdict.kind);
  return verdict.refusal;
};
const challengesIn = (refusal: Refusal): readonly string[] => {
  assert.equal(refusal.status, 401);
  return (refusal.headers ?? []).filter(([name]) => name === 'WWW-Authenticate').map(([, value]) => value);
};
const isStale = (verdict: GuardVerdict): boolean =>
  challengesIn(refusalIn(verdict)).every((challenge) => challenge.includes('stale=true'));
const aliceProved = { kind: 'pass', identity: { kind: 'authenticated', aor: 'sip:alice@example.com' } };

for (const method of ['REGISTER', 'PUBLISH', 'SUBSCRIBE', 'MESSAGE']) {
  test(`${method} of a user of ours is challenged and, answered, passes (RFC 3261 §22.1)`, async () => {
    const { judgeSigned } = await create();
    assert.deepEqual(judgeSigned({ method }), aliceProved);
  });
}

for (const method of ['ACK', 'CANCEL', 'OPTIONS', 'NOTIFY', 'BYE']) {
  test(`${method} is not challenged (RFC 3261 §22.1)`, async () => {
    const { judge } = await create();
    assert.deepEqual(judge({ method }), { kind: 'pass' });
  });
}

test('offers MD5 and SHA-256 for the domain as realm (RFC 8760 §2.3)', async () => {
  const { challenges } = await create();
  const offered = challenges();
  assert.deepEqual(
    offered.map((text) => /algorithm=([^,]+)/.exec(text)?.[1]),
    ['MD5', 'SHA-256'],
  );
  assert.ok(offered.every((text) => text.startsWith('Digest realm="example.com"')));
});

test('offers in the order that is set (RFC 8760 §2.3)', async () => {
  const { challenges } = await create({ digestAlgorithms: ['SHA-256', 'MD5'] });
  assert.deepEqual(
    challenges().map((text) => /algorithm=([^,]+)/.exec(text)?.[1]),
    ['SHA-256', 'MD5'],
  );
});

test('over WebSocket offers MD5 last, whatever comes first elsewhere: COMPAT(JsSIP, SIP.js)', async () => {
  const flow = fakeFlow();
  for (const digestAlgorithms of [
    ['SHA-256', 'MD5'],
    ['MD5', 'SHA-256'],
  ]) {
    const { challenges } = await create({ digestAlgorithms });
    const offered = challenges({ flow: { ...flow, transport: { ...flow.transport, viaToken: 'WSS' } } });
    assert.deepEqual(
      offered.map((challenge) => /algorithm=([\w-]+)/.exec(challenge)?.[1]),
      ['SHA-256', 'MD5'],
    );
  }
});

test('offers MD5 alone to a client that gives up at another algorithm', async () => {
  const headers = ['User-Agent: baresip v1.0.0 (x86_64/linux)'];
  assert.equal((await create()).challenges({ headers }).length, 1);
  const strict = await create({ digestAlgorithms: ['SHA-256'] });
  assert.match(strict.challenges({ headers })[0] ?? '', /SHA-256/);
});

test('takes SHA-256, and the username with its domain', async () => {
  const { judgeSigned } = await create();
  assert.deepEqual(judgeSigned({}, { algorithm: 'SHA-256' }), aliceProved);
  assert.deepEqual(judgeSigned({}, { username: 'alice@example.com' }), aliceProved);
  assert.deepEqual(judgeSigned({}, { username: 'alice@example.com', algorithm: 'SHA-256' }), aliceProved);
});

test('a request within a dialog is challenged like any other', async () => {
  const { judge, judgeSigned } = await create();
  const within = { method: 'SUBSCRIBE', uri: 'sip:192.0.2.1:5060', to: 'sip:bob@example.com', toTag: 'x1' };
  assert.equal(refusalIn(judge(within)).status, 401);
  assert.deepEqual(judgeSigned(within), aliceProved);
});

test('a nonce serves on, counting up, and not twice with one count (RFC 7616 §3.4)', async () => {
  const { judge, challenges } = await create();
  const nonce = /nonce="([^"]+)"/.exec(challenges()[0] ?? '')?.[1] ?? '';
  const header = (count: number): string => authorizationFor(nonce, 'REGISTER', 'sip:example.com', { count });
  assert.deepEqual(judge({ headers: [header(1)] }), aliceProved);
  assert.deepEqual(judge({ headers: [header(2)] }), aliceProved);
  assert.ok(isStale(judge({ headers: [header(2)] })));
  assert.deepEqual(judge({ headers: [header(3)] }), aliceProved);
});

test('an expired nonce is answered with stale=true and a nonce that works (RFC 7616 §3.3)', async () => {
  const { judge, authorization, judgeSigned, time } = await create();
  const header = authorization();
  time.advance(3_600_000);
  assert.ok(isStale(judge({ headers: [header] })));
  assert.deepEqual(judgeSigned(), aliceProved);
});

test('who does not exist and who has a wrong password get the same answer, never stale', async () => {
  const { judgeSigned } = await create();
  const wrong = judgeSigned({}, { password: 'guess' });
  const unknown = judgeSigned({ from: 'sip:zoe@example.com' }, { username: 'zoe', password: 'guess' });
  const shape = (verdict: GuardVerdict): string => JSON.stringify(verdict).replace(/nonce=\\"[^"]+"/g, 'nonce');
  assert.equal(refusalIn(wrong).status, 401);
  assert.equal(shape(wrong), shape(unknown));
  assert.ok(!isStale(wrong));
});

test('a user of ours may not write as another (RFC 3261 §22.1)', async () => {
  const { judgeSigned } = await create();
  const verdict = judgeSigned({ from: 'sip:bob@example.com' }, { username: 'alice', password: 'pw-alice' });
  assert.equal(refusalIn(verdict).status, 403);
});

test('the digest uri may name this server in place of the Request-URI (RFC 7616 §3.4.6)', async () => {
  const { judgeSigned } = await create();
  for (const uri of [
    'sip:192.0.2.1:5060',
    'sip:example.com:5060',
    'sip:example.com;transport=udp',
    'sip:bob@example.com',
  ]) {
    assert.deepEqual(judgeSigned({}, { uri }), aliceProved, uri);
  }
});

test('a digest uri that names something else is a bad request (RFC 7616 §3.4.6)', async () => {
  const { judgeSigned } = await create();
  for (const uri of ['sip:example.net', 'not a uri', '']) {
    assert.equal(refusalIn(judgeSigned({}, { uri })).status, 400, uri);
  }
});

for (const [what, edit] of [
  ['no username', (text: string) => text.replace(/username="[^"]*", /, '')],
  ['no realm', (text: string) => text.replace(/realm="[^"]*", /, '')],
  ['no nonce', (text: string) => text.replace(/nonce="[^"]*", /, '')],
  ['no uri', (text: string) => text.replace(/uri="[^"]*", /, '')],
  ['no response', (text: string) => text.replace(/response="[^"]*", /, '')],
  ['no cnonce', (text: string) => text.replace(/, cnonce="[^"]*"/, '')],
  ['no nc', (text: string) => text.replace(/nc=\d+, /, '')],
  ['nc of zero', (text: string) => text.replace(/nc=\d+/, 'nc=00000000')],
  ['nc that is no number', (text: string) => text.replace(/nc=\d+/, 'nc=xyz')],
  ['nc too long', (text: string) => text.replace(/nc=\d+/, 'nc=000000001')],
  ['an unknown qop', (text: string) => text.replace(/qop=auth/, 'qop=auth-conf')],
  ['no parameters', () => 'Authorization: Digest'],
] as const) {
  test(`credentials with ${what} are a bad request (RFC 7616 §3.4)`, async () => {
    const { authorization, judge } = await create();
    assert.equal(refusalIn(judge({ headers: [edit(authorization())] })).status, 400);
  });
}

test('another scheme, realm or algorithm is challenged anew (RFC 3261 §22.4)', async () => {
  const { authorization, judge } = await create();
  const good = authorization();
  const others = [
    'Authorization: Basic YWxpY2U6cHc=',
    good.replace('realm="example.com"', 'realm="example.net"'),
    good.replace('algorithm=MD5', 'algorithm=MD5-sess'),
  ];
  for (const header of others) {
    const verdict = judge({ headers: [header] });
    assert.equal(refusalIn(verdict).status, 401, header);
    assert.ok(!isStale(verdict));
  }
  assert.deepEqual(judge({ headers: [others[1] ?? '', others[0] ?? '', good] }), aliceProved);
});

test('a stranger may ask and write, but stays anonymous', async () => {
  const { judge } = await create();
  const anonymous = { kind: 'pass', identity: { kind: 'anonymous' } };
  for (const from of ['sip:eve@example.net', 'sip:anonymous@anonymous.invalid', 'sip:alice@192.0.2.1:6000']) {
    assert.deepEqual(judge({ method: 'SUBSCRIBE', uri: 'sip:alice@example.com', from }), anonymous);
    assert.deepEqual(judge({ method: 'MESSAGE', uri: 'sip:alice@example.com', from }), anonymous);
  }
});

test('a stranger may register and publish nothing of ours (RFC 3261 §10.3 step 4)', async () => {
  const { judge } = await create();
  const from = 'sip:eve@example.net';
  assert.equal(refusalIn(judge({ from, to: 'sip:alice@example.com' })).status, 403);
  assert.equal(refusalIn(judge({ method: 'PUBLISH', uri: 'sip:alice@example.com', from })).status, 403);
  assert.equal(judge({ method: 'PUBLISH', uri: 'sip:eve@example.net', from }).kind, 'pass');
});

test('a trusted peer speaks for its From without digest (RFC 3325 §5)', async () => {
  const { judge } = await create({ trustedPeers: ['198.51.100.0/24'] });
  const flow = fakeFlow('198.51.100.9');
  const trusted = (aor: string) => ({ kind: 'pass', identity: { kind: 'trusted-peer', aor } });
  assert.deepEqual(judge({ flow }), trusted('sip:alice@example.com'));
  assert.deepEqual(
    judge({ method: 'SUBSCRIBE', from: 'sip:eve@example.net:5070;x=y', flow }),
    trusted('sip:eve@example.net'),
  );
  assert.equal(refusalIn(judge({ flow: fakeFlow('198.51.101.9') })).status, 401);
});

test('counts what became of requests', async () => {
  const { judgeSigned, figure } = await create();
  judgeSigned();
  judgeSigned({}, { password: 'guess' });
  assert.deepEqual(['proved', 'challenged', 'wrong'].map(figure), [1, 2, 1]);
});

test('a peer is trusted for a domain that its certificate proves (RFC 5922 §7.2)', async () => {
  const { judge } = await create({ trustedCertificates: ['Peer.example.net'] });
  const flow = (...provenDomains: string[]) => ({ ...fakeFlow('203.0.113.1'), provenDomains });
  assert.deepEqual(judge({ flow: flow('other.example', 'peer.example.net') }), {
    kind: 'pass',
    identity: { kind: 'trusted-peer', aor: 'sip:alice@example.com' },
  });
  assert.equal(refusalIn(judge({ flow: flow('evil-peer.example.net') })).status, 401);
});

test('a domain whose registration is closed answers REGISTER with 403 and serves the rest (RFC 3261 §10.3 step 3)', async () => {
  const { judge } = await create({}, { domains: { registrationClosed: ['EXAMPLE.com'] } });
  assert.equal(refusalIn(judge()).status, 403);
  assert.equal(refusalIn(judge({ method: 'SUBSCRIBE', uri: 'sip:bob@example.com' })).status, 401);
});

test('a domain may refuse strangers', async () => {
  const { judge } = await create({}, { domains: { refuseStrangers: ['*'] } });
  const stranger = { method: 'SUBSCRIBE', uri: 'sip:alice@example.com', from: 'sip:eve@example.net' };
  assert.equal(refusalIn(judge(stranger)).status, 403);
});

test('another name of the domain, or of the user, is the user: one account, one realm', async () => {
  const { judgeSigned, aliases } = await create();
  assert.ok((await aliases.add('alice.smith@example.com', 'alice@example.com')).ok);
  for (const from of ['sip:alice@example.org', 'sip:alice.smith@example.com', 'sip:alice.smith@example.org']) {
    assert.deepEqual(judgeSigned({ from }), aliceProved, from);
  }
});

test('a name that was tried too often has to wait, whatever the password, and others do not (RFC 3261 §26.3.2.4)', async () => {
  const seen: string[] = [];
  const { judgeSigned, judge, figure } = await create(
    {},
    {
      watch: {
        mayTry: (_incoming, username) => (username === 'alice' ? 7 : 0) as never,
        failed: (_incoming, username) => seen.push(username),
      },
    },
  );
  const held = refusalIn(judgeSigned());
  assert.equal(held.status, 503);
  assert.deepEqual(held.headers, [['Retry-After', '7']]);
  assert.equal(judgeSigned({ from: 'sip:bob@example.com' }, { username: 'bob', password: 'x' }).kind, 'refuse');
  assert.deepEqual(seen, ['bob']);
  assert.equal(refusalIn(judge()).status, 401, 'without credentials it is challenged as ever');
  assert.equal(figure('held'), 1);
});
