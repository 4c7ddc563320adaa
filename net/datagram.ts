import type { Result } from '../kernel/result.ts';
import type { Address } from './address.ts';

/** One datagram that arrived. The bytes are the receiver's to keep. */
export interface Datagram {
  readonly bytes: Buffer;
  readonly from: Address;
}

/** What a datagram socket tells its owner. */
export interface DatagramReceiver {
  /** What arrived in one turn of the loop, in order, never empty. The array is the receiver's to keep. Must not throw. */
  onBatch(batch: readonly Datagram[]): void;
  /** A fault of the socket itself; it stays open. */
  onFault(reason: string): void;
  /** Whether to take a datagram from this source at all; asked for each, before it is copied. All are when absent. */
  admits?(host: string, port: number): boolean;
  /** So many datagrams were not admitted. */
  onDropped?(count: number): void;
}

/**
 * A bound datagram socket of one address family. Batches are the contract so that a back-end with recvmmsg(2) and
 * sendmmsg(2) can take the place of datagram-node.ts: `send` may keep the bytes until the end of the loop turn.
 */
export interface DatagramSocket {
  /** What we are bound to, with the real port; the host may be a wildcard. */
  readonly local: Address;
  readonly open: boolean;
  /**
   * Sends to a numeric address of the socket's family. Never throws, never looks a name up.
   *
   * @param onFailure told at most once, after this call has returned; ask for it only when needed, it costs a callback
   */
  send(bytes: Buffer, to: Address, onFailure?: (reason: string) => void): void;
  close(): Promise<void>;
}

export interface DatagramBuffers {
  /** Asked-for SO_RCVBUF; what the system allows is taken. */
  readonly receiveBufferBytes: number;
  /** Asked-for SO_SNDBUF; what the system allows is taken. */
  readonly sendBufferBytes: number;
}

/**
 * Binds a socket. IPv6 sockets carry IPv6 alone, so that both families can share a port.
 *
 * @fault the system's error code (EADDRINUSE, EACCES, EADDRNOTAVAIL, EAFNOSUPPORT)
 */
export type OpenDatagramSocket = (
  at: Address,
  buffers: DatagramBuffers,
  receiver: DatagramReceiver,
) => Promise<Result<DatagramSocket, string>>;
