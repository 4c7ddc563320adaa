import { fail, ok, type Result } from '../../kernel/result.ts';
import { parseCredentials } from '../wire/credentials.ts';
import type { WireText } from '../wire/message.ts';
import type { DigestAlgorithm } from './algorithm.ts';
import { type DigestParams, readPlain } from './plain-credentials.ts';

/** Digest credentials of an Authorization header field (RFC 7616 §3.4). The members are slices of the message. */
export interface DigestCredentials {
  readonly username: WireText;
  readonly realm: WireText;
  readonly nonce: WireText;
  /** The Request-URI as the client wrote it. */
  readonly uri: WireText;
  readonly response: WireText;
  /** `undefined` for one that we never offer. */
  readonly algorithm: DigestAlgorithm | undefined;
  /** `undefined` for a client of RFC 2069, which counts no nonces (RFC 3261 §22.4 item 8). */
  readonly qop: 'auth' | 'auth-int' | undefined;
  /** Nonce count as written, and as a number; it counts only with qop. */
  readonly nc: WireText;
  readonly count: number;
  readonly cnonce: WireText;
}

/** Why an Authorization value gives no digest credentials. */
export type CredentialsFault =
  /** Of another scheme: not for us to judge. */
  { readonly kind: 'other-scheme' } | { readonly kind: 'malformed'; readonly reason: string };

const isDigest = /^digest(?:\s|$)/i;

const malformed = (reason: string): Result<never, CredentialsFault> => fail({ kind: 'malformed', reason });

/** Reads one Authorization value (RFC 7616 §3.4). */
export function readDigestCredentials(text: WireText): Result<DigestCredentials, CredentialsFault> {
  const plain = readPlain(text);
  if (plain !== undefined) return credentialsFrom(plain);
  if (!isDigest.test(text)) return fail({ kind: 'other-scheme' });
  const parsed = parseCredentials(text);
  if (!parsed.ok) return malformed(`Bad Authorization: ${parsed.fault}`);
  const { params } = parsed.value;
  return credentialsFrom({
    username: params.get('username'),
    realm: params.get('realm'),
    nonce: params.get('nonce'),
    uri: params.get('uri'),
    response: params.get('response'),
    algorithm: params.get('algorithm'),
    qop: params.get('qop'),
    nc: params.get('nc'),
    cnonce: params.get('cnonce'),
  });
}

/** What must be there is there, and what is there can be understood. */
function credentialsFrom(params: DigestParams): Result<DigestCredentials, CredentialsFault> {
  const { username, realm, nonce, uri, response } = params;
  if (username === undefined) return malformed('Authorization Without username');
  if (realm === undefined) return malformed('Authorization Without realm');
  if (nonce === undefined) return malformed('Authorization Without nonce');
  if (uri === undefined) return malformed('Authorization Without uri');
  if (response === undefined) return malformed('Authorization Without response');
  const qop = qopOf(params.qop);
  if (qop === 'unknown') return malformed('Unknown qop in Authorization');
  const { nc = '', cnonce = '' } = params;
  const count = countOf(nc);
  if (qop !== undefined && count === 0) return malformed('Bad nc in Authorization');
  if (qop !== undefined && params.cnonce === undefined) return malformed('Authorization Without cnonce');
  const algorithm = algorithmOf(params.algorithm);
  return ok({ username, realm, nonce, uri, response, algorithm, qop, nc, count, cnonce });
}

/** An absent algorithm means MD5 (RFC 7616 §3.3). */
function algorithmOf(text: WireText | undefined): DigestAlgorithm | undefined {
  if (text === undefined || text === 'MD5') return 'MD5';
  const upper = text.toUpperCase();
  return upper === 'MD5' || upper === 'SHA-256' ? upper : undefined;
}

function qopOf(text: WireText | undefined): 'auth' | 'auth-int' | undefined | 'unknown' {
  if (text === undefined || text === 'auth' || text === 'auth-int') return text;
  const lower = text.toLowerCase();
  return lower === 'auth' || lower === 'auth-int' ? lower : 'unknown';
}

/** One to eight hex digits, the count from 1 (RFC 7616 §3.4: nc-value is 8LHEX); 0 when it is something else. */
function countOf(nc: WireText): number {
  if (nc.length > 8) return 0;
  let count = 0;
  for (let at = 0; at < nc.length; at += 1) {
    const code = nc.charCodeAt(at);
    const digit = code <= 0x39 ? code - 0x30 : (code | 0x20) - 0x57;
    if (digit < 0 || digit > 15 || (code > 0x39 && digit < 10)) return 0;
    count = count * 16 + digit;
  }
  return count;
}
