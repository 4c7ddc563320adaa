import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHops } from '../../../../proxy/steps/hops.ts';
import { requestOf } from '../../../support/sip-text.ts';
import { fakeCall } from '../../../support/fake-call.ts';

const withHops = (hops: string | undefined): ReturnType<typeof fakeCall> => {
  const call = fakeCall();
  const lines = [
    'INVITE sip:alice@example.org SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1',
    ...(hops === undefined ? [] : [`Max-Forwards: ${hops}`]),
    'From: <sip:bob@example.net>;tag=1',
    'To: <sip:alice@example.org>',
    'Call-ID: 1',
    'CSeq: 1 INVITE',
  ];
  return { ...call, incoming: { ...call.incoming, request: requestOf(lines) } };
};

test('no hops left is 483, one or none stated passes (RFC 3261 §16.3 step 3)', async () => {
  const step = createHops();
  const verdict = await step.run(withHops('0'));
  assert.ok(typeof verdict === 'object');
  assert.equal(verdict.reply.status, 483);
  assert.equal(await step.run(withHops('1')), 'next');
  assert.equal(await step.run(withHops(undefined)), 'next');
});
