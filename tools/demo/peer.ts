import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { createFramer } from '../../sip-stack/wire/framing.ts';
import type { SipMessage } from '../../sip-stack/wire/message.ts';
import { parseMessage } from '../../sip-stack/wire/parse.ts';

/** A numeric address with its port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A client's own end of the network: one UDP socket, or one TCP connection to the server. */
export interface Peer {
  readonly transport: 'udp' | 'tcp';
  readonly local: Address;
  send(bytes: Buffer): void;
  close(): void;
}

/** Opens a UDP socket that speaks with one server. */
export function openUdp(server: Address, onMessage: (message: SipMessage) => void): Promise<Peer> {
  const socket = createSocket(server.host.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (bytes) => {
    const parsed = parseMessage(bytes);
    if (parsed.ok) onMessage(parsed.value);
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: server.host.includes(':') ? '::1' : '127.0.0.1', port: 0 }, () => {
      const { address, port } = socket.address();
      resolve({
        transport: 'udp',
        local: { host: address, port },
        send(bytes) {
          socket.send(bytes, server.port, server.host);
        },
        close() {
          socket.close();
        },
      });
    });
  });
}

/** Opens a TCP connection to a server. */
export function openTcp(server: Address, onMessage: (message: SipMessage) => void): Promise<Peer> {
  const framer = createFramer();
  const socket = connect(server.port, server.host);
  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    for (const framed of framer.push(chunk)) if (framed.kind === 'message') onMessage(framed.message);
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.on('error', () => {
        socket.destroy();
      });
      resolve({
        transport: 'tcp',
        local: { host: socket.localAddress ?? '127.0.0.1', port: socket.localPort ?? 0 },
        send(bytes) {
          socket.write(bytes);
        },
        close() {
          socket.destroy();
        },
      });
    });
  });
}
