import type { Socket } from 'node:net';
import type { Address } from './address.ts';
import { reasonOf } from './reason.ts';
import { readShared } from './shared-read.ts';
import type { StreamReader, StreamSocket } from './stream.ts';

/** Where a socket of the system says whose it is: the listeners below are shared by all of them. */
const owner = Symbol('owner');
type OwnedSocket = Socket & { [owner]?: NetSocket };

/**
 * One connection on a socket of the system, plain or TLS. A class with shared listeners, so that twenty thousand idle
 * connections share one set of functions.
 */
export class NetSocket implements StreamSocket {
  readonly remote: Address;
  handshaking: boolean;
  provenNames: readonly string[] | undefined = undefined;
  private socket: Socket;
  private reader: StreamReader | undefined = undefined;
  private reason: string | undefined = undefined;
  private written: ((error?: Error | null) => void) | undefined = undefined;
  /** What waits until a peer has proved who it is; `undefined` where nobody has to. */
  private held: Buffer[] | undefined = undefined;

  /** @param handshaking whether `adopt` will put the socket that carries bytes in the place of this one */
  constructor(socket: Socket, remote: Address, handshaking = false) {
    this.socket = socket;
    this.remote = remote;
    this.handshaking = handshaking;
    own(socket, this);
  }

  /** @param mayConnect false when `proved` tells that the connection is open */
  read(reader: StreamReader, mayConnect = true): void {
    this.reader = reader;
    if (this.handshaking) return;
    if (this.socket.connecting && mayConnect) this.socket.once('connect', onConnect);
    this.socket.on('data', onData);
  }

  /** The same for a plain accepted socket, by the cheaper way to read where this Node has one. */
  readShared(reader: StreamReader): void {
    this.reader = reader;
    if (!readShared(this.socket, (bytes) => this.onBytes(bytes))) this.socket.on('data', onData);
  }

  /** Keeps back what is written until `proved`. */
  hold(): void {
    this.held = [];
  }

  /** A connection of ours is open, and the peer who it has to be. */
  proved(names: readonly string[] | undefined): void {
    this.provenNames = names;
    const held = this.held ?? [];
    this.held = undefined;
    this.reader?.onOpen();
    for (const bytes of held) this.write(bytes);
  }

  /** The handshake of an accepted connection is over: from now on `socket` carries its bytes. */
  adopt(socket: Socket, names: readonly string[] | undefined): void {
    this.socket = socket;
    this.handshaking = false;
    this.provenNames = names;
    own(socket, this);
    this.reader?.onOpen();
    socket.on('data', onData);
  }

  /** Drops the connection with a reason of ours. */
  refuse(reason: string): void {
    this.reason ??= reason;
    this.socket.destroy();
  }

  noteFault(error: Error): void {
    this.reason ??= reasonOf(error);
  }

  get local(): Address {
    return { host: this.socket.localAddress ?? '', port: this.socket.localPort ?? 0 };
  }

  get backlogBytes(): number {
    const { writableLength } = this.socket;
    return this.held === undefined
      ? writableLength
      : this.held.reduce((sum, each) => sum + each.length, writableLength);
  }

  write(bytes: Buffer): void {
    if (this.held !== undefined) {
      this.held.push(bytes);
      return;
    }
    if (!this.socket.writable || this.handshaking) return;
    this.written ??= (error) => {
      if (error === undefined || error === null) this.reader?.onWritten();
    };
    this.socket.write(bytes, this.written);
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Called by the shared listeners. */
  onBytes(chunk: Buffer): void {
    this.reader?.onBytes(chunk);
  }

  onConnected(): void {
    this.reader?.onOpen();
  }

  onGone(socket: Socket): void {
    // The plain socket under a TLS one is gone with it: told once, by the one in use.
    if (socket !== this.socket) return;
    const { reader } = this;
    this.reader = undefined;
    reader?.onClosed(this.reason);
  }
}

/** Always listened to: an error nobody hears would end the process. */
function own(socket: OwnedSocket, stream: NetSocket): void {
  socket[owner] = stream;
  socket.on('error', onError);
  socket.on('close', onClose);
}

function onConnect(this: OwnedSocket): void {
  this[owner]?.onConnected();
}

function onData(this: OwnedSocket, chunk: Buffer): void {
  this[owner]?.onBytes(chunk);
}

function onError(this: OwnedSocket, error: Error): void {
  this[owner]?.noteFault(error);
}

function onClose(this: OwnedSocket): void {
  this[owner]?.onGone(this);
}
