import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseContacts } from '../../../../sip-stack/wire/contact.ts';
import { faultIn, registerBytes, soundRequest, valueOf } from './support.ts';

const contacts = (lines: readonly string[]): ReturnType<typeof parseContacts> =>
  parseContacts(soundRequest(registerBytes(lines)).headers);

test('reads all contacts of all lines, long and compact (RFC 3261 §20.10)', () => {
  const read = valueOf(contacts(['Contact: <sip:a@h>;q=0.5, sip:b@h;expires=60', 'm: "C" <sip:c@h>']));
  assert.ok(read !== '*');
  assert.deepEqual(
    read.map(({ uri }) => uri.user),
    ['a', 'b', 'c'],
  );
  assert.equal(read[1]?.params.get('expires'), '60');
});

test('the star stands alone (RFC 3261 §10.2.2)', () => {
  assert.equal(valueOf(contacts(['Contact: *'])), '*');
  const lenient = { ...{ all: () => ['<sip:a@h>', '*'] }, first: () => undefined, has: () => true, lines: () => [] };
  assert.ok(!parseContacts(lenient).ok);
});

test('no Contact means none', () => {
  assert.deepEqual(valueOf(contacts([])), []);
});

test('a folded Contact is read, and what was read is remembered', () => {
  const { headers } = soundRequest(registerBytes(['Contact:', ' <sip:a@h>', '  ;expires=5']));
  const read = valueOf(parseContacts(headers));
  assert.ok(read !== '*');
  assert.equal(read[0]?.params.get('expires'), '5');
  assert.equal(valueOf(parseContacts(headers)), read);
});

test('a malformed Contact is a fault', () => {
  const headers = { all: () => ['sip:a@b?x=y'], first: () => undefined, has: () => true, lines: () => [] };
  assert.equal(faultIn(parseContacts(headers)), 'malformed parameter');
});
