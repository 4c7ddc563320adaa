import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceOf } from '../../../../sip-stack/wire/source.ts';

test('text and bytes agree, character by byte', () => {
  for (const text of ['', 'abc', '\xff\0', '\u010a\u4e2d']) {
    const source = sourceOf(text);
    assert.equal(Buffer.from(source.bytes).toString('latin1'), source.text);
  }
});
