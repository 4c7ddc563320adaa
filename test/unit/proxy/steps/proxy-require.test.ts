import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProxyRequire } from '../../../../proxy/steps/proxy-require.ts';
import { fakeCall } from '../../../support/fake-call.ts';

const step = createProxyRequire(() => new Set(['pref', 'privacy']));

test('names in 420 what is not understood, and only that (RFC 3261 §16.3 step 5)', async () => {
  const verdict = await step.run(fakeCall({ headers: ['Proxy-Require: pref, Foo', 'Proxy-Require: bar'] }));
  assert.ok(typeof verdict === 'object');
  assert.equal(verdict.reply.status, 420);
  assert.deepEqual(verdict.reply.headers, [['Unsupported', 'Foo, bar']]);
});

test('what is understood passes, and Require is no concern of a proxy (RFC 3261 §16.3 step 5)', async () => {
  assert.equal(await step.run(fakeCall({ headers: ['Proxy-Require: Privacy, pref'] })), 'next');
  assert.equal(await step.run(fakeCall({ headers: ['Require: 100rel, foo'] })), 'next');
});
