import { hash } from 'node:crypto';

/** The digest algorithms offered, as the `algorithm` parameter names them (RFC 7616 §6.1, RFC 8760 §2.1). */
export type DigestAlgorithm = 'MD5' | 'SHA-256';

export const digestAlgorithms: readonly DigestAlgorithm[] = ['MD5', 'SHA-256'];

/** H(data) in lower-case hex (RFC 8760 §2.2). Text is hashed as UTF-8. */
export const digestOf = (algorithm: DigestAlgorithm, input: string | Buffer): string =>
  hash(algorithm === 'MD5' ? 'md5' : 'sha256', input, 'hex');

/** Hex digits of a response of this algorithm (RFC 8760 §2.7). */
export const digestLength = (algorithm: DigestAlgorithm): number => (algorithm === 'MD5' ? 32 : 64);

/**
 * H(A1): all that a server needs to know of a password (RFC 7616 §3.4.2).
 *
 * @param username as the client will write it: `alice` or `alice@example.com`
 */
export const ha1Of = (algorithm: DigestAlgorithm, username: string, realm: string, password: string): string =>
  digestOf(algorithm, `${username}:${realm}:${password}`);
