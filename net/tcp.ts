import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { Address } from './address.ts';
import { familyOf } from './address.ts';
import { reasonOf } from './reason.ts';
import type { ConnectStream, ListenStream, StreamOptions, StreamReader, StreamServer, StreamSocket } from './stream.ts';

/** Connections that may wait to be accepted; the system may allow less. */
const acceptBacklog = 1024;

export const listenTcp: ListenStream = (at, options, acceptor) =>
  new Promise<Result<StreamServer, string>>((resolve) => {
    const server = createServer(socketOptions(options), (socket) => {
      const stream = new TcpSocket(socket, { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 });
      const reader = acceptor.onConnection(stream);
      if (reader === undefined) socket.destroy();
      else stream.read(reader);
    });
    const refused = (error: Error): void => resolve(fail(reasonOf(error)));
    server.once('error', refused);
    const ipv6Only = familyOf(at.host) === 6;
    server.listen({ host: at.host, port: at.port, ipv6Only, exclusive: true, backlog: acceptBacklog }, () => {
      server.off('error', refused);
      server.on('error', (error) => acceptor.onFault(reasonOf(error)));
      resolve(ok(streamServer(server)));
    });
  });

export const connectTcp: ConnectStream = (to, options, reader) => {
  const stream = new TcpSocket(connect({ host: to.host, port: to.port, ...socketOptions(options) }), to);
  stream.read(reader);
  return stream;
};

const socketOptions = (options: StreamOptions): object => ({
  noDelay: true,
  keepAlive: options.probeAfter > 0,
  keepAliveInitialDelay: options.probeAfter,
});

function streamServer(server: Server): StreamServer {
  const address = server.address();
  const local: Address =
    address === null || typeof address === 'string'
      ? { host: '', port: 0 }
      : { host: address.address, port: address.port };
  return {
    local,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

/** A class, so that twenty thousand idle connections share one set of functions. */
class TcpSocket implements StreamSocket {
  readonly remote: Address;
  private readonly socket: Socket;
  private reader: StreamReader | undefined;
  private reason: string | undefined;
  private readonly written = (error?: Error | null): void => {
    if (error === undefined || error === null) this.reader?.onWritten();
  };

  constructor(socket: Socket, remote: Address) {
    this.socket = socket;
    this.remote = remote;
    // Always listened to: an error nobody hears would end the process.
    socket.on('error', (error) => {
      this.reason = reasonOf(error);
    });
  }

  read(reader: StreamReader): void {
    this.reader = reader;
    if (this.socket.connecting) this.socket.once('connect', () => reader.onOpen());
    this.socket.on('data', (chunk) => reader.onBytes(chunk));
    this.socket.once('close', () => reader.onClosed(this.reason));
  }

  get local(): Address {
    return { host: this.socket.localAddress ?? '', port: this.socket.localPort ?? 0 };
  }

  get backlogBytes(): number {
    return this.socket.writableLength;
  }

  write(bytes: Buffer): void {
    if (this.socket.writable) this.socket.write(bytes, this.written);
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }
}
