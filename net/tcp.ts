import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { Address } from './address.ts';
import { familyOf } from './address.ts';
import { NetSocket } from './net-socket.ts';
import { reasonOf } from './reason.ts';
import type { ConnectStream, ListenStream, StreamAcceptor, StreamOptions, StreamServer } from './stream.ts';

/** Connections that may wait to be accepted; the system may allow less. */
const acceptBacklog = 1024;

export const listenTcp: ListenStream = (at, options, acceptor) =>
  listenSockets(at, options, acceptor, (socket, remote) => {
    const stream = new NetSocket(socket, remote);
    const reader = acceptor.onConnection(stream);
    if (reader === undefined) socket.destroy();
    else stream.readShared(reader);
  });

export const connectTcp: ConnectStream = (to, options, reader) => {
  const stream = new NetSocket(connect({ host: to.host, port: to.port, ...socketOptions(options) }), to);
  stream.read(reader);
  return stream;
};

/** Listens for connections of the system; `accept` takes each. */
export function listenSockets(
  at: Address,
  options: StreamOptions,
  acceptor: Pick<StreamAcceptor, 'onFault'>,
  accept: (socket: Socket, remote: Address) => void,
): Promise<Result<StreamServer, string>> {
  return new Promise((resolve) => {
    const server = createServer(socketOptions(options), (socket) => {
      accept(socket, { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 });
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
}

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
