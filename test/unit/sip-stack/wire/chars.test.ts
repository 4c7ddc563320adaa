import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  lower,
  quote,
  skipEscaped,
  skipQuoted,
  spells,
  unescape,
  unquote,
  USER,
} from '../../../../sip-stack/wire/chars.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

test('an escape is a percent sign and two hex digits, resolved once (RFC 3261 §25.1)', () => {
  assert.equal(unescape('%41%2541%zz%'), 'A%41%zz%');
  assert.equal(skipEscaped(bytes('a%41b%4'), 0, 7, USER), 5);
  assert.equal(skipEscaped(bytes('%41'), 0, 3, USER), 3);
});

test('a quoted string ends at a quote that is not escaped, and never spans lines (RFC 3261 §25.1)', () => {
  assert.equal(skipQuoted(bytes('"a\\"b"c'), 0, 7), 6);
  assert.equal(skipQuoted(bytes('"a\\'), 0, 3), -1);
  assert.equal(skipQuoted(bytes('"a\r\n"'), 0, 5), -1);
  assert.equal(unquote('a\\"b\\\\'), 'a"b\\');
  assert.equal(quote('a"b\\'), '"a\\"b\\\\"');
});

test('case is folded for ASCII letters alone', () => {
  assert.equal(lower('ABC-xyz\xc4'), 'abc-xyz\xc4');
  assert.ok(spells(bytes('xBranch='), 1, 'branch='));
  assert.ok(!spells(bytes('tag'), 0, 'tag='));
  assert.ok(!spells(bytes('ta\x07='), 0, 'tag='));
});
