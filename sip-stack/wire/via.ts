import { limits } from '../../kernel/limits.ts';
import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import { DIGIT, skip, skipQuoted, skipSpace, spells, TOKEN } from './chars.ts';
import { hostEnd, portBetween } from './host.ts';
import type { Params } from './params.ts';
import { noParams, ParamScan, paramsBetween, plainParamEnd } from './params.ts';
import { lowerBetween, sourceOf } from './source.ts';
import type { Source } from './source.ts';
import type { WireText } from './text.ts';

/** One Via value (RFC 3261 §20.42, RFC 3581). */
export interface Via {
  /** Upper case transport token: 'UDP', 'TCP', 'TLS', 'WS', 'WSS'. */
  readonly transport: string;
  /** sent-by host in lower case, IPv6 in brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly branch: string | undefined;
  readonly params: Params;
  /** Whether the sender asks to be answered at the port it sent from: `rport` with or without value (RFC 3581 §4). */
  readonly hasRport: boolean;
}

/** As positions in the header text, its parts cut out when asked for; do not spread it, its members are getters. */
export class ViaText implements Via {
  readonly transport: string;
  port: number | undefined = undefined;
  hasRport = false;
  /** Where the value ends: at a comma or the end of the text. */
  end = 0;
  hostStart = 0;
  hostEnd = 0;
  branchStart = 0;
  branchEnd = 0;
  paramsStart = 0;
  private readonly source: Source;
  private paramsRead: Params | undefined = undefined;

  constructor(source: Source, transport: string) {
    this.source = source;
    this.transport = transport;
  }

  get host(): string {
    return lowerBetween(this.source, this.hostStart, this.hostEnd);
  }
  get branch(): string | undefined {
    return this.branchEnd <= this.branchStart ? undefined : this.source.text.slice(this.branchStart, this.branchEnd);
  }
  get params(): Params {
    this.paramsRead ??= paramsBetween(this.source, this.paramsStart, this.end) ?? noParams;
    return this.paramsRead;
  }
}

/** Reads one value that is all of `text`. */
export function parseVia(text: string): Result<Via, string> {
  const source = sourceOf(text);
  const via = scanVia(source, 0, source.bytes.length);
  if (typeof via === 'string') return fail(via);
  return via.end < source.bytes.length ? fail('more than one Via value') : ok(via);
}

/** Whether every value of one Via line is well-formed. */
export function viasHold(text: string): boolean {
  const source = sourceOf(text);
  const end = source.bytes.length;
  let at = 0;
  for (let count = 0; count < limits.headerValuesMax; count += 1) {
    const via = scanVia(source, at, end);
    if (typeof via === 'string') return false;
    if (via.end >= end) return true;
    at = via.end + 1;
  }
  return false;
}

/**
 * Reads the value that begins at `start` and ends at a comma or at `end`. Any protocol version passes, so that a request of
 * another version can be answered with 505.
 *
 * @returns a sentence that names the fault when there is none
 */
export function scanVia(source: Source, start: number, end: number): ViaText | string {
  const via = scanSentBy(source, start, end);
  return typeof via === 'string' ? via : scanParams(source, via, end);
}

/** As `scanVia`, of a value whose parameters are not read: enough to refuse a request whose Via has faults there. */
export function scanSentBy(source: Source, start: number, end: number): ViaText | string {
  const { bytes } = source;
  const transportStart = afterProtocol(bytes, skipSpace(bytes, start, end), end);
  if (transportStart < 0) return 'malformed sent-protocol in Via';
  const transportEnd = skip(bytes, transportStart, end, TOKEN);
  const hostStart = skipSpace(bytes, transportEnd, end);
  if (transportEnd === transportStart || hostStart === transportEnd) return 'malformed sent-protocol in Via';
  const via = new ViaText(source, transportAt(source, transportStart, transportEnd));
  via.hostStart = hostStart;
  via.hostEnd = hostEnd(bytes, hostStart, end);
  if (via.hostEnd < 0) return 'malformed sent-by in Via';
  via.paramsStart = scanPort(bytes, via, end);
  if (via.paramsStart < 0) return 'malformed port in Via';
  via.end = via.paramsStart;
  return via;
}

/** Position of the transport token; -1 when no `SIP/2.0/` stands before it. White space may surround each slash. */
function afterProtocol(bytes: Uint8Array, start: number, end: number): number {
  const nameEnd = skip(bytes, start, end, TOKEN);
  const slash = skipSpace(bytes, nameEnd, end);
  if (nameEnd === start || slash >= end || bytes[slash] !== 0x2f) return -1;
  const version = skipSpace(bytes, slash + 1, end);
  const versionEnd = skip(bytes, version, end, TOKEN);
  const secondSlash = skipSpace(bytes, versionEnd, end);
  if (versionEnd === version || secondSlash >= end || bytes[secondSlash] !== 0x2f) return -1;
  return skipSpace(bytes, secondSlash + 1, end);
}

function transportAt({ text, bytes }: Source, start: number, end: number): string {
  if (end - start === 3) {
    if (bytes[start] === 0x55 && bytes[start + 1] === 0x44 && bytes[start + 2] === 0x50) return 'UDP';
    if (bytes[start] === 0x54 && bytes[start + 1] === 0x43 && bytes[start + 2] === 0x50) return 'TCP';
    if (bytes[start] === 0x54 && bytes[start + 1] === 0x4c && bytes[start + 2] === 0x53) return 'TLS';
  }
  return text.slice(start, end).toUpperCase();
}

/** @returns the position after sent-by, -1 when its port is malformed */
function scanPort(bytes: Uint8Array, via: ViaText, end: number): number {
  const colon = skipSpace(bytes, via.hostEnd, end);
  if (colon >= end || bytes[colon] !== 0x3a) return via.hostEnd;
  const start = skipSpace(bytes, colon + 1, end);
  const after = skip(bytes, start, end, DIGIT);
  const port = portBetween(bytes, start, after);
  if (port < 0) return -1;
  via.port = port;
  return after;
}

function scanParams(source: Source, via: ViaText, end: number): ViaText | string {
  const { bytes } = source;
  let here = via.paramsStart;
  while (here < end && bytes[here] === 0x3b) {
    const after = plainParamEnd(bytes, here, end);
    if (after < 0) return scanOddParams(source, via, end);
    const letter = (bytes[here + 1] ?? 0) | 0x20;
    if (letter === 0x62 && after > here + 8 && via.branchEnd === 0 && spells(bytes, here + 1, 'branch=')) {
      via.branchStart = here + 8;
      via.branchEnd = after;
    } else if (letter === 0x72 && spells(bytes, here + 1, 'rport')) {
      via.hasRport ||= after === here + 6 || bytes[here + 6] === 0x3d;
    }
    here = after;
  }
  if (here < end && bytes[here] !== 0x2c) return scanOddParams(source, via, end);
  via.end = here;
  return via;
}

/** With white space, quotes or faults. */
function scanOddParams(source: Source, via: ViaText, end: number): ViaText | string {
  const params = new ParamScan(source, via.paramsStart, end);
  via.branchEnd = 0;
  while (params.next()) {
    if (params.is('rport')) via.hasRport = true;
    if (!params.is('branch') || via.branchEnd !== 0 || params.valueStart < 0) continue;
    via.branchStart = params.valueStart;
    via.branchEnd = params.valueEnd;
  }
  if (params.failed) return 'malformed Via parameter';
  via.end = params.at;
  return via;
}

/** Text of the topmost Via value, without what follows its comma. */
export function topViaText(headers: { first(name: string): WireText | undefined }): WireText | undefined {
  const line = headers.first('via');
  return line === undefined ? undefined : line.slice(0, firstValueEnd(line));
}

/** Position of the first comma outside quotes, or the length of the text. */
export function firstValueEnd(text: WireText): number {
  const comma = text.indexOf(',');
  // Quotes are rare in a Via: only then does it matter where the comma stands.
  if (comma < 0 || !text.includes('"')) return comma < 0 ? text.length : comma;
  const { bytes } = sourceOf(text);
  let here = 0;
  while (here < bytes.length && bytes[here] !== 0x2c) {
    const after = bytes[here] === 0x22 ? skipQuoted(bytes, here, bytes.length) : here + 1;
    if (after < 0) return text.length;
    here = after;
  }
  return here;
}
