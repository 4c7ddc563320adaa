import { lower } from '../sip-stack/wire/chars.ts';
import { VIA } from '../sip-stack/wire/header-names.ts';
import type { IndexedHeaders } from '../sip-stack/wire/headers.ts';
import { lineStride, longName } from '../sip-stack/wire/headers.ts';
import type { WireText } from '../sip-stack/wire/message.ts';
import type { HeaderSection } from '../sip-stack/wire/section.ts';
import { belowTopVia, lineEndOf, lineStartOf } from '../sip-stack/wire/section.ts';
import { headerSafe } from '../sip-stack/wire/text.ts';
import type { HeaderEdits } from './call.ts';

/** What is to become of the lines of one name. */
interface Change {
  /** Lower case, long form. */
  readonly name: string;
  /** Complete lines that take the place of the first; '' to remove. */
  readonly lines: WireText;
  /** Whether `lines` were written. */
  written: boolean;
}

/** Edits as they are collected; applied while the lines are written. */
export class CollectedEdits implements HeaderEdits {
  /** Complete lines to stand before all others. */
  before: WireText = '';
  /** Complete lines to stand after all others. */
  after: WireText = '';
  private changes: Change[] | undefined = undefined;

  remove(name: string): void {
    this.add({ name, lines: '', written: true });
  }

  prepend(name: string, value: WireText): void {
    this.before = lineOf(name, value) + this.before;
  }

  append(name: string, value: WireText): void {
    this.after += lineOf(name, value);
  }

  replace(name: string, values: readonly WireText[]): void {
    const lines = values.map((value) => lineOf(name, value)).join('');
    this.add({ name: lower(name), lines, written: false });
  }

  /** To be called before each writing: a request that forks is written several times. */
  begin(): void {
    for (const change of this.changes ?? []) change.written = change.lines === '';
  }

  /** Whether lines that were received are to be changed. */
  get changesLines(): boolean {
    return this.changes !== undefined;
  }

  get isEmpty(): boolean {
    return this.changes === undefined && this.before === '' && this.after === '';
  }

  /** What stands in place of the line at this place of the index; undefined when it stays as it is. */
  insteadOf(headers: IndexedHeaders, at: number): WireText | undefined {
    const name = longName(headers.nameAt(at), headers.numberAt(at));
    const change = this.changes?.findLast((each) => each.name === name);
    if (change === undefined) return undefined;
    if (change.written) return '';
    change.written = true;
    return change.lines;
  }

  /** Lines that replace what was not there to be replaced. */
  get leftOver(): WireText {
    return this.changes?.map((change) => (change.written ? '' : change.lines)).join('') ?? '';
  }

  private add(change: Change): void {
    this.changes ??= [];
    this.changes.push(change);
  }
}

const lineOf = (name: string, value: WireText): WireText => `${name}: ${headerSafe(value)}\r\n`;

/** The lines of a response without its topmost Via (RFC 3261 §16.7 step 3), edits applied: one pass as in forward.ts. */
export function editedLines(section: HeaderSection, edits: CollectedEdits): WireText {
  edits.begin();
  const { headers, start, end } = section;
  const { text } = headers;
  const via = headers.lineOf(VIA, 0);
  let written = edits.before;
  let from = start;
  for (let at = 0; at < headers.index.length; at += lineStride) {
    const instead = at === via ? belowTopVia(section, at) : edits.insteadOf(headers, at);
    if (instead === undefined) continue;
    written += text.slice(from, lineStartOf(headers, at)) + instead;
    from = lineEndOf(section, at);
  }
  return written + text.slice(from, end) + edits.leftOver + edits.after;
}
