import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unfold } from '../../../../sip-stack/wire/headers.ts';
import { registerBytes, soundRequest } from './support.ts';

const { headers } = soundRequest(
  registerBytes([
    'k: path',
    'X-Own:one',
    'Supported: gruu,',
    '\t outbound',
    'x-OWN : two  ',
    'Subject:',
    'i-am: not i',
  ]),
);

test('asks by long name in lower case, whatever was written (RFC 3261 §7.3.1, §7.3.3)', () => {
  assert.equal(headers.first('supported'), 'path');
  assert.deepEqual(headers.all('supported'), ['path', 'gruu, outbound']);
  assert.equal(headers.first('call-id'), '843817@192.0.2.10');
});

test('finds names that are in no list', () => {
  assert.deepEqual(headers.all('x-own'), ['one', 'two']);
  assert.equal(headers.first('i-am'), 'not i');
  assert.equal(headers.has('x-other'), false);
  assert.deepEqual(headers.all('x-other'), []);
});

test('an empty value is not a missing one', () => {
  assert.equal(headers.first('subject'), '');
  assert.ok(headers.has('subject'));
  assert.equal(headers.first('expires'), undefined);
});

test('gives every line in order, names as written', () => {
  const names = [...headers.lines()].map(({ name }) => name);
  assert.deepEqual(names.slice(6), ['k', 'X-Own', 'Supported', 'x-OWN', 'Subject', 'i-am']);
});

test('a fold becomes one space (RFC 3261 §7.3.1)', () => {
  assert.equal(unfold('a  \r\n \t b\r\n\tc'), 'a b c');
  assert.equal(unfold('a\n b'), 'a b');
});
