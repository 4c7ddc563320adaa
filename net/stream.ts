import type { Milliseconds } from '../kernel/clock.ts';
import type { Result } from '../kernel/result.ts';
import type { Address } from './address.ts';

/** What a connection tells its owner; none may throw. */
export interface StreamReader {
  /** A connection that we began is established, or the handshake of an accepted one is over (`handshaking`). */
  onOpen(): void;
  /** Bytes in order; the chunk is the reader's to keep. A socket that keeps messages apart (WebSocket) gives one whole. */
  onBytes(chunk: Buffer): void;
  /** The peer lives, though it sent no bytes for us: an answer to `ping`, or a ping of its own. */
  onAlive?(): void;
  /** One `write` has been handed to the system in full; called once for each, in order. */
  onWritten(): void;
  /**
   * The connection is gone; called exactly once, also after `destroy`, never during a call of ours.
   *
   * @param reason the system's error code, or `undefined` for an orderly end
   */
  onClosed(reason: string | undefined): void;
}

/** Why we end a connection: we have no more use for it, or the peer does not keep to the protocol. */
export type EndReason = 'done' | 'protocol-error';

/** One connection: TCP here, TLS and WebSocket in files of their own. */
export interface StreamSocket {
  /** Our end; the port is 0 while connecting. */
  readonly local: Address;
  readonly remote: Address;
  /** Bytes accepted by `write` that the system has not taken yet. */
  readonly backlogBytes: number;
  /** An accepted connection whose handshake (TLS, WebSocket) is outstanding: nothing can be written before `onOpen`. */
  readonly handshaking?: boolean;
  /** What the certificate of the peer proves, once open: as `TlsPeerNames` read it; absent where nothing was proved. */
  readonly provenNames?: readonly string[] | undefined;
  /** Queues while connecting. Nothing happens once the connection is gone. */
  write(bytes: Buffer): void;
  /** Says that we will write no more, once the backlog has gone out. */
  end(reason?: EndReason): void;
  /** Asks the peer to tell that it lives (`onAlive`); absent where the protocol has no such question. */
  ping?(): void;
  /** Drops the connection and its backlog. */
  destroy(): void;
}

export interface StreamServer {
  readonly local: Address;
  /** Stops accepting; connections live on, the promise waits for them to end. */
  close(): Promise<void>;
}

export interface StreamAcceptor {
  /** Gives the reader of a new connection, or `undefined` to turn it away. */
  onConnection(socket: StreamSocket): StreamReader | undefined;
  /** A fault of the listening socket (EMFILE); it stays open. */
  onFault(reason: string): void;
}

export interface StreamOptions {
  /** Silence after which the system asks whether the peer still lives; 0 for never. */
  readonly probeAfter: Milliseconds;
}

/** @fault the system's error code */
export type ListenStream = (
  at: Address,
  options: StreamOptions,
  acceptor: StreamAcceptor,
) => Promise<Result<StreamServer, string>>;

/**
 * Begins a connection; its outcome is `onOpen` or `onClosed`.
 *
 * @param domain the name that `to` was found for, for kinds that prove who answers (RFC 5922 §4)
 */
export type ConnectStream = (
  to: Address,
  options: StreamOptions,
  reader: StreamReader,
  domain?: string,
) => StreamSocket;
