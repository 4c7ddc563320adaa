import { limits } from '../../kernel/limits.ts';
import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import { isAt, isSpace, quote, skipQuoted, skipSpace, spells, TOKEN, unquote } from './chars.ts';
import type { Params } from './params.ts';
import { noParams, ParamScan, paramsBetween, paramToText, plainParamEnd } from './params.ts';
import { sourceOf } from './source.ts';
import type { Source } from './source.ts';
import type { SipUri } from './uri.ts';
import { scanUri } from './uri.ts';

/** From, To, Contact, Route and their like: name-addr or addr-spec with parameters (RFC 3261 §20.10). */
export interface NameAddr {
  /** Unquoted; `undefined` when absent. */
  readonly displayName: string | undefined;
  readonly uri: SipUri;
  /** Header parameters, outside the angle brackets. */
  readonly params: Params;
  /** Shorthand for the `tag` parameter. */
  readonly tag: string | undefined;
}

/** As positions in the header text, its parts cut out when asked for; do not spread it, its members are getters. */
class NameAddrText implements NameAddr {
  readonly uri: SipUri;
  /** Where the value ends: at a comma or the end of the text. */
  end = 0;
  tagStart = 0;
  tagEnd = 0;
  private readonly source: Source;
  private readonly nameStart: number;
  private readonly nameEnd: number;
  readonly paramsStart: number;
  private paramsRead: Params | undefined = undefined;

  constructor(source: Source, nameStart: number, nameEnd: number, uri: SipUri, paramsStart: number) {
    this.source = source;
    this.nameStart = nameStart;
    this.nameEnd = nameEnd;
    this.uri = uri;
    this.paramsStart = paramsStart;
  }

  get displayName(): string | undefined {
    const { source, nameStart, nameEnd } = this;
    if (nameEnd === nameStart) return undefined;
    if (source.bytes[nameStart] === 0x22) return unquote(source.text.slice(nameStart + 1, nameEnd - 1));
    return source.text.slice(nameStart, nameEnd);
  }
  get params(): Params {
    this.paramsRead ??= paramsBetween(this.source, this.paramsStart, this.end) ?? noParams;
    return this.paramsRead;
  }
  get tag(): string | undefined {
    return this.tagEnd <= this.tagStart ? undefined : this.source.text.slice(this.tagStart, this.tagEnd);
  }
}

/** Reads one value that is all of `text`. */
export function parseNameAddr(text: string): Result<NameAddr, string> {
  const source = sourceOf(text);
  const value = scanOneNameAddr(source, 0, source.bytes.length);
  return typeof value === 'string' ? fail(value) : ok(value);
}

/** As `scanNameAddr`, of a header field that has one value only, such as From: nothing may follow it. */
export function scanOneNameAddr(source: Source, start: number, end: number): NameAddr | string {
  const value = scanNameAddr(source, start, end);
  return typeof value === 'string' || value.end >= end ? value : 'more than one address';
}

/** Reads the comma-separated values of one line or of several. */
export function parseNameAddrList(text: string | readonly string[]): Result<readonly NameAddr[], string> {
  const values: NameAddr[] = [];
  for (const line of typeof text === 'string' ? [text] : text) {
    const source = sourceOf(line);
    const fault = scanNameAddrs(source, 0, source.bytes.length, values);
    if (fault !== undefined) return fail(fault);
  }
  return ok(values);
}

/**
 * Reads comma-separated values between `start` and `end` and adds them to `values`.
 *
 * @returns a sentence that names the fault when there is one
 */
export function scanNameAddrs(source: Source, start: number, end: number, values: NameAddr[]): string | undefined {
  let at = start;
  do {
    const value = scanNameAddr(source, at, end);
    if (typeof value === 'string') return value;
    if (values.push(value) > limits.headerValuesMax) return 'too many addresses';
    at = value.end + 1;
  } while (at <= end);
  return undefined;
}

/**
 * Reads the value that begins at `start` and ends at a comma or at `end`.
 *
 * @returns a sentence that names the fault when there is none
 */
export function scanNameAddr(source: Source, start: number, end: number): NameAddrText | string {
  const { bytes } = source;
  const nameStart = skipSpace(bytes, start, end);
  if (nameStart >= end) return 'empty address';
  const open = displayNameEnd(bytes, nameStart, end);
  if (open < 0) return 'malformed display name';
  const isBare = open >= end || bytes[open] !== 0x3c;
  // Outside brackets a URI has no parameters, commas or headers (RFC 3261 §20.10).
  const uri = scanUri(source, isBare ? nameStart : open + 1, end, isBare);
  if (typeof uri === 'string') return uri;
  if (!isBare && (uri.end >= end || bytes[uri.end] !== 0x3e)) return 'malformed URI in angle brackets';
  const nameEnd = isBare ? nameStart : withoutSpace(bytes, nameStart, open);
  const value = new NameAddrText(source, nameStart, nameEnd, uri, isBare ? uri.end : uri.end + 1);
  return scanParams(source, value, end);
}

/** Reads the parameters up to the end of the value, and picks out the tag. */
function scanParams(source: Source, value: NameAddrText, end: number): NameAddrText | string {
  const { bytes } = source;
  let here = value.paramsStart;
  while (here < end && bytes[here] === 0x3b) {
    const after = plainParamEnd(bytes, here, end);
    if (after < 0) return scanOddParams(source, value, end);
    if (after > here + 5 && value.tagEnd === 0 && spells(bytes, here + 1, 'tag=')) {
      value.tagStart = here + 5;
      value.tagEnd = after;
    }
    here = after;
  }
  if (here < end && bytes[here] !== 0x2c) return scanOddParams(source, value, end);
  value.end = here;
  return value;
}

/** With white space, quotes or faults. */
function scanOddParams(source: Source, value: NameAddrText, end: number): NameAddrText | string {
  const params = new ParamScan(source, value.paramsStart, end);
  value.tagEnd = 0;
  while (params.next()) {
    if (value.tagEnd !== 0 || params.quoted || !params.is('tag') || params.valueStart < 0) continue;
    value.tagStart = params.valueStart;
    value.tagEnd = params.valueEnd;
  }
  if (params.failed) return 'malformed parameter';
  value.end = params.at;
  return value;
}

/**
 * Position of the `<` after the display name that begins at `start`, or any other position when there are no brackets.
 * No white space is demanded before the bracket (RFC 4475 §3.1.1.6); bytes above 127 pass outside quotes.
 *
 * @returns -1 when something begins like a display name and is none
 */
function displayNameEnd(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] === 0x22) {
    const quoteEnd = skipQuoted(bytes, start, end);
    if (quoteEnd < 0) return -1;
    const open = skipSpace(bytes, quoteEnd, end);
    return open < end && bytes[open] === 0x3c ? open : -1;
  }
  let here = start;
  while (here < end && (isAt(bytes, here, TOKEN) || isSpace(bytes[here]) || (bytes[here] ?? 0) > 0x7f)) here += 1;
  return here;
}

function withoutSpace(bytes: Uint8Array, start: number, end: number): number {
  let here = end;
  while (here > start && isSpace(bytes[here - 1])) here -= 1;
  return here;
}

/** What a header field value with an address is written from. */
export interface NameAddrParts {
  /** Quoted when written. */
  readonly displayName?: string | undefined;
  /** URI as text. */
  readonly uri: string;
  readonly params?: Params;
}

/** Writes an address, always with angle brackets. */
export function nameAddrToText(parts: NameAddrParts): string {
  const name = parts.displayName === undefined ? '' : `${quote(parts.displayName)} `;
  let text = `${name}<${parts.uri}>`;
  for (const [key, value] of parts.params ?? noParams) text += paramToText(key, value);
  return text;
}
