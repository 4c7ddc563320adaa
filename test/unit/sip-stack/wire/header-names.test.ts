import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  listsFrom,
  numberAt,
  numberOf,
  spellingOf,
  tokenEnd,
  UNKNOWN,
} from '../../../../sip-stack/wire/header-names.ts';

const at = (name: string): number => {
  const bytes = Buffer.from(`..${name}:`, 'latin1');
  return numberAt(bytes, 2, tokenEnd(bytes, 2, bytes.length));
};

test('knows every name in any case, and no other', () => {
  let number = 1;
  for (; spellingOf(number) !== ''; number += 1) {
    const name = spellingOf(number);
    assert.equal(numberOf(name.toLowerCase()), number);
    assert.equal(at(name), number, name);
    assert.equal(at(name.toUpperCase()), number, name);
    assert.equal(at(`${name}x`), UNKNOWN);
    assert.equal(at(name.slice(0, -1).padEnd(name.length, '~')), UNKNOWN);
  }
  assert.ok(number > 80 && listsFrom < 31);
});

test('knows the compact forms (RFC 3261 §7.3.3, and those of the IANA registry)', () => {
  const forms = 'abcdefijklmnorstuvxy';
  const names = Array.from(forms, (letter) => spellingOf(at(letter)));
  assert.deepEqual(names, [
    'Accept-Contact',
    'Referred-By',
    'Content-Type',
    'Request-Disposition',
    'Content-Encoding',
    'From',
    'Call-ID',
    'Reject-Contact',
    'Supported',
    'Content-Length',
    'Contact',
    'Identity-Info',
    'Event',
    'Refer-To',
    'Subject',
    'To',
    'Allow-Events',
    'Via',
    'Session-Expires',
    'Identity',
  ]);
  assert.equal(at('V'), numberOf('via'));
  for (const letter of ['g', 'h', 'p', 'q', 'w', 'z', '~', '`', '1', '-']) assert.equal(at(letter), UNKNOWN, letter);
});
