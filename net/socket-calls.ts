import type { Result } from '../kernel/result.ts';

/** Where something lies in memory, as the system sees it. */
export type Pointer = number;

/** Tells when a descriptor is ready, for as long as it is open. */
export interface Readiness {
  /** Also tells when there is room to write, until called with false. Begins anew after a failure was told. */
  watch(alsoWritable: boolean): void;
  /** Tells nothing until `watch` is called again. */
  pause(): void;
  /** Nothing is told any more. To be called before the descriptor is closed. */
  close(): void;
}

/**
 * The system calls for sockets, by their own names and numbers (Linux, 64 bit, little-endian). Each gives -1 for a failure,
 * whose code `lastError` tells until the next call. Nothing throws, nothing waits.
 */
export interface SocketCalls {
  socket(family: number, type: number, protocol: number): number;
  bind(descriptor: number, name: Pointer, nameBytes: number): number;
  getsockname(descriptor: number, name: Pointer, nameBytes: Pointer): number;
  setsockopt(descriptor: number, level: number, option: number, value: Pointer, valueBytes: number): number;
  recvmmsg(descriptor: number, headers: Pointer, count: number, flags: number, timeout: Pointer): number;
  sendmmsg(descriptor: number, headers: Pointer, count: number, flags: number): number;
  close(descriptor: number): number;
  /** Text to network bytes (inet_pton): 1 when it was an address of the family. */
  parseAddress(family: number, text: string, into: Pointer): number;
  /** Network bytes to NUL-terminated text (inet_ntop). */
  writeAddress(family: number, from: Pointer, into: Pointer, bytesMax: number): void;
  /** 0 when there is no such interface. */
  interfaceIndex(name: string): number;
  /** NUL-terminated; leaves `into` as it is when there is no such interface. */
  interfaceName(index: number, into: Pointer): void;
  /** 'EAGAIN' and the like. */
  lastError(): string;
  /** The place of a Buffer that has memory of its own and that the caller keeps alive: such memory does not move. */
  pointerTo(bytes: Uint8Array): Pointer;
  /**
   * Begins to tell readiness to read; `undefined` when the event loop cannot. `onReady` is called outside any callback scope
   * (promises do not go on after it), so it may only schedule.
   */
  ready(descriptor: number, onReady: (failed: boolean) => void): Readiness | undefined;
}

/** @fault why they cannot be had here: a sentence for the operator */
export type LoadSocketCalls = () => Promise<Result<SocketCalls, string>>;
