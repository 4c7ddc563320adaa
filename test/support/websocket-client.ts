import { isUtf8 } from 'node:buffer';
import { WebSocket } from 'ws';
import type { ConnectStream } from '../../net/stream.ts';
import { reasonOf } from '../../net/reason.ts';
import type { Transport, TransportKind } from '../../sip-stack/transport/kind.ts';
import { startConnections } from '../../sip-stack/transport/connections.ts';
import { frames } from '../../sip-stack/transport/frames.ts';
import { fail } from '../../kernel/result.ts';

/** Begins WebSocket connections as a browser does; the server never begins one. */
const connectWebSocket =
  (scheme: string): ConnectStream =>
  (to, _options, reader) => {
    const host = to.host.includes(':') ? `[${to.host}]` : to.host;
    const socket = new WebSocket(`${scheme}://${host}:${String(to.port)}/`, 'sip', { rejectUnauthorized: false });
    const waiting: Buffer[] = [];
    let reason: string | undefined;
    const send = (bytes: Buffer): void =>
      socket.send(bytes, { binary: !isUtf8(bytes) }, (error) => {
        if (error === undefined || (error as Error | null) === null) reader.onWritten();
      });
    socket.on('open', () => {
      reader.onOpen();
      for (const bytes of waiting.splice(0)) send(bytes);
    });
    socket.on('message', (data: Buffer) => reader.onBytes(data));
    socket.on('error', (error) => (reason = reasonOf(error)));
    socket.on('close', () => reader.onClosed(reason));
    return {
      local: { host: '', port: 0 },
      remote: to,
      get backlogBytes() {
        return socket.bufferedAmount + waiting.reduce((sum, each) => sum + each.length, 0);
      },
      write(bytes) {
        if (socket.readyState === WebSocket.CONNECTING) waiting.push(bytes);
        else if (socket.readyState === WebSocket.OPEN) send(bytes);
      },
      end: () => socket.close(),
      destroy: () => socket.terminate(),
    };
  };

/** A WebSocket kind that also begins connections, as the peer that a test plays. */
export function withWebSocketClient(kind: TransportKind): TransportKind {
  const { facts } = kind;
  if (facts.uriParam !== 'ws' && facts.uriParam !== 'wss') return kind;
  return {
    facts,
    start(context): Transport {
      const listen = () => Promise.resolve(fail('a client'));
      const connect = connectWebSocket(facts.uriParam);
      const client = startConnections({ facts, listen, connect, createFramer: () => frames }, context);
      // Second, so that the gauge of connections is the server's.
      const server = kind.start(context);
      return {
        listen: (at) => server.listen(at),
        connect(peer, domain) {
          const known = server.connect(peer, domain);
          return known.open ? known : client.connect(peer, domain);
        },
        flow: (key) => server.flow(key) ?? client.flow(key),
        async stop() {
          await Promise.all([server.stop(), client.stop()]);
        },
      };
    },
  };
}
