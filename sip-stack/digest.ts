import { timingSafeEqual } from 'node:crypto';
import type { Instant, Seconds, Tokens } from '../kernel/clock.ts';
import { type DigestAlgorithm, digestLength, digestOf } from './digest/algorithm.ts';
import type { DigestCredentials } from './digest/credentials.ts';
import { createNonces, type Nonces, takeCount, takeOnly, type UsedNonce } from './digest/nonces.ts';
import { copyText } from './wire/text.ts';

/** What of a request the digest covers. */
export interface DigestSubject {
  readonly method: string;
  readonly body: Buffer;
}

export type DigestVerdict =
  /** The sender knows the password. */
  | 'proved'
  /** The sender knows the password, but the nonce is used up or too old: to be challenged with stale=true. */
  | 'stale'
  /** Wrong password, or nobody of this name: to be challenged anew. */
  | 'wrong';

/** Digest access authentication of requests (RFC 3261 §22, RFC 7616, RFC 8760). */
export interface Digest {
  /**
   * WWW-Authenticate values, one for each algorithm, the preferred first, all with the same fresh nonce (RFC 8760 §2.3).
   *
   * @param only  algorithms to be left when not all are to be offered
   */
  challenges(realm: string, stale: boolean, now: Instant, only?: readonly DigestAlgorithm[]): readonly string[];
  /**
   * Judges credentials; takes their nonce count when they are good.
   *
   * @param ha1  H(A1) of the account in the algorithm of the credentials; undefined when there is no such account, which
   *             costs the same time and comes to the same verdict as a wrong password
   */
  verify(credentials: DigestCredentials, subject: DigestSubject, ha1: string | undefined, now: Instant): DigestVerdict;
  /** Nonces remembered, for a gauge. */
  readonly noncesUsed: number;
}

/**
 * @param deps.secret     seals nonces; the same secret in several processes makes their nonces good in all
 * @param deps.startedAt  nonces issued before it are stale, since their counts are not known
 */
export function createDigest(
  deps: { readonly tokens: Tokens; readonly secret: string; readonly startedAt: Instant; readonly noncesMax?: number },
  config: { readonly digestAlgorithms: readonly DigestAlgorithm[]; readonly nonceLifetime: Seconds },
): Digest {
  const nonces = createNonces(
    { ...deps, ...(deps.noncesMax === undefined ? {} : { usedMax: deps.noncesMax }) },
    config,
  );
  const nobody = nobodysHa1(deps.secret);
  const sameResponse = { MD5: createComparison('MD5'), 'SHA-256': createComparison('SHA-256') };

  return {
    challenges(realm, stale, now, only) {
      const nonce = nonces.issue(now);
      const offered =
        only === undefined ? config.digestAlgorithms : config.digestAlgorithms.filter((a) => only.includes(a));
      return offered.map((algorithm) => writeDigestChallenge(realm, nonce, algorithm, stale));
    },
    verify(credentials, subject, ha1, now) {
      const { algorithm } = credentials;
      if (algorithm === undefined || !config.digestAlgorithms.includes(algorithm)) return 'wrong';
      const used = nonces.used(credentials.nonce, now);
      const ha2 = ha2For(credentials, subject, algorithm, used);
      const expected = responseOf(algorithm, ha1 ?? nobody[algorithm], credentials, ha2);
      const same = sameResponse[algorithm](expected, credentials.response);
      if (!same || ha1 === undefined) return 'wrong';
      return takeNonce(nonces, used, credentials, subject, ha2, now) ? 'proved' : 'stale';
    },
    get noncesUsed() {
      return nonces.size;
    },
  };
}

/** One challenge (RFC 7616 §3.3): realm, nonce and qop quoted, stale and algorithm not. */
const writeDigestChallenge = (realm: string, nonce: string, algorithm: DigestAlgorithm, stale: boolean): string =>
  `Digest realm="${realm}", nonce="${nonce}", algorithm=${algorithm}, qop="auth,auth-int"${stale ? ', stale=true' : ''}`;

/** H(A1) that belongs to nobody and that nobody can know: compared with when there is no account. */
const nobodysHa1 = (secret: string): Readonly<Record<DigestAlgorithm, string>> => ({
  MD5: digestOf('MD5', `nobody:${secret}`),
  'SHA-256': digestOf('SHA-256', `nobody:${secret}`),
});

/** The response that these credentials should carry (RFC 7616 §3.4.1; without qop RFC 3261 §22.4 item 8). */
export function responseOf(
  algorithm: DigestAlgorithm,
  ha1: string,
  credentials: Pick<DigestCredentials, 'nonce' | 'qop' | 'nc' | 'cnonce'>,
  ha2: string,
): string {
  const { nonce, qop, nc, cnonce } = credentials;
  const data = qop === undefined ? `${nonce}:${ha2}` : `${nonce}:${nc}:${cnonce}:${qop}:${ha2}`;
  return digestOf(algorithm, `${ha1}:${data}`);
}

/** H(A2) (RFC 7616 §3.4.3), remembered with the nonce while method and URI stay what they were. */
function ha2For(
  credentials: DigestCredentials,
  subject: DigestSubject,
  algorithm: DigestAlgorithm,
  used: UsedNonce | undefined,
): string {
  const { uri, qop } = credentials;
  if (qop === 'auth-int') return digestOf(algorithm, `${subject.method}:${uri}:${digestOf(algorithm, subject.body)}`);
  // The length tells the algorithm, should a client change it under one nonce.
  if (used?.uri === uri && used.method === subject.method && used.ha2.length === digestLength(algorithm))
    return used.ha2;
  return digestOf(algorithm, `${subject.method}:${uri}`);
}

/** Whether the nonce of good credentials may still be used, and takes its count. */
function takeNonce(
  nonces: Nonces,
  known: UsedNonce | undefined,
  credentials: DigestCredentials,
  subject: DigestSubject,
  ha2: string,
  now: Instant,
): boolean {
  const used = known ?? nonces.remember(credentials.nonce, now);
  if (used === undefined || used.expiresAt <= now) return false;
  if (credentials.qop === 'auth' && used.ha2 !== ha2) {
    used.ha2 = ha2;
    used.method = copyText(subject.method);
    used.uri = copyText(credentials.uri);
  }
  return credentials.qop === undefined ? takeOnly(used) : takeCount(used, credentials.count);
}

/** Compares hex texts in a time that does not depend on where they differ; its two buffers are used again and again. */
function createComparison(algorithm: DigestAlgorithm): (expected: string, received: string) => boolean {
  const length = digestLength(algorithm);
  const left = Buffer.alloc(length);
  const right = Buffer.alloc(length);
  return (expected, received) => {
    if (received.length !== length) return false;
    left.write(expected, 0, 'latin1');
    right.write(received, 0, 'latin1');
    return timingSafeEqual(left, right);
  };
}
