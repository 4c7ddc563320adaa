import { chmodSync, unlinkSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';

/** One end of a Unix domain socket that carries lines of UTF-8 text. */
export interface LineConnection {
  /** Sends one line (without its end); false when the peer reads too slowly: wait for `drained`. */
  send(line: string): boolean;
  /** Fulfilled when what was sent has left, or the connection is gone. */
  drained(): Promise<void>;
  /** Closes after what was sent has left. */
  close(): void;
}

/** What a connection tells its owner; must not throw. */
export interface LineListener {
  onLine(line: string): void;
  onClosed(): void;
}

export interface LocalServer {
  stop(): Promise<void>;
}

/** Bounds of one side. */
export interface LineBounds {
  /** A longer line closes the connection. */
  readonly lineBytesMax: number;
  /** Further connections are closed at once. */
  readonly connectionsMax: number;
}

/** Longest name of a Unix domain socket that every platform takes. */
export const socketPathBytesMax = 100;

/**
 * Listens on a Unix domain socket that only the owner of the process may use (mode 0600). A name left behind by a process
 * that is gone is taken over.
 *
 * @fault a sentence; also when another process listens there
 */
export async function listenLocal(
  path: string,
  bounds: LineBounds,
  onConnection: (connection: LineConnection) => LineListener,
): Promise<Result<LocalServer, string>> {
  const first = await tryListen(path, bounds, onConnection);
  if (first.ok || first.fault !== 'EADDRINUSE') return first;
  const other = await connectLocal(path, bounds.lineBytesMax, { onLine() {}, onClosed() {} });
  if (other.ok) {
    other.value.close();
    return fail(`another process listens on ${path}`);
  }
  try {
    unlinkSync(path);
  } catch (error) {
    return fail(`${path} is in the way and cannot be removed (${codeOf(error)})`);
  }
  return tryListen(path, bounds, onConnection);
}

/** @fault 'absent' when nobody listens there, a sentence otherwise */
export function connectLocal(
  path: string,
  lineBytesMax: number,
  listener: LineListener,
): Promise<Result<LineConnection, string>> {
  return new Promise((resolve) => {
    if (Buffer.byteLength(path) > socketPathBytesMax) {
      resolve(fail('absent'));
      return;
    }
    const socket = connect({ path });
    const refused = (error: unknown): void => {
      const code = codeOf(error);
      resolve(fail(code === 'ENOENT' || code === 'ECONNREFUSED' ? 'absent' : `cannot connect to ${path} (${code})`));
    };
    socket.once('error', refused);
    socket.once('connect', () => {
      socket.off('error', refused);
      resolve(ok(lineConnection(socket, lineBytesMax, () => listener)));
    });
  });
}

function tryListen(
  path: string,
  bounds: LineBounds,
  onConnection: (connection: LineConnection) => LineListener,
): Promise<Result<LocalServer, string>> {
  if (Buffer.byteLength(path) > socketPathBytesMax) {
    return Promise.resolve(fail(`the name ${path} is longer than ${String(socketPathBytesMax)} characters`));
  }
  return new Promise((resolve) => {
    const open = new Set<Socket>();
    const server = createServer((socket) => {
      if (open.size >= bounds.connectionsMax) {
        socket.destroy();
        return;
      }
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      lineConnection(socket, bounds.lineBytesMax, onConnection);
    });
    server.once('error', (error) => {
      resolve(fail(codeOf(error)));
    });
    // The socket is made within this call, so that it is never open to others, not even for a moment.
    const umask = process.umask(0o177);
    server.listen({ path }, () => {
      chmodSync(path, 0o600);
      resolve(ok({ stop: () => stopListening(server, open) }));
    });
    process.umask(umask);
  });
}

function stopListening(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    for (const socket of open) socket.destroy();
  });
}

function lineConnection(
  socket: Socket,
  lineBytesMax: number,
  listenerFor: (connection: LineConnection) => LineListener,
): LineConnection {
  let rest = '';
  const connection: LineConnection = {
    send: (line) => !socket.destroyed && socket.write(`${line}\n`),
    drained: () =>
      socket.destroyed || !socket.writableNeedDrain
        ? Promise.resolve()
        : new Promise((resolve) => {
            const settle = (): void => {
              socket.off('drain', settle);
              socket.off('close', settle);
              resolve();
            };
            socket.on('drain', settle);
            socket.on('close', settle);
          }),
    close() {
      socket.end();
    },
  };
  const listener = listenerFor(connection);
  socket.setEncoding('utf8');
  socket.on('error', () => {
    socket.destroy();
  });
  socket.on('close', () => {
    listener.onClosed();
  });
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.length > lineBytesMax) socket.destroy();
      if (socket.destroyed) return;
      listener.onLine(line);
    }
    if (rest.length > lineBytesMax) socket.destroy();
  });
  return connection;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error);
