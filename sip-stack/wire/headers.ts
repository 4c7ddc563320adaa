import type { Result } from '../../kernel/result.ts';
import { lower, skip, TOKEN } from './chars.ts';
import { numberOf, spellingOf, UNKNOWN } from './header-names.ts';
import type { HeaderLine, Headers } from './message.ts';
import type { NameAddr } from './name-addr.ts';
import type { Source } from './source.ts';
import type { WireText } from './text.ts';

/** Figures that one line takes in the index: its name, value start, value end. */
export const lineStride = 3;
/** The name is its number in the low bits, `FOLDED` for a value with line ends in it, and its position above. */
export const FOLDED = 128;
export const nameShift = 8;
const numberBits = FOLDED - 1;

/**
 * The header section as text and the positions of its lines: values are cut out when asked for. A class, because every
 * message makes one and most of its lines are never read.
 */
export class IndexedHeaders implements Headers, Source {
  /** Begins with the header section; may go on after it. */
  readonly text: WireText;
  readonly bytes: Uint8Array;
  /** `lineStride` numbers for each line. */
  readonly index: readonly number[];
  /** A bit for each of the numbers below `listsFrom` that has a line, and one for each that has two. */
  readonly seen: number;
  readonly repeated: number;
  /** What `parseContacts` made of the Contact lines, kept here because several parts of the server ask. */
  contacts: Result<'*' | readonly NameAddr[], string> | undefined = undefined;

  constructor(source: Source, index: readonly number[], seen: number, repeated: number) {
    this.text = source.text;
    this.bytes = source.bytes;
    this.index = index;
    this.seen = seen;
    this.repeated = repeated;
  }

  first(name: string): WireText | undefined {
    const at = this.find(name, 0);
    return at < 0 ? undefined : this.valueAt(at);
  }

  all(name: string): readonly WireText[] {
    const values: WireText[] = [];
    for (let at = this.find(name, 0); at >= 0; at = this.find(name, at + lineStride)) values.push(this.valueAt(at));
    return values;
  }

  has(name: string): boolean {
    return this.find(name, 0) >= 0;
  }

  *lines(): Generator<HeaderLine> {
    for (let at = 0; at < this.index.length; at += lineStride) {
      yield { name: this.nameAt(at), value: this.valueAt(at) };
    }
  }

  /** Place in the index of the first line of this number from `from` on; -1 when there is none. */
  lineOf(number: number, from: number): number {
    const { index } = this;
    for (let at = from; at < index.length; at += lineStride) {
      if (((index[at] ?? 0) & numberBits) === number) return at;
    }
    return -1;
  }

  /** Name of the line at this place of the index, as written. */
  nameAt(at: number): string {
    const start = (this.index[at] ?? 0) >>> nameShift;
    return this.text.slice(start, skip(this.bytes, start, this.text.length, TOKEN));
  }

  /** Value of the line at this place of the index. */
  valueAt(at: number): WireText {
    const value = this.text.slice(this.startOf(at), this.endOf(at));
    return this.isFolded(at) ? unfold(value) : value;
  }

  /** Number of the name of the line at this place of the index. */
  numberAt(at: number): number {
    return (this.index[at] ?? 0) & numberBits;
  }

  /** Where the value of the line at this place of the index begins in the text. */
  startOf(at: number): number {
    return this.index[at + 1] ?? 0;
  }

  /** Where it ends. */
  endOf(at: number): number {
    return this.index[at + 2] ?? 0;
  }

  isFolded(at: number): boolean {
    return ((this.index[at] ?? 0) & FOLDED) !== 0;
  }

  private find(name: string, from: number): number {
    const number = numberOf(name);
    return number === UNKNOWN ? this.findUnknown(name, from) : this.lineOf(number, from);
  }

  private findUnknown(name: string, from: number): number {
    let at = this.lineOf(UNKNOWN, from);
    while (at >= 0 && lower(this.nameAt(at)) !== name) at = this.lineOf(UNKNOWN, at + lineStride);
    return at;
  }
}

/** The long name in lower case that `name`, in any case, long or compact, stands for. */
export function longName(name: string, number: number): string {
  return lower(number === UNKNOWN ? name : spellingOf(number));
}

/** Each line end with the white space around it becomes one space (RFC 3261 §7.3.1). */
export function unfold(value: string): WireText {
  // Split at the line ends, not matched together with the white space: that would take quadratic time on a long run of it.
  return value
    .split(/\r?\n|\r/)
    .map((line) => line.trim())
    .join(' ');
}
