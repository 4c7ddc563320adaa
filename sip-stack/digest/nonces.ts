import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Instant, Seconds, Tokens } from '../../kernel/clock.ts';
import { limits } from '../../kernel/limits.ts';
import { copyText } from '../wire/text.ts';

/** A nonce with which somebody has proved who they are: what was used of it. */
export interface UsedNonce {
  readonly expiresAt: Instant;
  /** The highest nonce count seen; 0 before the first. */
  highest: number;
  /** Bit n: the count `highest - n` was seen. */
  window: number;
  /** H(A2) of the last request and what it was made of: most often the next request is the same. */
  method: string;
  uri: string;
  ha2: string;
}

/** Nonces that need no memory until they are used, and counts that need little (RFC 7616 §3.3, §5.4, §5.5). */
export interface Nonces {
  /** A fresh nonce: time, chance and a seal over both. */
  issue(now: Instant): string;
  /** The nonce if it was used before and is remembered; it may have expired since. */
  used(nonce: string, now: Instant): UsedNonce | undefined;
  /** Begins to remember a nonce; undefined when it is not ours, is too old, or might have been forgotten. */
  remember(nonce: string, now: Instant): UsedNonce | undefined;
  /** Nonces remembered, for a gauge. */
  readonly size: number;
}

/** Counts below the highest one that may still come, since UDP changes the order of requests. */
const windowSize = 32;

/**
 * Takes a nonce count; false when it was seen before or is too old to tell, which is a replay (RFC 7616 §3.4: nc).
 */
export function takeCount(nonce: UsedNonce, count: number): boolean {
  const ahead = count - nonce.highest;
  if (ahead > 0) {
    nonce.window = ahead >= windowSize ? 1 : (nonce.window << ahead) | 1;
    nonce.highest = count;
    return true;
  }
  if (-ahead >= windowSize) return false;
  const bit = 1 << -ahead;
  if ((nonce.window & bit) !== 0) return false;
  nonce.window |= bit;
  return true;
}

/** Takes the only use that a nonce has when its client does not count (RFC 2069). */
export function takeOnly(nonce: UsedNonce): boolean {
  if (nonce.highest > 0) return false;
  nonce.highest = Number.MAX_SAFE_INTEGER;
  return true;
}

/**
 * @param deps.startedAt  nonces issued before it are refused: their counts are not known here
 * @param deps.usedMax    nonces remembered at once, in two generations
 */
export function createNonces(
  deps: { readonly tokens: Tokens; readonly secret: string; readonly startedAt: Instant; readonly usedMax?: number },
  config: { readonly nonceLifetime: Seconds },
): Nonces {
  const generationMax = Math.ceil((deps.usedMax ?? limits.noncesMax) / 2);
  let young = new Map<string, UsedNonce>();
  let old = new Map<string, UsedNonce>();
  let rotatedAt = deps.startedAt;
  /** A nonce issued before it is not accepted at first sight: it may have been used and forgotten. */
  let horizon = deps.startedAt;

  const seal = (stamp: string): string =>
    createHmac('sha256', deps.secret).update(stamp).digest('base64url').slice(0, 22);

  const rotate = (now: Instant): void => {
    const aged = now - rotatedAt >= config.nonceLifetime * 1000;
    if (young.size < generationMax && !aged) return;
    // What leaves now was last used in the generation before; when that is longer ago than a lifetime, it has expired.
    if (!aged && old.size > 0) horizon = now;
    old = young;
    young = new Map();
    rotatedAt = now;
  };

  const keep = (nonce: string, used: UsedNonce, now: Instant): UsedNonce => {
    rotate(now);
    young.set(copyText(nonce), used);
    return used;
  };

  return {
    issue(now) {
      const stamp = `${now.toString(36)}.${deps.tokens.token(64)}`;
      return `${stamp}.${seal(stamp)}`;
    },
    used(nonce, now) {
      const found = young.get(nonce);
      if (found !== undefined) return found;
      const aged = old.get(nonce);
      if (aged === undefined) return undefined;
      old.delete(nonce);
      return keep(nonce, aged, now);
    },
    remember(nonce, now) {
      const end = nonce.lastIndexOf('.');
      const stamp = nonce.slice(0, Math.max(0, end));
      if (!sameText(nonce.slice(end + 1), seal(stamp))) return undefined;
      const issuedAt = Number.parseInt(stamp, 36);
      const expiresAt = (issuedAt + config.nonceLifetime * 1000) as Instant;
      if (expiresAt <= now || issuedAt < horizon) return undefined;
      return keep(nonce, { expiresAt, highest: 0, window: 0, method: '', uri: '', ha2: '' }, now);
    },
    get size() {
      return young.size + old.size;
    },
  };
}

/** Compares without telling by its time where the texts differ. */
function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a, 'latin1');
  const right = Buffer.from(b, 'latin1');
  return left.length === right.length && timingSafeEqual(left, right);
}
