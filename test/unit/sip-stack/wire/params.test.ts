import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noParams, paramsBetween, paramToText, plainParamEnd, uriParams } from '../../../../sip-stack/wire/params.ts';
import { sourceOf } from '../../../../sip-stack/wire/source.ts';

const read = (text: string): [string, string | undefined][] | undefined => {
  const params = paramsBetween(sourceOf(text), 0, text.length);
  return params === undefined ? undefined : [...params];
};

test('reads names in lower case, values unquoted, flags without value (RFC 3261 §25.1)', () => {
  assert.deepEqual(read(' ; A = b;lr ;q="x\\"y; ,"'), [
    ['a', 'b'],
    ['lr', undefined],
    ['q', 'x"y; ,'],
  ]);
  assert.deepEqual(read(''), [...noParams]);
});

test('keeps the first of two with one name', () => {
  assert.deepEqual(read(';a=1;A=2'), [['a', '1']]);
});

test('refuses what is no parameter (RFC 4475 §3.1.2.1)', () => {
  for (const text of [';', ';;', ';=a', ';a="b', 'a', ';a=b c', ';a=<b>']) assert.equal(read(text), undefined, text);
});

test('an empty value passes, as phones send it', () => {
  assert.deepEqual(read(';pn-param=;ob'), [
    ['pn-param', ''],
    ['ob', undefined],
  ]);
});

test('URI parameters are unescaped once (RFC 4475 §3.1.1.3)', () => {
  assert.deepEqual(
    [...uriParams(';%6C%72;n%61me=v%61lue%25%34%31')],
    [
      ['lr', undefined],
      ['name', 'value%41'],
    ],
  );
});

test('the plain form is told from the odd ones', () => {
  const end = (text: string): number => plainParamEnd(sourceOf(text).bytes, 0, text.length);
  assert.equal(end(';tag=abc;x'), 8);
  assert.equal(end(';lr'), 3);
  assert.equal(end(';q="x"'), -1);
  assert.equal(end(';tag = abc'), -1);
});

test('writes what it must in quotes and the rest without', () => {
  assert.equal(paramToText('lr', undefined), ';lr');
  assert.equal(paramToText('received', '2001:db8::1'), ';received=2001:db8::1');
  assert.equal(paramToText('x', 'a "b"'), ';x="a \\"b\\""');
  assert.equal(paramToText('x', ''), ';x=""');
});
