import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import {
  DIGIT,
  isAt,
  lower,
  PARAM,
  PASSWORD,
  SCHEME,
  skip,
  skipEscaped,
  unescape,
  URI_HEADER,
  URI_OTHER,
  USER,
} from './chars.ts';
import { hostEnd, portBetween } from './host.ts';
import type { Params } from './params.ts';
import { noParams, uriParams } from './params.ts';
import { lowerBetween, sourceOf } from './source.ts';
import type { Source } from './source.ts';
import { escapeParam, escapePassword, escapeUriHeader, escapeUser } from './uri-escapes.ts';

/**
 * A URI of RFC 3261 §19.1 (sip, sips), RFC 3966 (tel), RFC 3859 (pres), RFC 3860 (im) or any other scheme.
 * For unknown schemes and tel, `user` is undefined and `rest` has what follows the colon.
 */
export interface SipUri {
  /** Lower case. */
  readonly scheme: string;
  /** User part with escapes resolved; `undefined` when there is none. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Lower case; IPv6 in brackets as written on the wire. Empty for non-hierarchical schemes. */
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
  /** `?name=value` headers of the URI, names as written, unescaped. */
  readonly headers: ReadonlyMap<string, string>;
  /** What follows the colon, for schemes without user@host. */
  readonly rest: string | undefined;
  /** The URI exactly as written. */
  readonly text: string;
}

const noHeaders: ReadonlyMap<string, string> = new Map();

/**
 * A URI as positions in its text, its parts cut out when asked for: most URIs of a message are checked and never read.
 * A class for that reason; do not spread it, its members are getters.
 */
class UriText implements SipUri {
  readonly scheme: string;
  /** -1 where there is no user or password. */
  userStart = -1;
  userEnd = -1;
  passwordEnd = -1;
  hostStart = 0;
  hostEnd = 0;
  /** Where the parameters begin, after host and port, and where they end. */
  paramsStart = 0;
  paramsEnd = 0;
  port: number | undefined = undefined;
  /** Where the URI ends: the first byte that cannot belong to it. */
  end = 0;
  private readonly source: Source;
  private readonly start: number;
  private paramsRead: Params | undefined = undefined;

  constructor(source: Source, scheme: string, start: number) {
    this.source = source;
    this.scheme = scheme;
    this.start = start;
  }

  get text(): string {
    return this.source.text.slice(this.start, this.end);
  }
  get user(): string | undefined {
    return this.userStart < 0 ? undefined : unescape(this.source.text.slice(this.userStart, this.userEnd));
  }
  get password(): string | undefined {
    return this.passwordEnd < 0 ? undefined : unescape(this.source.text.slice(this.userEnd + 1, this.passwordEnd));
  }
  get host(): string {
    return lowerBetween(this.source, this.hostStart, this.hostEnd);
  }
  get params(): Params {
    this.paramsRead ??= uriParams(this.source.text.slice(this.paramsStart, this.paramsEnd));
    return this.paramsRead;
  }
  get headers(): ReadonlyMap<string, string> {
    if (this.paramsEnd >= this.end) return noHeaders;
    const headers = new Map<string, string>();
    for (const part of this.source.text.slice(this.paramsEnd + 1, this.end).split('&')) {
      const equals = part.indexOf('=');
      headers.set(unescape(part.slice(0, equals)), unescape(part.slice(equals + 1)));
    }
    return headers;
  }
  get rest(): undefined {
    return undefined;
  }
}

/** A URI of a scheme without user and host. */
interface OtherUri extends SipUri {
  readonly end: number;
}

/** Reads a URI that is all of `text`. */
export function parseUri(text: string): Result<SipUri, string> {
  const source = sourceOf(text);
  const uri = scanWholeUri(source, 0, source.bytes.length);
  return typeof uri === 'string' ? fail(uri) : ok(uri);
}

/** As `scanUri`, of a URI that goes on to `end`. */
export function scanWholeUri(source: Source, start: number, end: number): SipUri | string {
  const uri = scanUri(source, start, end, false);
  return typeof uri === 'string' || uri.end === end ? uri : 'malformed URI';
}

/**
 * Reads the URI that begins at `start` and goes on as far as its characters do, to `end` at most.
 *
 * @param isBare  whether it stands outside angle brackets, where `;`, `?` and `,` end it (RFC 3261 §20)
 * @returns a sentence that names the fault when there is none
 */
export function scanUri(
  source: Source,
  start: number,
  end: number,
  isBare: boolean,
): (SipUri & { end: number }) | string {
  const scheme = schemeAt(source, start, end);
  if (scheme === undefined) return 'URI without a scheme';
  const from = start + scheme.length + 1;
  if (scheme === 'sip' || scheme === 'sips' || scheme === 'pres' || scheme === 'im') {
    return scanSip(source.bytes, new UriText(source, scheme, start), from, end, isBare);
  }
  return otherUri(source, scheme, start, from, end, isBare);
}

function otherUri(
  source: Source,
  scheme: string,
  start: number,
  from: number,
  end: number,
  isBare: boolean,
): OtherUri | string {
  let stop = from;
  while (stop < end && isAt(source.bytes, stop, URI_OTHER) && !(isBare && endsBareUri(source.bytes[stop]))) stop += 1;
  if (stop === from) return 'empty URI';
  const text = source.text.slice(start, stop);
  const rest = source.text.slice(from, stop);
  const none = undefined;
  return {
    scheme,
    user: none,
    password: none,
    host: '',
    port: none,
    params: noParams,
    headers: noHeaders,
    rest,
    text,
    end: stop,
  };
}

const endsBareUri = (byte: number | undefined): boolean => byte === 0x3b || byte === 0x2c || byte === 0x3f;

/** Scheme in lower case; the frequent ones without cutting them out. */
function schemeAt({ text, bytes }: Source, start: number, end: number): string | undefined {
  const folded = (at: number): number => (bytes[at] ?? 0) | 0x20;
  if (end - start > 4 && folded(start) === 0x73 && folded(start + 1) === 0x69 && folded(start + 2) === 0x70) {
    if (bytes[start + 3] === 0x3a) return 'sip';
    if (folded(start + 3) === 0x73 && bytes[start + 4] === 0x3a) return 'sips';
  }
  const colon = skip(bytes, start, end, SCHEME);
  if (colon >= end || bytes[colon] !== 0x3a) return undefined;
  const first = folded(start);
  return first < 0x61 || first > 0x7a ? undefined : lower(text.slice(start, colon));
}

/** userinfo, hostport, parameters and headers of a sip URI (RFC 3261 §19.1.1). */
function scanSip(bytes: Uint8Array, uri: UriText, from: number, end: number, isBare: boolean): UriText | string {
  const host = scanUser(bytes, uri, from, end);
  if (host < 0) return 'empty user part in URI';
  const afterHost = scanHost(bytes, uri, host, end);
  if (afterHost < 0) return 'malformed host or port in URI';
  uri.paramsStart = afterHost;
  let here = afterHost;
  if (!isBare) {
    while (here < end && bytes[here] === 0x3b) {
      here = uriParamEnd(bytes, here + 1, end);
      if (here < 0) return 'malformed URI parameter';
    }
  }
  uri.paramsEnd = here;
  if (!isBare && here < end && bytes[here] === 0x3f) {
    here = uriHeadersEnd(bytes, here + 1, end);
    if (here < 0) return 'malformed URI header';
  }
  uri.end = here;
  return uri;
}

/**
 * Reads `user:password@`. The user part may hold `;`, `?` and `/`, so that only a later `@` tells it from the host
 * (RFC 4475 §3.1.1.9).
 *
 * @returns the position of the host: `from` itself when there is no user; -1 for an empty user
 */
function scanUser(bytes: Uint8Array, uri: UriText, from: number, end: number): number {
  const userEnd = skipEscaped(bytes, from, end, USER);
  let sign = userEnd;
  if (sign < end && bytes[sign] === 0x3a) sign = skipEscaped(bytes, sign + 1, end, PASSWORD);
  if (sign >= end || bytes[sign] !== 0x40) return from;
  if (userEnd === from) return -1;
  uri.userStart = from;
  uri.userEnd = userEnd;
  if (sign > userEnd) uri.passwordEnd = sign;
  return sign + 1;
}

/** @returns the position after host and port, -1 when they are malformed */
function scanHost(bytes: Uint8Array, uri: UriText, from: number, end: number): number {
  const after = hostEnd(bytes, from, end);
  if (after < 0) return -1;
  uri.hostStart = from;
  uri.hostEnd = after;
  if (after >= end || bytes[after] !== 0x3a) return after;
  const digits = skip(bytes, after + 1, end, DIGIT);
  const port = portBetween(bytes, after + 1, digits);
  if (port < 0) return -1;
  uri.port = port;
  return digits;
}

function uriParamEnd(bytes: Uint8Array, from: number, end: number): number {
  const nameEnd = skipEscaped(bytes, from, end, PARAM);
  if (nameEnd === from) return -1;
  return nameEnd < end && bytes[nameEnd] === 0x3d ? skipEscaped(bytes, nameEnd + 1, end, PARAM) : nameEnd;
}

/** `name=value&name=value`; every header has a name and an equals sign (RFC 3261 §19.1.1). */
function uriHeadersEnd(bytes: Uint8Array, from: number, end: number): number {
  let here = from;
  for (;;) {
    const equals = skipEscaped(bytes, here, end, URI_HEADER);
    if (equals === here || equals >= end || bytes[equals] !== 0x3d) return -1;
    const after = skipEscaped(bytes, equals + 1, end, URI_HEADER);
    if (after >= end || bytes[after] !== 0x26) return after;
    here = after + 1;
  }
}

/** Writes a URI from its parts, with the least escaping. */
export function uriToText(uri: Omit<SipUri, 'text'>): string {
  if (uri.rest !== undefined) return `${uri.scheme}:${uri.rest}`;
  let text = `${uri.scheme}:`;
  if (uri.user !== undefined) {
    text += escapeUser(uri.user);
    if (uri.password !== undefined) text += `:${escapePassword(uri.password)}`;
    text += '@';
  }
  text += uri.host;
  if (uri.port !== undefined) text += `:${String(uri.port)}`;
  for (const [name, value] of uri.params) {
    text += `;${escapeParam(name)}`;
    if (value !== undefined) text += `=${escapeParam(value)}`;
  }
  let mark = '?';
  for (const [name, value] of uri.headers) {
    text += `${mark}${escapeUriHeader(name)}=${escapeUriHeader(value)}`;
    mark = '&';
  }
  return text;
}

/** Parameters that must be equal or absent on both sides; others are compared when both URIs have them. */
const decisiveParams = ['user', 'ttl', 'method', 'maddr', 'transport'] as const;

/** Whether two URIs are equivalent (RFC 3261 §19.1.4); URIs of other schemes when their text is the same. */
export function sameUri(a: SipUri, b: SipUri): boolean {
  if (a.scheme !== b.scheme) return false;
  if (a.rest !== undefined || b.rest !== undefined) return a.rest === b.rest;
  if (a.user !== b.user || a.password !== b.password || a.host !== b.host || a.port !== b.port) return false;
  for (const name of decisiveParams) {
    if (a.params.has(name) !== b.params.has(name)) return false;
  }
  for (const [name, value] of a.params) {
    if (b.params.has(name) && !sameText(value, b.params.get(name))) return false;
  }
  return sameHeaders(a.headers, b.headers);
}

const sameText = (a: string | undefined, b: string | undefined): boolean => a?.toLowerCase() === b?.toLowerCase();

/** The names are compared without case, so that two of one URI may be the same name: pairs are compared, not maps. */
function sameHeaders(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false;
  if (a.size === 0) return true;
  const others = headerPairs(b);
  return headerPairs(a).every((pair, at) => pair === others[at]);
}

const headerPairs = (headers: ReadonlyMap<string, string>): readonly string[] =>
  Array.from(headers, ([name, value]) => JSON.stringify([name.toLowerCase(), value])).sort();
