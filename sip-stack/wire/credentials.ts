import { limits } from '../../kernel/limits.ts';
import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import { quote, skip, skipQuoted, skipSpace, TOKEN, unquote, VALUE } from './chars.ts';
import type { HeaderPair } from './message.ts';
import type { Params } from './params.ts';
import { lowerBetween, sourceOf } from './source.ts';
import type { Source } from './source.ts';
import type { WireText } from './text.ts';

/** Authorization, Proxy-Authorization (RFC 3261 §25.1 credentials): scheme in lower case, parameters unquoted. */
export interface Credentials {
  readonly scheme: string;
  readonly params: Params;
}

/** WWW-Authenticate, Proxy-Authenticate. */
export type Challenge = Credentials;

/** Reads one value that is all of `text`; the first of two parameters with one name counts. */
export function parseCredentials(text: WireText): Result<Credentials, string> {
  const source = sourceOf(text);
  const { bytes } = source;
  const end = bytes.length;
  const schemeEnd = skip(bytes, 0, end, TOKEN);
  if (schemeEnd === 0) return fail('no authentication scheme');
  const params = new Map<string, string | undefined>();
  let here = skipSpace(bytes, schemeEnd, end);
  for (let count = 0; here < end; count += 1) {
    if (count >= limits.credentialParamsMax) return fail('too many authentication parameters');
    const after = authParam(source, here, end, params);
    if (after < 0) return fail('malformed authentication parameter');
    here = after;
  }
  return ok({ scheme: lowerBetween(source, 0, schemeEnd), params });
}

/** Reads one challenge that is all of `text`. */
export const parseChallenge = (text: WireText): Result<Challenge, string> => parseCredentials(text);

/** Reads `name=value` and the comma after it; returns the position of the next, -1 when it is malformed. */
function authParam(source: Source, at: number, end: number, params: Map<string, string | undefined>): number {
  const { text, bytes } = source;
  const nameEnd = skip(bytes, at, end, TOKEN);
  const equals = skipSpace(bytes, nameEnd, end);
  if (nameEnd === at || equals >= end || bytes[equals] !== 0x3d) return -1;
  const start = skipSpace(bytes, equals + 1, end);
  const isQuoted = start < end && bytes[start] === 0x22;
  const after = isQuoted ? skipQuoted(bytes, start, end) : skip(bytes, start, end, VALUE);
  if (after < 0 || after === start) return -1;
  const name = lowerBetween(source, at, nameEnd);
  if (!params.has(name))
    params.set(name, isQuoted ? unquote(text.slice(start + 1, after - 1)) : text.slice(start, after));
  return afterComma(bytes, after, end);
}

/** Position of the next parameter; a comma must stand between two, and one after the last is tolerated. */
function afterComma(bytes: Uint8Array, from: number, end: number): number {
  const comma = skipSpace(bytes, from, end);
  if (comma >= end) return end;
  return bytes[comma] === 0x2c ? skipSpace(bytes, comma + 1, end) : -1;
}

/** Parameters whose values stand without quotes (RFC 7616 §3.3, §3.4). */
const unquoted: ReadonlySet<string> = new Set(['algorithm', 'stale', 'nc', 'charset', 'userhash']);

/** Writes a challenge: `Digest realm="...", algorithm=MD5` (RFC 7616 §3.3). */
export function writeChallenge(scheme: string, params: readonly HeaderPair[]): WireText {
  return `${scheme} ${params.map(([name, value]) => authText(name, value, false)).join(', ')}`;
}

/** Writes an Authorization value (RFC 7616 §3.4). */
export function writeCredentials(scheme: string, params: readonly HeaderPair[]): WireText {
  return `${scheme} ${params.map(([name, value]) => authText(name, value, true)).join(', ')}`;
}

const authText = (name: string, value: string, isCredentials: boolean): string =>
  unquoted.has(name) || (isCredentials && name === 'qop') ? `${name}=${value}` : `${name}=${quote(value)}`;
