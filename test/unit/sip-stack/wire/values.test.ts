import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../../kernel/limits.ts';
import { parseDeltaSeconds, parseTokenList, splitList } from '../../../../sip-stack/wire/values.ts';

test('splits at commas outside quotes and brackets (RFC 3261 §7.3.1)', () => {
  assert.deepEqual(splitList(' a , "b,\\",c" ,<sip:d,e>,, f '), ['a', '"b,\\",c"', '<sip:d,e>', 'f']);
  assert.deepEqual(splitList('one'), ['one']);
  assert.deepEqual(splitList(''), []);
  assert.deepEqual(splitList('a,"never closed, b'), ['a', '"never closed, b']);
});

test('cuts no more parts than the bound', () => {
  assert.equal(splitList('x,'.repeat(5000)).length, limits.headerValuesMax);
});

test('joins the tokens of several lines', () => {
  assert.deepEqual(parseTokenList(['path, gruu', 'outbound']), ['path', 'gruu', 'outbound']);
  assert.deepEqual(parseTokenList([]), []);
});

test('reads seconds, and takes too many for the most there can be (RFC 3261 §20.19)', () => {
  assert.equal(parseDeltaSeconds(' 3600 '), 3600);
  assert.equal(parseDeltaSeconds('0'), 0);
  assert.equal(parseDeltaSeconds('4294967295'), 4_294_967_295);
  assert.equal(parseDeltaSeconds('4294967296'), 4_294_967_295);
  assert.equal(parseDeltaSeconds('1'.repeat(400)), 4_294_967_295);
  for (const text of ['', ' ', '-1', '1.5', '1x', '0x10', '1 2'])
    assert.equal(parseDeltaSeconds(text), undefined, text);
});
