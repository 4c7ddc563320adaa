import { lower, quote, skip, skipQuoted, skipSpace, spells, TOKEN, unescape, unquote, VALUE } from './chars.ts';
import { lowerBetween, sourceOf } from './source.ts';
import type { Source } from './source.ts';

/**
 * Parameters of a header field value or URI, in order, names in lower case; `undefined` as value means "flag without
 * value". Values are unquoted and, in URIs, unescaped (RFC 3261 §25.1 generic-param, uri-parameter).
 */
export type Params = ReadonlyMap<string, string | undefined>;

export const noParams: Params = new Map();

/**
 * Walks over `;name=value` parameters of a header field value, checking them, and stops at a comma or the end. A class, so
 * that the walk costs one short-lived object and the values nobody asks for are never cut out.
 */
export class ParamScan {
  readonly source: Source;
  readonly bytes: Uint8Array;
  readonly end: number;
  /** Where the walk stands; after the last parameter, the position of the comma or `end`. */
  at: number;
  /** Whether something stood there that is no parameter. */
  failed = false;
  nameStart = 0;
  nameEnd = 0;
  /** -1 for a parameter without value. */
  valueStart = -1;
  valueEnd = -1;
  quoted = false;

  constructor(source: Source, at: number, end: number) {
    this.source = source;
    this.bytes = source.bytes;
    this.at = at;
    this.end = end;
  }

  /** Moves to the next parameter; false when there is none or it is malformed (`failed`). */
  next(): boolean {
    const { bytes, end } = this;
    this.at = skipSpace(bytes, this.at, end);
    if (this.at >= end) return false;
    const code = bytes[this.at];
    if (code === 0x2c) return false;
    if (code !== 0x3b) return this.fail();
    this.nameStart = skipSpace(bytes, this.at + 1, end);
    this.nameEnd = skip(bytes, this.nameStart, end, TOKEN);
    if (this.nameEnd === this.nameStart) return this.fail();
    this.at = this.nameEnd;
    this.valueStart = -1;
    this.valueEnd = -1;
    this.quoted = false;
    const equals = skipSpace(bytes, this.nameEnd, end);
    return equals < end && bytes[equals] === 0x3d ? this.value(equals + 1) : true;
  }

  /** Whether the present parameter has this name, given in lower case. */
  is(name: string): boolean {
    return this.nameEnd - this.nameStart === name.length && spells(this.bytes, this.nameStart, name);
  }

  /** Value of the present parameter, unquoted. */
  get content(): string | undefined {
    if (this.valueStart < 0) return undefined;
    const value = this.source.text.slice(this.valueStart, this.valueEnd);
    return this.quoted ? unquote(value) : value;
  }

  private value(from: number): boolean {
    const { bytes, end } = this;
    const start = skipSpace(bytes, from, end);
    if (start < end && bytes[start] === 0x22) {
      const after = skipQuoted(bytes, start, end);
      if (after < 0) return this.fail();
      this.valueStart = start + 1;
      this.valueEnd = after - 1;
      this.quoted = true;
      this.at = after;
      return true;
    }
    this.valueStart = start;
    // An empty value passes: the grammar forbids it, phones send it (`pn-param=`).
    this.valueEnd = skip(bytes, start, end, VALUE);
    this.at = this.valueEnd;
    return true;
  }

  private fail(): boolean {
    this.failed = true;
    return false;
  }
}

/**
 * Position after the `;name=value` that begins at `at`, when it has no white space or quotes and another parameter, a comma or
 * the end follows: the form that all but a few senders use, read without a `ParamScan`.
 *
 * @returns -1 when it has not, and a `ParamScan` must look at it
 */
export function plainParamEnd(bytes: Uint8Array, at: number, end: number): number {
  const nameEnd = skip(bytes, at + 1, end, TOKEN);
  if (nameEnd === at + 1) return -1;
  const after = nameEnd < end && bytes[nameEnd] === 0x3d ? skip(bytes, nameEnd + 1, end, VALUE) : nameEnd;
  return after >= end || bytes[after] === 0x3b || bytes[after] === 0x2c ? after : -1;
}

/**
 * The parameters of a header field value between `at` and `end`; the first of two with one name counts.
 *
 * @returns undefined when they are malformed
 */
export function paramsBetween(source: Source, at: number, end: number): Params | undefined {
  const scan = new ParamScan(source, at, end);
  let params: Map<string, string | undefined> | undefined;
  while (scan.next()) {
    const name = lowerBetween(source, scan.nameStart, scan.nameEnd);
    params ??= new Map();
    if (!params.has(name)) params.set(name, scan.content);
  }
  if (scan.failed || scan.at < end) return undefined;
  return params ?? noParams;
}

/** The parameters of a URI, whose text `;name=value...` was checked before. */
export function uriParams(text: string): Params {
  if (text.length === 0) return noParams;
  const params = new Map<string, string | undefined>();
  for (const part of text.slice(1).split(';')) {
    const equals = part.indexOf('=');
    const name = lower(unescape(equals < 0 ? part : part.slice(0, equals)));
    if (!params.has(name)) params.set(name, equals < 0 ? undefined : unescape(part.slice(equals + 1)));
  }
  return params;
}

/** Writes `;name=value`, quoting a value that is no token or host. */
export function paramToText(name: string, value: string | undefined): string {
  if (value === undefined) return `;${name}`;
  const { text, bytes } = sourceOf(value);
  const isPlain = bytes.length > 0 && skip(bytes, 0, bytes.length, VALUE) === bytes.length;
  return isPlain ? `;${name}=${text}` : `;${name}=${quote(text)}`;
}
