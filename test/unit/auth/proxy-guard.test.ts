import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GuardVerdict } from '../../../sip-stack/incoming.ts';
import type { Refusal } from '../../../sip-stack/reply.ts';
import { fakeFlow } from '../../support/sip-incoming.ts';
import { createAuthBed, credentialsFor, nonceIn, type Sending, type Signing } from './bed.ts';

async function create(...args: Parameters<typeof createAuthBed>) {
  const bed = await createAuthBed(...args);
  /** Answers the challenge to a request, with further header lines before and after. */
  const judgeSigned = (sending: Sending = {}, signing: Signing = {}, others: readonly string[] = []): GuardVerdict => {
    const { method = 'INVITE', uri = 'sip:bob@example.com' } = sending;
    const challenge = challengesIn(refusalIn(bed.judgeOnward(sending)))[0] ?? '';
    const header = `Proxy-Authorization: ${credentialsFor(nonceIn(challenge), method, uri, signing)}`;
    return bed.judgeOnward({ ...sending, headers: [...(sending.headers ?? []), ...others, header] });
  };
  return { ...bed, judgeSigned };
}

const refusalIn = (verdict: GuardVerdict): Refusal => {
  assert.ok(verdict.kind === 'refuse', verdict.kind);
  return verdict.refusal;
};
const challengesIn = (refusal: Refusal): readonly string[] => {
  assert.equal(refusal.status, 407);
  return (refusal.headers ?? []).filter(([name]) => name === 'Proxy-Authenticate').map(([, value]) => value);
};
const aliceProved = { kind: 'pass', identity: { kind: 'authenticated', aor: 'sip:alice@example.com' } };
const anonymous = { kind: 'pass', identity: { kind: 'anonymous' } };
const eve = 'sip:eve@example.net';
const away = 'sip:carol@example.net';

for (const method of ['INVITE', 'MESSAGE', 'OPTIONS', 'REFER', 'INFO', 'NEWMETHOD']) {
  test(`${method} of a user of ours is challenged with 407 and, answered, passes (RFC 3261 §22.3)`, async () => {
    const { judgeSigned } = await create();
    assert.deepEqual(judgeSigned({ method }), aliceProved);
  });
}

test('what we have sent on and came back is let pass to users of ours alone (RFC 3261 §16.3 step 6)', async () => {
  const { judgeOnward, figure } = await createAuthBed({}, { hasComeBack: () => true });
  assert.deepEqual(judgeOnward(), anonymous);
  assert.equal(figure('came-back'), 1);
  assert.equal(refusalIn(judgeOnward({ uri: away })).status, 407);
});

for (const method of ['ACK', 'CANCEL']) {
  test(`${method} is never challenged (RFC 3261 §22.1)`, async () => {
    const { judgeOnward } = await create();
    assert.deepEqual(judgeOnward({ method }), anonymous);
    assert.deepEqual(judgeOnward({ method, from: eve, uri: away }), anonymous);
  });
}

test('a user of ours who proves himself may call other domains (RFC 3261 §16.3 step 6)', async () => {
  const { judgeSigned } = await create();
  assert.deepEqual(judgeSigned({ uri: away }), aliceProved);
});

test('what is neither from nor to us is 403: no open relay (RFC 3261 §26.3.1.3)', async () => {
  const { judgeOnward, figure } = await create();
  const refusal = refusalIn(judgeOnward({ from: eve, uri: away }));
  assert.equal(refusal.status, 403);
  assert.equal(refusal.reason, 'Relaying Denied');
  assert.equal(figure('relay-denied'), 1);
});

test('anybody may call a user of ours', async () => {
  const { judgeOnward } = await create();
  for (const from of [eve, 'sip:anonymous@anonymous.invalid', 'tel:+15550100']) {
    assert.deepEqual(judgeOnward({ from }), anonymous, from);
  }
});

test('unless the domain refuses strangers; its own users still call', async () => {
  const { judgeOnward, judgeSigned } = await create({}, { domains: { refuseStrangers: ['example.com'] } });
  assert.equal(refusalIn(judgeOnward({ from: eve })).status, 403);
  assert.deepEqual(judgeSigned(), aliceProved);
});

test('a domain may keep its users inside', async () => {
  const { judgeOnward, judgeSigned } = await create({}, { domains: { insideOnly: ['example.com'] } });
  assert.equal(refusalIn(judgeOnward({ uri: away })).status, 403);
  assert.deepEqual(judgeSigned(), aliceProved);
});

test('another From than his own is 403 (RFC 3261 §22.3)', async () => {
  const { judgeSigned } = await create();
  assert.equal(refusalIn(judgeSigned({ from: 'sip:bob@example.com' })).status, 403);
});

test('of several credentials those for our realm count, wherever they stand (RFC 3261 §22.3)', async () => {
  const { judgeSigned } = await create();
  const foreign = `Proxy-Authorization: ${credentialsFor('n', 'INVITE', away, { realm: 'example.net' })}`;
  assert.deepEqual(judgeSigned({}, {}, [foreign, 'Proxy-Authorization: Digest realm="broken']), aliceProved);
});

test('Authorization is for the server at the end, not for a proxy (RFC 3261 §22.2)', async () => {
  const { judgeOnward } = await create();
  const nonce = nonceIn(challengesIn(refusalIn(judgeOnward()))[0] ?? '');
  const headers = [`Authorization: ${credentialsFor(nonce, 'INVITE', 'sip:bob@example.com')}`];
  assert.equal(refusalIn(judgeOnward({ headers })).status, 407);
});

test('malformed credentials of a proxy are 400 (RFC 7616 §3.4)', async () => {
  const { judgeOnward } = await create();
  assert.equal(refusalIn(judgeOnward({ headers: ['Proxy-Authorization: Digest username='] })).status, 400);
});

const ourRoute = 'Route: <sip:192.0.2.1:5060;lr;transport=tcp>, <sip:192.0.2.1;lr>';
const toOurs = { uri: 'sip:alice@10.0.0.7:5070', from: eve, to: 'sip:alice@example.com', toTag: 'x' };

test('within a dialog what follows the Record-Route sealed for it passes (RFC 3261 §12.2.1.1, §16.4)', async () => {
  const { judgeOnward, figure } = await create();
  for (const method of ['BYE', 'INVITE', 'UPDATE', 'PRACK', 'NOTIFY']) {
    const ofOurs = { method, uri: away, to: away, toTag: 'x' };
    assert.deepEqual(judgeOnward(ofOurs, true), anonymous, method);
    assert.deepEqual(judgeOnward({ ...toOurs, method }, true), anonymous, method);
    // A number of ours, which belongs to no domain.
    assert.deepEqual(judgeOnward({ ...toOurs, method, to: 'tel:+15550100' }, true), anonymous, method);
  }
  assert.equal(figure('within-dialog'), 15);
});

test('a To tag and a Route to us that anybody can write open no relay (RFC 3261 §26.3.1.3)', async () => {
  const { judgeOnward } = await create();
  for (const method of ['BYE', 'INVITE', 'UPDATE', 'MESSAGE']) {
    const forged = { ...toOurs, method, headers: [ourRoute] };
    assert.equal(refusalIn(judgeOnward(forged)).status, 403, `${method} of a stranger, as if alice had called him`);
    const asOurs = { method, uri: away, to: away, toTag: 'x', headers: [ourRoute] };
    assert.equal(refusalIn(judgeOnward(asOurs)).status, 407, `${method} as if alice had sent it`);
  }
});

test('a request within a dialog that came another way is judged like a new one', async () => {
  const { judgeSigned, judgeOnward } = await create();
  assert.deepEqual(judgeSigned({ method: 'BYE', uri: away, to: away, toTag: 'x' }), aliceProved);
  // To an AOR or a GRUU of ours anybody may send.
  assert.deepEqual(judgeOnward({ ...toOurs, method: 'BYE', uri: 'sip:alice@example.com;gr=1' }), anonymous);
});

test('a sealed Route without To tag is no dialog: the first request is judged', async () => {
  const { judgeOnward } = await create();
  assert.equal(refusalIn(judgeOnward({ uri: away }, true)).status, 407);
  assert.equal(refusalIn(judgeOnward({ uri: away, from: eve }, true)).status, 403);
});

test('MESSAGE and REFER of a user of ours are proved within dialogs too, those of others follow their route', async () => {
  const { judgeOnward } = await create();
  for (const method of ['MESSAGE', 'REFER']) {
    assert.equal(refusalIn(judgeOnward({ method, to: 'sip:bob@example.com', toTag: 'x' }, true)).status, 407);
    assert.deepEqual(judgeOnward({ ...toOurs, method }, true), anonymous);
  }
});

test('a trusted peer may relay, and speaks for its From (RFC 3325 §5)', async () => {
  const { judgeOnward } = await create({ trustedPeers: ['198.51.100.0/24'] });
  const flow = fakeFlow('198.51.100.9');
  assert.deepEqual(judgeOnward({ flow, from: eve, uri: away }), {
    kind: 'pass',
    identity: { kind: 'trusted-peer', aor: 'sip:eve@example.net' },
  });
});

test('who was told too fast is told so in place of a challenge', async () => {
  const refusal: Refusal = { refused: true, status: 503, headers: [['Retry-After', '3']] };
  const { judgeOnward } = await create({}, { watch: { unproven: () => refusal } });
  assert.equal(refusalIn(judgeOnward()).status, 503);
  assert.equal(refusalIn(judgeOnward({ from: eve })).status, 503);
});
