import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** A port that was free for UDP and for TCP a moment ago. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const free = await new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind({ address: host, port }, () => resolve(true));
  });
  socket.close();
  server.close();
  await once(server, 'close');
  return free ? port : freePort(host);
}

/** Whether some program on this machine has bound a port, as the kernel tells it. */
export function isBound(transport: 'udp' | 'tcp', port: number): boolean {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  // Columns: number, local address, remote address, state (0A: a TCP socket that listens).
  return [`/proc/net/${transport}`, `/proc/net/${transport}6`].some(
    (file) =>
      existsSync(file) &&
      readFileSync(file, 'latin1')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .some(([, local = '', , state]) => local.endsWith(wanted) && (transport === 'udp' || state === '0A')),
  );
}
