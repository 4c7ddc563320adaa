import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMeter } from '../../../../kernel/meter.ts';
import { createLoopHash } from '../../../../proxy/loop-hash.ts';
import { createLoop } from '../../../../proxy/steps/loop.ts';
import { fakeCall, type FakeCallParts } from '../../../support/fake-call.ts';

const loopHash = createLoopHash('ours');
const meter = createMeter();
const step = createLoop({ loopHash, meter });

/** The branch that we give a request when we send it on, as a Via beneath that of the next hop. */
const passedThrough = (parts: FakeCallParts): readonly string[] => {
  const branch = `z9hG4bKunique${loopHash(fakeCall(parts).incoming.request)}`;
  return [`Via: SIP/2.0/UDP 192.0.2.1:5060;branch=${branch}`, 'Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKfirst'];
};
const comingBack = (parts: FakeCallParts, sent: FakeCallParts = parts): FakeCallParts => ({
  ...parts,
  headers: [...(parts.headers ?? []), ...passedThrough(sent)],
});

test('a request that comes back as it left is a loop, 482 (RFC 5393 §4.2.2)', async () => {
  const verdict = await step.run(fakeCall(comingBack({})));
  assert.ok(typeof verdict === 'object');
  assert.equal(verdict.reply.status, 482);
  assert.equal(meter.samples().find(({ name }) => name === 'pharos_proxy_loops_total')?.value, 1);
});

test('with another Request-URI, Route or preference it is a spiral and passes (RFC 5393 §4.2.2)', async () => {
  assert.equal(await step.run(fakeCall(comingBack({ uri: 'sip:carol@example.org' }, {}))), 'next');
  assert.equal(await step.run(fakeCall(comingBack({ headers: ['Route: <sip:p.example.org;lr>'] }, {}))), 'next');
  assert.equal(await step.run(fakeCall(comingBack({ headers: ['Accept-Contact: *;audio'] }, {}))), 'next');
});

test('a loop shows through the Via values of others, whatever they hold (RFC 5393 §4.2.4)', async () => {
  const [ours = '', first = ''] = passedThrough({});
  const odd = 'Via: SIP / 2.0 / TLS p.example.net;unknown;novalue=;q="a,b\\"c;branch=x";branch=z9hG4bK1';
  const verdict = await step.run(fakeCall({ headers: [odd, ours, first] }));
  assert.ok(typeof verdict === 'object');
  assert.equal(verdict.reply.status, 482);
});

test('a loop shows in the second value of one Via line (RFC 5393 §4.2.2)', async () => {
  const [ours = ''] = passedThrough({});
  const verdict = await step.run(
    fakeCall({ headers: [`Via: SIP/2.0/UDP p.example.net;branch=z9hG4bK2, ${ours.slice(5)}`] }),
  );
  assert.ok(typeof verdict === 'object');
  assert.equal(verdict.reply.status, 482);
});

test('the Via of a stranger who computes hashes as we do is not ours (RFC 5393 §4.2.2)', async () => {
  const theirs = createLoopHash('theirs')(fakeCall().incoming.request);
  const via = `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKunique${theirs}`;
  assert.equal(await step.run(fakeCall({ headers: [via] })), 'next');
});
