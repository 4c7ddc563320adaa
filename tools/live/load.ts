import { createSocket, type Socket } from 'node:dgram';

/** A response or request as read off the wire, as far as the load needs it. */
export interface Seen {
  readonly start: string;
  readonly status: number;
  readonly text: string;
  header(name: string): string;
}

/** A small UDP user agent for tools: sends requests with retransmission, answers every NOTIFY with 200. */
export interface LoadAgent {
  readonly port: number;
  /** Resolves with the final response; rejects after `patience` milliseconds. */
  request(method: string, uri: string, headers: readonly string[], body?: string): Promise<Seen>;
  onNotify: (notify: Seen) => void;
  /** Gives up what is outstanding: their promises are rejected. */
  abandon(): void;
  close(): void;
}

const seen = (text: string): Seen => {
  const start = text.slice(0, text.indexOf('\r\n'));
  return {
    start,
    status: start.startsWith('SIP/2.0') ? Number(start.slice(8, 11)) : 0,
    text,
    header(name) {
      const at = text.indexOf(`\r\n${name}: `);
      return at < 0 ? '' : text.slice(at + name.length + 4, text.indexOf('\r\n', at + 2));
    },
  };
};

export async function createLoadAgent(serverPort: () => number, patience = 8000): Promise<LoadAgent> {
  const socket: Socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const port = socket.address().port;
  interface Pending {
    readonly bytes: Buffer;
    readonly since: number;
    sentAt: number;
    readonly resolve: (response: Seen) => void;
    readonly reject: (reason: Error) => void;
  }
  const pending = new Map<string, Pending>();
  let branches = 0;
  const run = Math.random().toString(36).slice(2);
  const send = (bytes: Buffer): void => socket.send(bytes, serverPort(), '127.0.0.1', () => undefined);

  const agent: LoadAgent = {
    port,
    onNotify: () => undefined,
    async request(method, uri, headers, body = '') {
      branches += 1;
      const branch = `z9hG4bK${run}.${String(branches)}`;
      const lines = [
        `${method} ${uri} SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.1:${String(port)};branch=${branch};rport`,
        'Max-Forwards: 70',
        ...headers,
        `Content-Length: ${String(Buffer.byteLength(body))}`,
      ];
      const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
      return new Promise<Seen>((resolve, reject) => {
        const now = Date.now();
        pending.set(branch, { bytes, since: now, sentAt: now, resolve, reject });
        send(bytes);
      });
    },
    abandon() {
      for (const { reject } of pending.values()) reject(new Error('abandoned'));
      pending.clear();
    },
    close() {
      clearInterval(ticker);
      agent.abandon();
      socket.close();
    },
  };
  const ticker = setInterval(() => {
    const now = Date.now();
    for (const [branch, entry] of pending) {
      if (now - entry.since > patience) {
        pending.delete(branch);
        entry.reject(new Error(`no answer to ${entry.bytes.toString('latin1', 0, 60)}`));
      } else if (now - entry.sentAt >= 500) {
        entry.sentAt = now;
        send(entry.bytes);
      }
    }
  }, 100);
  socket.on('error', () => undefined);
  socket.on('message', (bytes) => {
    const message = seen(bytes.toString('latin1'));
    if (message.start.startsWith('NOTIFY ')) {
      const copied = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => `${name}: ${message.header(name)}`);
      send(Buffer.from(`SIP/2.0 200 OK\r\n${copied.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`, 'latin1'));
      agent.onNotify(message);
      return;
    }
    if (message.status < 200) return;
    const branch = /branch=([^;\s]+)/.exec(message.header('Via'))?.[1] ?? '';
    pending.get(branch)?.resolve(message);
    pending.delete(branch);
  });
  return agent;
}
