import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIdentifier, statelessTag } from '../../../../sip-stack/transaction/identity.ts';
import type { RequestIdentity } from '../../../../sip-stack/transaction/identity.ts';
import type { RequestText } from '../../../support/endpoint-bed.ts';
import { requestText } from '../../../support/endpoint-bed.ts';
import { createFakeTokens } from '../../../support/fake-tokens.ts';
import { requestOf } from '../../../support/sip-text.ts';

const { identify } = createIdentifier(createFakeTokens());
const of = (parts: RequestText): RequestIdentity => {
  const lines = requestText(parts).split('\r\n');
  return { ...identify(requestOf(lines.filter((line) => line !== '' && !line.startsWith('Content-Length')))) };
};

const group = ({ groupHigh, groupLow }: RequestIdentity): readonly number[] => [groupHigh, groupLow];
const way = (identity: RequestIdentity): number => identity.way;
const base = of({});

test('all copies of a request, its CANCEL too, are of one group (RFC 3261 §8.2.2.2, §9.2)', () => {
  assert.deepEqual(group(of({ branch: 'z9hG4bKother' })), group(base));
  assert.deepEqual(group(of({ method: 'CANCEL' })), group(base));
  assert.notDeepEqual(group(of({ cseq: 2 })), group(base));
  assert.notDeepEqual(group(of({ callId: 'c2' })), group(base));
});

test('the way is branch and sent-by, whatever the rest of the Via says (RFC 3261 §17.2.3)', () => {
  const via = (rest: string): RequestIdentity => of({ via: `Via: SIP/2.0/UDP ${rest}` });
  assert.equal(way(via('192.0.2.7:5060;branch=z9hG4bKa')), way(base));
  assert.equal(way(of({ method: 'CANCEL' })), way(base));
  assert.notEqual(way(via('192.0.2.7;branch=z9hG4bKa')), way(base));
  assert.notEqual(way(via('192.0.2.8:5060;branch=z9hG4bKa')), way(base));
  assert.notEqual(way(via('192.0.2.7:5060;branch=z9hG4bKA')), way(base));
});

test('the method is told apart', () => {
  assert.notEqual(of({ method: 'SUBSCRIBE' }).method, base.method);
});

test('parts do not run into each other', () => {
  const first = of({ via: 'Via: SIP/2.0/UDP host1;branch=z9hG4bKab' });
  const second = of({ via: 'Via: SIP/2.0/UDP bhost1;branch=z9hG4bKa' });
  assert.notEqual(way(first), way(second));
});

test('is another one in another process, and the same every time in this one', () => {
  assert.deepEqual(of({}), base);
  const elsewhere = createIdentifier(createFakeTokens('other')).identify(
    requestOf(requestText().split('\r\n').slice(0, 7)),
  );
  assert.notDeepEqual(group(elsewhere), group(base));
});

test('does not collide among a hundred thousand much alike, and fills all its bits', () => {
  const seen = new Set<number>();
  let ones = 0;
  const request = requestOf(requestText().split('\r\n').slice(0, 7));
  for (let number = 0; number < 100_000; number += 1) {
    const { groupHigh, groupLow } = identify({ ...plain(request), callId: `c${String(number)}` });
    seen.add((groupHigh >>> 0) * 2 ** 21 + (groupLow >>> 11));
    if ((groupHigh & 1) !== 0) ones += 1;
  }
  assert.equal(seen.size, 100_000);
  assert.ok(ones > 48_000 && ones < 52_000, String(ones));
});

test('the tag of stateless answers has 64 bits of it (RFC 3261 §8.2.7)', () => {
  assert.match(statelessTag(base), /^[0-9a-z]{8,14}$/);
  assert.notEqual(statelessTag(of({ branch: 'z9hG4bKother' })), statelessTag(base));
});

/** The members that are asked for, as plain values: those of a parsed message are getters. */
const plain = (request: ReturnType<typeof requestOf>): ReturnType<typeof requestOf> => ({
  kind: 'request',
  method: request.method,
  uri: request.uri,
  requestUri: request.requestUri,
  headers: request.headers,
  body: request.body,
  via: request.via,
  from: request.from,
  to: request.to,
  callId: request.callId,
  cseq: request.cseq,
  received: request.received,
});
