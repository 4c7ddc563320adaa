import type { Pointer, SocketCalls } from './socket-calls.ts';

/** Sizes of struct mmsghdr, struct iovec and of room for a sockaddr, in words of 32 bits (Linux, 64 bit). */
export const headerWords = 16;
const vectorWords = 4;
export const nameWords = 8;

/** Words of a header: msg_namelen and msg_len. */
export const nameBytesAt = 2;
export const messageBytesAt = 14;

/** A sockaddr_in6; a sockaddr_in is 16. */
export const nameBytesMax = 28;

/** An array of struct mmsghdr, one iovec and one name each, made once: a call then needs only where it lies. */
export interface MessageHeaders {
  readonly pointer: Pointer;
  readonly words: Int32Array;
  readonly names: Int32Array;
  /** Says where the bytes of a message lie and how many they are. */
  point(index: number, at: Pointer, bytes: number): void;
}

export function createMessageHeaders(calls: SocketCalls, count: number): MessageHeaders {
  const [headers, vectors, names] = [
    ownWords(count * headerWords),
    ownWords(count * vectorWords),
    ownWords(count * nameWords),
  ];
  const { words } = headers;
  const pointer = calls.pointerTo(headers.bytes);
  const [vectorsAt, namesAt] = [calls.pointerTo(vectors.bytes), calls.pointerTo(names.bytes)];
  for (let index = 0; index < count; index += 1) {
    const at = index * headerWords;
    setWide(words, at, namesAt + index * nameWords * 4);
    words[at + nameBytesAt] = nameBytesMax;
    setWide(words, at + 4, vectorsAt + index * vectorWords * 4);
    words[at + 6] = 1;
  }
  return {
    pointer,
    words,
    names: names.words,
    point(index, at, bytes) {
      const vector = index * vectorWords;
      setWide(vectors.words, vector, at);
      vectors.words[vector + 2] = bytes;
    },
  };
}

/** Memory outside the heap, which never moves. */
function ownWords(count: number): { readonly bytes: Buffer; readonly words: Int32Array } {
  const bytes = Buffer.allocUnsafeSlow(count * 4).fill(0);
  return { bytes, words: new Int32Array(bytes.buffer, bytes.byteOffset, count) };
}

/** A 64-bit number, low word first. */
function setWide(words: Int32Array, at: number, value: number): void {
  words[at] = value;
  words[at + 1] = value / 0x1_0000_0000;
}
