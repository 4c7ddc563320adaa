import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { WebSocket } from 'ws';

/** A peer that keeps to no rules: what a test writes leaves as it is. */
export interface StreamPeer {
  write(bytes: Buffer | string): void;
  /** Reads nothing any more. */
  pause(): void;
  /** Everything heard so far, latin1. */
  heard(): string;
  /** Resolved once this has been heard. */
  until(text: string): Promise<void>;
  readonly closed: Promise<void>;
  destroy(): void;
}

/** Connects over a kind of transport, its handshakes done. */
export async function dial(kind: string, port: number, host = '127.0.0.1'): Promise<StreamPeer> {
  if (kind === 'ws' || kind === 'wss') return dialWebSocket(kind, port, host);
  const socket =
    kind === 'tls' ? connectSecurely({ port, host, rejectUnauthorized: false }) : connect(port, host).setNoDelay(true);
  await new Promise<void>((resolve, reject) => {
    socket.once(kind === 'tls' ? 'secureConnect' : 'connect', resolve);
    socket.once('error', reject);
  });
  return peerOn(socket);
}

/** A plain connection, whatever the port speaks. */
export async function dialPlain(port: number, host = '127.0.0.1'): Promise<StreamPeer> {
  const socket = connect(port, host);
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return peerOn(socket);
}

function peerOn(socket: Socket): StreamPeer {
  const heard = hearing();
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('data', heard.add);
  socket.on('error', () => undefined);
  return {
    write: (bytes) => void socket.write(bytes),
    pause: () => void socket.pause(),
    heard: heard.text,
    until: heard.until,
    closed,
    destroy: () => void socket.destroy(),
  };
}

async function dialWebSocket(kind: string, port: number, host: string): Promise<StreamPeer> {
  const socket = new WebSocket(`${kind}://${host}:${String(port)}/`, 'sip', { rejectUnauthorized: false });
  const heard = hearing();
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('message', (data: Buffer) => heard.add(data));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  return {
    write: (bytes) => socket.send(bytes, { binary: typeof bytes !== 'string' }),
    pause: () => socket.pause(),
    heard: heard.text,
    until: heard.until,
    closed,
    destroy: () => socket.terminate(),
  };
}

/** What was heard so far, to be waited for. */
interface Hearing {
  readonly add: (chunk: Buffer) => void;
  readonly text: () => string;
  readonly until: (text: string) => Promise<void>;
}

function hearing(): Hearing {
  let heard = '';
  let wake = (): void => undefined;
  return {
    add(chunk) {
      heard += chunk.toString('latin1');
      wake();
    },
    text: () => heard,
    async until(text) {
      while (!heard.includes(text)) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}
