import { hash } from 'node:crypto';

/** Characters of base64url kept: 66 bits, as short as V8 copies instead of keeping the whole text for a part of it. */
const length = 11;

/**
 * Tells one state of a resource from another: the beginning of its SHA-1. Not a defence: who forges a collision hides a change
 * of their own state. 1.4 µs for a body of 700 bytes (a hash over its bytes in JavaScript: 2.3), once for each view and change.
 */
export const fingerprint = (bytes: Uint8Array): string => hash('sha1', bytes, 'base64url').slice(0, length);
