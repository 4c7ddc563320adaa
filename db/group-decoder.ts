import { codeNull, codeReal, latin1, prefixBytes, utf16, wholeFrom } from './group-encoder.ts';
import { joinKey } from './key.ts';
import type { ColumnValue, RowLayout } from './row-layout.ts';

/** A row within the bytes of a group, whose values are read when they are asked for: most versions are never folded. */
export interface EncodedRow {
  readonly bytes: Buffer;
  /** Where its columns begin in the head, and where in the text. */
  readonly headAt: number;
  readonly textAt: number;
}

export interface GroupVisitor {
  layout(id: number): RowLayout | undefined;
  put(layoutId: number, layout: RowLayout, key: string, row: EncodedRow): void;
  delete(layoutId: number, layout: RowLayout, key: string): void;
}

/** Reads on in a group's bytes; throws a RangeError past their end. */
class Cursor {
  readonly bytes: Buffer;
  readonly #width: number;
  headAt: number;
  textAt: number;

  constructor(bytes: Buffer, headAt: number, textAt: number) {
    this.bytes = bytes;
    this.#width = bytes[4] ?? 0;
    this.headAt = headAt;
    this.textAt = textAt;
  }

  number(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.bytes[this.headAt];
      if (byte === undefined) throw new RangeError('past the end');
      this.headAt += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  }

  column(textual: boolean): ColumnValue {
    const code = this.number();
    if (code === codeNull) return null;
    if (textual) return this.#text(code - wholeFrom);
    if (code !== codeReal) return code - wholeFrom;
    this.headAt += 8;
    return this.bytes.readDoubleLE(this.headAt - 8);
  }

  skip(textual: boolean): void {
    const code = this.number();
    if (textual && code !== codeNull) this.textAt += (code - wholeFrom) * this.#width;
    else if (code === codeReal) this.headAt += 8;
  }

  #text(length: number): string {
    const from = this.textAt;
    this.textAt += length * this.#width;
    return this.bytes.toString(this.#width === utf16 ? 'utf16le' : 'latin1', from, this.textAt);
  }
}

/** The values of a row, in the order of its layout's columns. */
export function valuesOf(row: EncodedRow, layout: RowLayout): ColumnValue[] {
  const cursor = new Cursor(row.bytes, row.headAt, row.textAt);
  return layout.textual.map((textual) => cursor.column(textual));
}

/** Tells the changes of a group in order. @returns what is wrong with it, which only a damaged file can cause */
export function readGroup(bytes: Buffer, visitor: GroupVisitor): string | undefined {
  const width = bytes[4];
  if (bytes.length < prefixBytes || (width !== latin1 && width !== utf16)) return 'a journal row without a head';
  const headEnd = prefixBytes + bytes.readUInt32LE(0);
  const cursor = new Cursor(bytes, prefixBytes, headEnd);
  try {
    while (cursor.headAt < headEnd) {
      const code = cursor.number();
      const layoutId = Math.floor(code / 2);
      const layout = visitor.layout(layoutId);
      if (layout === undefined) return `a journal row of the unknown layout ${String(layoutId)}`;
      if (code % 2 === 0) readPut(cursor, layoutId, layout, visitor);
      else visitor.delete(layoutId, layout, joinKey(layout.key.map(() => cursor.column(true) as string)));
    }
  } catch (error) {
    if (error instanceof RangeError) return 'a journal row that ends too soon';
    throw error;
  }
  return cursor.textAt === bytes.length ? undefined : 'a journal row of another length than its head says';
}

function readPut(cursor: Cursor, layoutId: number, layout: RowLayout, visitor: GroupVisitor): void {
  const row: EncodedRow = { bytes: cursor.bytes, headAt: cursor.headAt, textAt: cursor.textAt };
  const { columns, textual, key } = layout;
  const parts: string[] = new Array<string>(key.length);
  for (let at = 0; at < columns.length; at += 1) {
    const place = key.indexOf(columns[at] ?? '');
    if (place < 0) cursor.skip(textual[at] === true);
    else parts[place] = cursor.column(true) as string;
  }
  visitor.put(layoutId, layout, joinKey(parts), row);
}
