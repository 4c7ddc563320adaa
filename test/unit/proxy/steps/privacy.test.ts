import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Audience } from '../../../../proxy/steps/audience.ts';
import { createPrivacy } from '../../../../proxy/steps/privacy.ts';
import { fakeCall, type FakeCall } from '../../../support/fake-call.ts';

async function run(
  headers: readonly string[],
  audience: Audience = 'other',
): Promise<{ readonly call: FakeCall; readonly answer: string }> {
  const call = fakeCall({ headers });
  const verdict = await createPrivacy(() => audience).run(call);
  const answer =
    typeof verdict === 'object' ? `${String(verdict.reply.status)} ${String(verdict.reply.reason)}` : verdict;
  return { call, answer };
}

test('what is critical and cannot be done is 500, and says what (RFC 3323 §5)', async () => {
  assert.equal((await run(['Privacy: header;session;critical'])).answer, '500 Privacy Failure: header session');
  assert.equal((await run(['Privacy: user;id;critical'])).answer, '500 Privacy Failure: user');
  assert.equal((await run(['Privacy: id;critical'])).answer, 'next');
  assert.equal((await run(['Privacy: header;session'])).answer, 'next');
});

test('none leaves everything as it is (RFC 3323 §5)', async () => {
  const { call, answer } = await run(['Privacy: none', 'Subject: secret']);
  assert.equal(answer, 'next');
  assert.deepEqual(call.edits.log, []);
});

test('id is struck off once it is done, with the header and its option tag (RFC 3323 §5)', async () => {
  assert.deepEqual((await run(['Privacy: id'])).call.edits.log, ['remove privacy']);
  assert.deepEqual((await run(['Privacy: id;critical', 'Proxy-Require: privacy'])).call.edits.log, [
    'remove privacy',
    'remove proxy-require',
  ]);
  assert.deepEqual((await run(['Privacy: id', 'Proxy-Require: pref, Privacy'])).call.edits.log, [
    'remove privacy',
    'replace Proxy-Require: pref',
  ]);
  assert.deepEqual((await run(['Privacy: header;id'])).call.edits.log, ['replace Privacy: header']);
});

test('within the trust domain id stays for those who come after (RFC 3325 §7)', async () => {
  assert.deepEqual((await run(['Privacy: id', 'Proxy-Require: privacy'], 'trusted')).call.edits.log, []);
});

test('user takes away what only informs (RFC 3323 §5.3)', async () => {
  const { call } = await run(['Privacy: user', 'Subject: secret', 'User-Agent: phone', 'Organization: Acme']);
  assert.deepEqual(call.edits.log, ['remove subject', 'remove organization', 'remove user-agent']);
});
