import { limits } from '../../kernel/limits.ts';
import { listsFrom, numberAt, tokenEnd, UNKNOWN } from './header-names.ts';
import { FOLDED, IndexedHeaders, lineStride, nameShift } from './headers.ts';
import type { Source } from './source.ts';
import { sourceOf } from './source.ts';

const SP = 0x20;
const TAB = 0x09;
const CR = 0x0d;
const LF = 0x0a;
/** White space looked at before and after a value that is too large. */
const whiteSpaceMax = 256;

/**
 * The one pass over a header section. One object is used for every message, and read out before the next is scanned (nothing
 * here is asynchronous): it spares each message a growing array.
 */
export class HeaderScan {
  /** First fault met; the scan goes on past it, so that the request can be answered. */
  fault: string | undefined = undefined;
  /** Position after the empty line. */
  end = 0;
  private seen = 0;
  private repeated = 0;
  private used = 0;
  private bareLineFeeds = false;
  private readonly lines: number[] = new Array<number>(limits.headerLinesMax * lineStride).fill(0);

  /**
   * Scans the lines from `at` to the empty line or the end of the text. A section that ends with its last line and no empty
   * one is taken for complete; a line that does not end is not.
   *
   * @param bareLineFeeds  whether the start line ended in LF alone, so that the others may too
   */
  run(source: Source, at: number, bareLineFeeds: boolean): void {
    const { bytes, text } = source;
    const end = text.length;
    this.fault = undefined;
    this.seen = 0;
    this.repeated = 0;
    this.used = 0;
    this.bareLineFeeds = bareLineFeeds;
    let here = at;
    while (here < end) {
      const lineFeed = bytes[here] === CR && here + 1 < end ? here + 1 : here;
      if (bytes[lineFeed] === LF && (lineFeed > here || bareLineFeeds)) {
        here = lineFeed + 1;
        break;
      }
      if (this.used >= this.lines.length) {
        this.blame('Too Many Header Lines');
        break;
      }
      here = this.line(source, here, end);
    }
    this.end = here;
  }

  /** The lines scanned. */
  headers(source: Source): IndexedHeaders {
    return new IndexedHeaders(source, this.lines.slice(0, this.used), this.seen, this.repeated);
  }

  /** Scans one header line with its continuations; returns the position of the next. */
  private line(source: Source, at: number, end: number): number {
    const { bytes, text } = source;
    const nameEnd = tokenEnd(bytes, at, end);
    let start = nameEnd;
    while (start < end && (bytes[start] === SP || bytes[start] === TAB)) start += 1;
    const isNamed = nameEnd > at && start < end && bytes[start] === 0x3a;
    if (!isNamed) this.blame('Malformed Header Line');
    start += isNamed ? 1 : 0;
    let lineFeed = text.indexOf('\n', start);
    if (lineFeed > 0 && bytes[lineFeed - 1] !== CR) this.bareLineFeed();
    let isFolded = false;
    let lines = 1;
    // A line that begins with white space continues the one before (RFC 3261 §7.3.1).
    while (lineFeed >= 0 && lineFeed + 1 < end && (bytes[lineFeed + 1] === SP || bytes[lineFeed + 1] === TAB)) {
      isFolded = true;
      lines += 1;
      if (lines > limits.headerLinesMax) {
        this.blame('Too Many Header Lines');
        return end;
      }
      lineFeed = text.indexOf('\n', lineFeed + 1);
      if (lineFeed > 0 && bytes[lineFeed - 1] !== CR) this.bareLineFeed();
    }
    if (lineFeed < 0) this.blame('Unterminated Header Section');
    const next = lineFeed < 0 ? end : lineFeed + 1;
    if (isNamed) this.add(bytes, at, nameEnd, start, next, isFolded);
    return next;
  }

  private add(bytes: Uint8Array, at: number, nameEnd: number, from: number, next: number, isFolded: boolean): void {
    let start = from;
    let stop = next;
    const isLarge = next - from > limits.headerValueBytesMax;
    // Of a line that may be refused only so much is looked at: it is left out when that is all white space.
    const most = isLarge ? from + whiteSpaceMax : next;
    while (start < stop && start <= most && isSpace(bytes[start])) start += 1;
    const least = isLarge ? next - whiteSpaceMax : start;
    while (stop > start && stop >= least && isSpace(bytes[stop - 1])) stop -= 1;
    if (isLarge && stop - start > limits.headerValueBytesMax) {
      this.blame('Header Field Too Large');
      if (start > most || stop < least) return;
    }
    const number = numberAt(bytes, at, nameEnd);
    const { lines, used } = this;
    lines[used] = (at << nameShift) | (isFolded ? number | FOLDED : number);
    lines[used + 1] = start;
    lines[used + 2] = stop;
    this.used = used + lineStride;
    if (number >= listsFrom || number === UNKNOWN) return;
    const bit = 1 << number;
    this.repeated |= this.seen & bit;
    this.seen |= bit;
  }

  /** Alone it ends the line for some readers and not for others: allowed only where every line ends so. */
  private bareLineFeed(): void {
    if (!this.bareLineFeeds) this.blame('Bare Line Feed');
  }

  private blame(fault: string): void {
    this.fault ??= fault;
  }
}

const isSpace = (byte: number | undefined): boolean => byte === SP || byte === TAB || byte === CR || byte === LF;

/** The header lines of a text that was written here: a start line and lines that end in CRLF. */
export function indexText(text: string): IndexedHeaders {
  const source = sourceOf(text);
  const scan = new HeaderScan();
  scan.run(source, text.indexOf('\n') + 1, false);
  return scan.headers(source);
}
