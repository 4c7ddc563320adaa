import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Target } from '../../../proxy/call.ts';
import type { CallerPreferences } from '../../../proxy/caller-preferences.ts';
import { preferencesOf, preferTargets, scoreOf } from '../../../proxy/caller-preferences.ts';
import { featuresIn } from '../../../proxy/features.ts';
import { fakeCall, targetOf } from '../../support/fake-call.ts';

function preferences(headers: readonly string[], method = 'INVITE'): CallerPreferences {
  const read = preferencesOf(fakeCall({ method, headers }).incoming.request);
  if (!read.ok) throw new Error(read.fault);
  return read.value;
}

/** The five contacts of the example (RFC 3841 §7.2.5). */
const contacts = {
  u1: targetOf('sip:u1@h.example.com', { params: ';audio;video;methods="INVITE,BYE"', q: 200 }),
  u2: targetOf('sip:u2@h.example.com', { params: ';audio="FALSE";methods="INVITE";actor="msg-taker"', q: 200 }),
  u3: targetOf('sip:u3@h.example.com', { params: ';audio;actor="msg-taker";methods="INVITE";video', q: 300 }),
  u4: targetOf('sip:u4@h.example.com', { params: ';audio;methods="INVITE,OPTIONS"', q: 200 }),
  u5: targetOf('sip:u5@h.example.com', { q: 500 }),
};
const wishes = [
  'Reject-Contact: *;actor="msg-taker";video',
  'Accept-Contact: *;audio;require',
  'Accept-Contact: *;video;explicit',
  'Accept-Contact: *;methods="BYE";class="business";q=1.0',
];
const users = (targets: readonly Target[]): readonly string[] => targets.map(({ uri }) => uri.slice(4, 6));
const score = (wished: CallerPreferences, { params }: Target): number | undefined =>
  scoreOf(wished, featuresIn(params));

test('scores the contacts of the example as it says (RFC 3841 §7.2.5)', () => {
  const wished = preferences(wishes);
  assert.equal(score(wished, contacts.u1)?.toFixed(2), '0.83');
  assert.equal(score(wished, contacts.u2), undefined);
  assert.equal(score(wished, contacts.u3), undefined);
  assert.equal(score(wished, contacts.u4), 0.5);
  assert.equal(score(wished, contacts.u5), 1);
});

test('orders the contacts of the example u5, u1, u4 (RFC 3841 §7.2.5)', () => {
  const ordered = preferTargets(preferences(wishes), Object.values(contacts));
  assert.deepEqual(users(ordered), ['u5', 'u1', 'u4']);
  const [first, second, third] = ordered.map(({ q }) => q);
  assert.ok(first !== undefined && second !== undefined && third !== undefined && first > second && second > third);
});

test("the callee's q goes before the caller's wish (RFC 3841 §7.2.4)", () => {
  const dull = targetOf('sip:d1@h', { params: ';audio', q: 900 });
  const fit = targetOf('sip:f1@h', { params: ';audio;video', q: 800 });
  assert.deepEqual(users(preferTargets(preferences(['Accept-Contact: *;video']), [fit, dull])), ['d1', 'f1']);
});

test('require and explicit as figure 1 has them (RFC 3841 §7.2.4)', () => {
  const silent = targetOf('sip:s@h', { params: ';audio' });
  const unfit = targetOf('sip:u@h', { params: ';audio;video="FALSE"' });
  const fit = targetOf('sip:f@h', { params: ';audio;video' });
  const scores = (rule: string): readonly (number | undefined)[] =>
    [silent, unfit, fit].map((target) => score(preferences([`Accept-Contact: *;audio;video${rule}`]), target));
  assert.deepEqual(scores(''), [0.5, 0, 1]);
  assert.deepEqual(scores(';explicit'), [0, 0, 1]);
  assert.deepEqual(scores(';require'), [0.5, undefined, 1]);
  assert.deepEqual(scores(';require;explicit'), [undefined, undefined, 1]);
});

test('Reject-Contact shuts out only who says he is so (RFC 3841 §7.2.4)', () => {
  const wished = preferences(['Reject-Contact: *;automata']);
  assert.equal(score(wished, targetOf('sip:a@h', { params: ';automata' })), undefined);
  assert.equal(score(wished, targetOf('sip:b@h', { params: ';automata="FALSE"' })), 1);
  assert.equal(score(wished, targetOf('sip:c@h', { params: ';audio' })), 1);
});

test('a wish without feature tags changes nothing', () => {
  const only = targetOf('sip:a1@h', { params: ';audio' });
  assert.deepEqual(users(preferTargets(preferences(['Reject-Contact: *', 'Accept-Contact: *']), [only])), ['a1']);
});

test('method and event package are implied where nothing is said (RFC 3841 §7.2.2)', () => {
  const phone = targetOf('sip:p1@h', { params: ';methods="INVITE,ACK"' });
  const chat = targetOf('sip:c1@h', { params: ';methods="MESSAGE,SUBSCRIBE";events="presence"' });
  const plain = targetOf('sip:x1@h');
  assert.deepEqual(users(preferTargets(preferences([], 'MESSAGE'), [phone, chat, plain])), ['c1', 'x1']);
  const dialog = preferences(['Event: dialog;id=7'], 'SUBSCRIBE');
  assert.deepEqual(users(preferTargets(dialog, [phone, chat, plain])), ['x1']);
  const presence = preferences(['Event: presence'], 'SUBSCRIBE');
  assert.deepEqual(users(preferTargets(presence, [phone, chat, plain])), ['c1', 'x1']);
});

test('what is implied keeps the q of the callee, and all targets when none can (RFC 3841 §7.2.4)', () => {
  const phone = targetOf('sip:p1@h', { params: ';methods="INVITE"', q: 300 });
  const other = targetOf('sip:o1@h', { params: ';methods="INVITE"', q: 700 });
  assert.deepEqual(preferTargets(preferences([], 'MESSAGE'), [phone, other]), [phone, other]);
  assert.deepEqual(preferTargets(preferences([], 'INVITE'), [phone, other]), [other, phone]);
});

test('what is told can leave nobody (RFC 3841 §7.2.4)', () => {
  const phone = targetOf('sip:p1@h', { params: ';audio;video="FALSE"' });
  assert.deepEqual(preferTargets(preferences(['Accept-Contact: *;video;require']), [phone]), []);
});

test('reads compact forms and several values of one line (RFC 3841 §9.2)', () => {
  const wished = preferences(['a: *;audio;require, *;video', 'j: *;automata']);
  assert.equal(wished.accept.length, 2);
  assert.equal(wished.reject.length, 1);
  assert.equal(wished.accept[0]?.require, true);
});

test('more than twenty rules are refused (RFC 3841 §11)', () => {
  const many = (count: number): boolean =>
    preferencesOf(
      fakeCall({ headers: [`Accept-Contact: ${Array.from({ length: count }, () => '*;audio').join(',')}`] }).incoming
        .request,
    ).ok;
  assert.equal(many(20), true);
  assert.equal(many(21), false);
});

test('a malformed value is no preference', () => {
  assert.equal(preferences(['Accept-Contact: sip:alice@example.org;audio, *;=, *;video']).accept.length, 1);
});
