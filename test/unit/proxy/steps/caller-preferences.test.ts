import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Target } from '../../../../proxy/call.ts';
import { createCallerPreferences } from '../../../../proxy/steps/caller-preferences.ts';
import { fakeCall, type FakeCall, targetOf } from '../../../support/fake-call.ts';

const step = createCallerPreferences({ callerPreferences: true });
const desk = targetOf('sip:desk@h', { q: 500, params: ';audio;video="FALSE"' });
const cell = targetOf('sip:cell@h', { q: 500, params: ';audio;video;mobility="mobile"', device: 'urn:cell' });
const cellToo = { ...cell, uri: 'sip:cell2@h' };
const home = targetOf('sip:home@h', { q: 900 });

const asked = (headers: readonly string[], targets: readonly Target[] = [desk, cell, home]): FakeCall =>
  fakeCall({ headers, targets });
const names = (call: FakeCall): readonly string[] => call.targets.map(({ uri }) => uri.slice(4, -2));

test('leaves out and orders as the caller wishes (RFC 3841 §7.2.4)', async () => {
  const call = asked(['Accept-Contact: *;mobility="mobile"']);
  assert.equal(await step.run(call), 'next');
  assert.deepEqual(names(call), ['home', 'cell', 'desk']);
  const [first, second, third] = call.targets.map(({ q }) => q);
  assert.ok(first !== undefined && second !== undefined && third !== undefined && first > second && second > third);
});

test('nobody left by what the caller told is 480 (RFC 3841 §7.2.4)', async () => {
  const verdict = await step.run(asked(['Accept-Contact: *;video;require'], [desk]));
  assert.ok(typeof verdict === 'object');
  assert.equal(verdict.reply.status, 480);
});

test('too many rules are 400 (RFC 3841 §11)', async () => {
  const verdict = await step.run(asked([`Reject-Contact: ${Array.from({ length: 21 }, () => '*;audio').join(',')}`]));
  assert.ok(typeof verdict === 'object');
  assert.equal(verdict.reply.status, 400);
});

test('no preference applies where no location service was asked (RFC 3841 §7.2)', async () => {
  const call = asked(['Accept-Contact: *;video;require;explicit', 'Request-Disposition: no-cancel'], []);
  assert.equal(await step.run(call), 'next');
  assert.equal(call.cancelOthers, true);
});

test('no preference applies to a user of somebody else, whatever the target (RFC 3841 §7.2)', async () => {
  const call = fakeCall({ uri: 'sip:carol@example.net', headers: ['Reject-Contact: *;audio'], targets: [desk] });
  assert.equal(await step.run(call), 'next');
  assert.deepEqual(call.targets, [desk]);
});

test('no-fork goes to the best device only, over all its flows (RFC 3841 §9.1)', async () => {
  const call = asked(['Request-Disposition: no-fork']);
  await step.run(call);
  assert.deepEqual(names(call), ['home']);
  const flows = asked(['d: no-fork'], [desk, { ...cell, q: 800 }, { ...cellToo, q: 800 }]);
  await step.run(flows);
  assert.deepEqual(names(flows), ['cell', 'cell2']);
});

test('sequential tries one device after another, parallel all at once (RFC 3841 §9.1)', async () => {
  const one = asked(['Request-Disposition: proxy, sequential'], [desk, cell, cellToo, home]);
  await step.run(one);
  assert.deepEqual(names(one), ['home', 'desk', 'cell', 'cell2']);
  assert.deepEqual(
    one.targets.map(({ q }) => q),
    [1000, 999, 998, 998],
  );
  const all = asked(['Request-Disposition: PARALLEL']);
  await step.run(all);
  assert.deepEqual([...new Set(all.targets.map(({ q }) => q))], [1000]);
});

test('recurse and cancel are handed to the proxy (RFC 3841 §9.1)', async () => {
  const call = asked(['Request-Disposition: recurse, no-cancel, queue']);
  await step.run(call);
  assert.equal(call.recurse, true);
  assert.equal(call.cancelOthers, false);
  const other = Object.assign(asked(['Request-Disposition: no-recurse, recurse']), { recurse: true });
  await step.run(other);
  assert.equal(other.recurse, false);
});

test('with redirect the other directives are ignored (RFC 3841 §9.1)', async () => {
  const call = asked(['Request-Disposition: redirect, no-fork, sequential']);
  await step.run(call);
  assert.equal(call.targets.length, 3);
});

test('policy can ignore the caller, not what devices can do (RFC 3841 §7.1)', async () => {
  const strict = createCallerPreferences({ callerPreferences: false });
  const call = asked(['Accept-Contact: *;mobility="mobile";require', 'Request-Disposition: no-fork']);
  await strict.run(call);
  assert.equal(call.targets.length, 3);
  const texting = fakeCall({
    method: 'MESSAGE',
    targets: [targetOf('sip:a@h', { params: ';methods="INVITE"' }), home],
  });
  await strict.run(texting);
  assert.deepEqual(names(texting), ['home']);
});
