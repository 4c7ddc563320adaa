import type { RequestIdentity } from './identity.ts';

/**
 * Records of completed transactions as bytes. A record starts at a multiple of 8 bytes: the identity but for the half
 * that found it and the length of the response (four 32-bit words), then the response. A place is the number of
 * 8-byte units before the record, counted through the slabs of a generation.
 */
export interface Slab {
  readonly bytes: Buffer;
  readonly words: Int32Array;
  used: number;
}

/** Hands out slabs and takes them back, keeping as many for the next generation as the last one had. */
export interface Slabs {
  take(): Slab;
  giveBack(slabs: readonly Slab[]): void;
  /** Bytes of the slabs given out, and of all that exist. */
  readonly bytesInUse: number;
  readonly bytes: number;
}

/**
 * 'same': this very transaction. 'other-method': its branch with another method. 'merged': same group and method,
 * another way.
 */
export type RecordMatch = 'same' | 'other-method' | 'merged';

const unitBits = 17;
const unitsPerSlab = 1 << unitBits;
const slabBytes = unitsPerSlab * 8;
const headBytes = 16;

export function createSlabs(): Slabs {
  let spare: Slab[] = [];
  let count = 0;
  return {
    take() {
      const reused = spare.pop();
      if (reused !== undefined) {
        reused.used = 0;
        return reused;
      }
      count += 1;
      const bytes = Buffer.allocUnsafeSlow(slabBytes);
      return { bytes, words: new Int32Array(bytes.buffer), used: 0 };
    },
    giveBack(slabs) {
      count -= spare.length;
      spare = [...slabs];
    },
    get bytesInUse() {
      return (count - spare.length) * slabBytes;
    },
    get bytes() {
      return count * slabBytes;
    },
  };
}

/** @returns the place of the record, or -1 for one that is larger than a slab */
export function writeRecord(slabs: Slabs, taken: Slab[], identity: RequestIdentity, response: Buffer): number {
  const length = headBytes + response.length;
  if (length > slabBytes) return -1;
  let slab = taken[taken.length - 1];
  if (slab === undefined || slab.used + length > slabBytes) {
    slab = slabs.take();
    taken.push(slab);
  }
  const start = slab.used;
  const word = start >> 2;
  const { words } = slab;
  words[word] = identity.groupLow;
  words[word + 1] = identity.way;
  words[word + 2] = identity.method;
  words[word + 3] = response.length;
  slab.bytes.set(response, start + headBytes);
  slab.used = (start + length + 7) & ~7;
  return ((taken.length - 1) << unitBits) + (start >>> 3);
}

/** @param identity  of a request whose `groupHigh` is that of the record */
export function matchRecord(slabs: readonly Slab[], place: number, identity: RequestIdentity): RecordMatch | undefined {
  const words = slabs[place >>> unitBits]?.words;
  const word = (place & (unitsPerSlab - 1)) << 1;
  if (words === undefined || words[word] !== identity.groupLow) return undefined;
  const isSameMethod = words[word + 2] === identity.method;
  if (words[word + 1] === identity.way) {
    return isSameMethod ? 'same' : 'other-method';
  }
  return isSameMethod ? 'merged' : undefined;
}

/** A copy, since the slab may be used again before a socket has sent it. */
export function responseAt(slabs: readonly Slab[], place: number): Buffer | undefined {
  const slab = slabs[place >>> unitBits];
  if (slab === undefined) return undefined;
  const start = (place & (unitsPerSlab - 1)) << 3;
  const at = start + headBytes;
  return Buffer.from(slab.bytes.subarray(at, at + (slab.words[(start >> 2) + 3] ?? 0)));
}
