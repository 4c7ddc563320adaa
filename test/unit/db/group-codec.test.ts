import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { GroupVisitor } from '../../../db/group-decoder.ts';
import { readGroup, valuesOf } from '../../../db/group-decoder.ts';
import { GroupEncoder } from '../../../db/group-encoder.ts';
import type { RowLayout } from '../../../db/row-layout.ts';

const layout: RowLayout = {
  name: 'things',
  columns: ['body', 'id', 'count', 'part', 'note'],
  textual: [true, true, false, true, true],
  key: ['part', 'id'],
};

function decode(bytes: Buffer, known = 7): { readonly seen: unknown[]; readonly fault: string | undefined } {
  const seen: unknown[] = [];
  const visitor: GroupVisitor = {
    layout: (id) => (id === known ? layout : undefined),
    put: (id, found, key, row) => void seen.push([id, key, valuesOf(row, found)]),
    delete: (id, _found, key) => void seen.push([id, key]),
  };
  return { fault: readGroup(bytes, visitor), seen };
}

const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 300,
});
const anyText = fc.oneof(latin1, fc.string({ unit: 'grapheme' }), fc.constant('\ud800'));
const keyText = fc.string({ maxLength: 200 }).map((text) => text.replaceAll('\0', ''));
const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0)),
  fc.constantFrom(0, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1, 2 ** 53),
);
const row = fc.record({
  body: anyText,
  id: keyText,
  count: number,
  part: keyText,
  note: fc.option(anyText),
});

describe('the bytes of a group', () => {
  it('are read as they were written, whatever the values', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(row, fc.boolean())), (changes) => {
        const encoder = new GroupEncoder();
        const wanted = changes.map(([one, deleted]) => {
          const key = `${one.part}\0${one.id}`;
          if (deleted) encoder.delete(7, layout, key);
          else encoder.put(7, layout, one);
          return deleted ? [7, key] : [7, key, [one.body, one.id, one.count, one.part, one.note]];
        });
        const { seen, fault } = decode(encoder.toBuffer());
        assert.equal(fault, undefined);
        assert.deepEqual(seen, wanted);
      }),
      { numRuns: 300 },
    );
  });

  it('are the same from values as from a row, and none are left after clear', () => {
    const [fromRow, fromValues] = [new GroupEncoder(), new GroupEncoder()];
    const one = { body: 'x', id: 'i', count: 3, part: 'p', note: null };
    fromRow.put(7, layout, { ...one, body: 'earlier' });
    fromRow.clear();
    assert.ok(fromRow.empty);
    fromRow.put(7, layout, one);
    fromValues.putValues(7, layout, ['x', 'i', 3, 'p', null]);
    assert.deepEqual(fromRow.toBuffer(), fromValues.toBuffer());
  });

  it('of an unknown layout or cut short are a fault, never an exception', () => {
    const encoder = new GroupEncoder();
    encoder.put(7, layout, { body: 'some text', id: 'i', count: 1.5, part: 'p', note: null });
    const bytes = encoder.toBuffer();
    assert.match(decode(bytes, 8).fault ?? '', /unknown layout 7/);
    for (let length = 0; length < bytes.length; length += 1)
      assert.ok(decode(bytes.subarray(0, length)).fault !== undefined);
  });
});
