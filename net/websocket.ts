import { isUtf8 } from 'node:buffer';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { RawData, ServerOptions, WebSocket } from 'ws';
import { limits } from '../kernel/limits.ts';
import { fail } from '../kernel/result.ts';
import type { Address } from './address.ts';
import { reasonOf } from './reason.ts';
import type { EndReason, ListenStream, StreamReader, StreamSocket } from './stream.ts';
import { listenSockets } from './tcp.ts';
import { createHandshakes } from './tls.ts';
import type { TlsPolicy } from './tls.ts';

/** Who is let in by the HTTP request that opens a WebSocket; each member is read at each handshake. */
export interface WebSocketPolicy {
  /** The sub-protocol that both sides must speak (RFC 6455 §1.9). */
  readonly protocol: string;
  /** Origins whose pages may connect, `https://app.example.org` each; empty for all (RFC 6455 §10.2). */
  readonly origins: readonly string[];
  /** The path to ask for; '' for any. */
  readonly path: string;
}

/** Status codes of RFC 6455 §7.4.1. */
const closeCode: Readonly<Record<EndReason, number>> = { done: 1001, 'protocol-error': 1002 };
/** Closings without a fault: normal, going away, no status given. */
const orderly: readonly number[] = [1000, 1001, 1005];
/** Milliseconds for which a peer that broke the protocol may take to hear why it is closed. */
const closeTimeout = 2000;
/** Bytes of the HTTP request that opens a connection. */
const requestBytesMax = 8192;

/** Accepts WebSocket connections (RFC 6455); with `tls` secure ones. Each message is one chunk for its reader. */
export function createListenWebSocket(policy: WebSocketPolicy, tls?: TlsPolicy): ListenStream {
  const upgrades = createUpgrades(policy);
  // Browsers ask their user about client certificates: secure WebSocket never asks for one.
  const handshakes = tls === undefined ? undefined : createHandshakes(withoutClientCertificates(tls));
  return (at, options, acceptor) => {
    if (tls?.credentials().certificates.length === 0)
      return Promise.resolve(fail('no certificate is configured (tls.certificates)'));
    return listenSockets(at, options, acceptor, (socket, remote) => {
      const stream = new WebSocketStream(socket, remote);
      const reader = acceptor.onConnection(stream);
      if (reader === undefined) {
        socket.destroy();
        return;
      }
      stream.read(reader);
      if (handshakes === undefined) upgrades.begin(socket, stream);
      else {
        handshakes.begin(socket, (outcome) => {
          if (outcome.ok) upgrades.begin(outcome.value.socket, stream);
          else stream.refuse(outcome.fault);
        });
      }
    });
  };
}

const withoutClientCertificates = (tls: TlsPolicy): TlsPolicy => ({
  credentials: () => tls.credentials(),
  clientCertificates: 'none',
  verifyServers: false,
  identities: () => [],
  judge: () => fail('not asked for'),
});

interface Upgrades {
  /** Reads the HTTP request on the socket, and hands the WebSocket made of it to the stream. */
  begin(socket: Socket, stream: WebSocketStream): void;
}

function createUpgrades(policy: WebSocketPolicy): Upgrades {
  const streams = new WeakMap<Duplex, WebSocketStream>();
  // The types of the library do not know closeTimeout yet.
  const options: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.messageBytesMax,
    closeTimeout,
    handleProtocols: () => policy.protocol,
  };
  const sockets = new WebSocketServer(options);
  // A server that does not listen: it is handed connections. Deadlines are the reader's, who knows time.
  const http = createServer({ maxHeaderSize: requestBytesMax }, (_request, response) => {
    response.writeHead(426, { upgrade: 'websocket', connection: 'close', 'content-type': 'text/plain' });
    response.end('This port speaks SIP over WebSocket (RFC 7118).\n');
  });
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refusalOf(request, policy);
    if (refusal === undefined) sockets.handleUpgrade(request, socket, head, (made) => streams.get(socket)?.adopt(made));
    else socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
  http.on('clientError', (error, socket) => {
    streams.get(socket)?.noteFault(error);
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  return {
    begin(socket, stream) {
      streams.set(socket, stream);
      http.emit('connection', socket);
    },
  };
}

/** @returns status and reason phrase of the answer, undefined for a request that may go on */
function refusalOf({ headers, url = '' }: IncomingMessage, policy: WebSocketPolicy): string | undefined {
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
  if (!protocols.includes(policy.protocol)) return `400 Sub-Protocol ${policy.protocol} Required`;
  if (policy.path !== '' && url.split('?', 1)[0] !== policy.path) return '404 Not Found';
  // Programs other than browsers need not name an origin, and could name any (RFC 6455 §10.2).
  const { origin } = headers;
  if (policy.origins.length > 0 && origin !== undefined && !policy.origins.includes(origin.toLowerCase()))
    return '403 Origin Not Allowed';
  return undefined;
}

/** One accepted WebSocket connection. A class, so that many idle ones share one set of functions. */
class WebSocketStream implements StreamSocket {
  readonly remote: Address;
  readonly local: Address;
  handshaking = true;
  private readonly socket: Socket;
  private socketMade: WebSocket | undefined = undefined;
  private reader: StreamReader | undefined = undefined;
  private reason: string | undefined = undefined;
  private readonly written = (error?: Error | null): void => {
    if (error === undefined || error === null) this.reader?.onWritten();
  };

  constructor(socket: Socket, remote: Address) {
    this.socket = socket;
    this.remote = remote;
    this.local = { host: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    socket.on('error', (error) => this.noteFault(error));
    socket.once('close', () => {
      if (this.socketMade === undefined) this.tellClosed();
    });
  }

  read(reader: StreamReader): void {
    this.reader = reader;
  }

  adopt(made: WebSocket): void {
    this.socketMade = made;
    this.handshaking = false;
    this.reader?.onOpen();
    made.on('message', (data: RawData) => this.reader?.onBytes(bytesOf(data)));
    made.on('ping', () => this.reader?.onAlive?.());
    made.on('pong', () => this.reader?.onAlive?.());
    made.on('error', (error) => this.noteFault(error));
    made.once('close', (code: number) => {
      if (!orderly.includes(code)) this.reason ??= `closed with ${String(code)}`;
      this.tellClosed();
    });
  }

  noteFault(error: Error): void {
    this.reason ??= reasonOf(error);
  }

  refuse(reason: string): void {
    this.reason ??= reason;
    this.socket.destroy();
  }

  get backlogBytes(): number {
    return this.socketMade?.bufferedAmount ?? 0;
  }

  /** A message that is no UTF-8 has to leave as a binary one (RFC 7118 §4.2). */
  write(bytes: Buffer): void {
    const made = this.socketMade;
    if (made?.readyState === made?.OPEN) made?.send(bytes, { binary: !isUtf8(bytes) }, this.written);
  }

  end(reason: EndReason = 'done'): void {
    if (this.socketMade === undefined) this.socket.destroy();
    else this.socketMade.close(closeCode[reason]);
  }

  destroy(): void {
    if (this.socketMade === undefined) this.socket.destroy();
    else this.socketMade.terminate();
  }

  ping(): void {
    const made = this.socketMade;
    if (made?.readyState === made?.OPEN) made?.ping();
  }

  private tellClosed(): void {
    const { reader } = this;
    this.reader = undefined;
    reader?.onClosed(this.reason);
  }
}

const bytesOf = (data: RawData): Buffer => {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
};
