import { createSocket } from 'node:dgram';
import type { Socket as UdpSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Answer, Packet } from 'dns-packet';
import { decode, encode, TRUNCATED_RESPONSE } from 'dns-packet';

/** A question as it came in. */
export interface Asked {
  readonly name: string;
  readonly type: string;
  readonly over: 'udp' | 'tcp';
  /** Whether the client offered larger datagrams (EDNS). */
  readonly extended: boolean;
}

/** What is made of a question; all members have the true value when absent. */
export interface DnsReply {
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  /** 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED. */
  readonly code?: number;
  readonly truncated?: boolean;
  /** Added to the id of the question. */
  readonly idOff?: number;
  /** In place of the question that was asked. */
  readonly question?: { readonly name: string; readonly type: 'A' | 'SRV' };
  /** In place of all of it. */
  readonly raw?: Buffer;
}

/** One reply, several (each is sent), or none: silence. */
export type Script = (asked: Asked) => DnsReply | readonly DnsReply[] | undefined | Promise<DnsReply | undefined>;

/** A DNS server on loopback that says what the test wants, over UDP and TCP of one port. */
export interface TestDnsServer {
  /** As `dns.servers` takes it. */
  readonly address: string;
  readonly asked: Asked[];
  /** What it says; `zone(...)` unless set. */
  script: Script;
  /** Fulfilled when so many questions have come in all. */
  reached(count: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startDnsServer(script: Script): Promise<TestDnsServer> {
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const take = async (bytes: Buffer, over: Asked['over'], send: (reply: Buffer) => void): Promise<void> => {
    const query = decode(bytes);
    const [question] = query.questions ?? [];
    if (question === undefined) return;
    const extended = (query.additionals ?? []).some(({ type }) => type === 'OPT');
    const asked: Asked = { name: question.name, type: question.type, over, extended };
    server.asked.push(asked);
    for (const waiter of waiting) if (server.asked.length >= waiter.count) waiter.resolve();
    const replied = await server.script(asked);
    const replies =
      replied === undefined ? [] : Array.isArray(replied) ? (replied as DnsReply[]) : [replied as DnsReply];
    for (const reply of replies) send(reply.raw ?? bytesOf(query, reply));
  };
  const open = new Set<Socket>();
  const { udp, tcp, port } = await bindBoth((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        void take(received.subarray(2, end), 'tcp', (reply) => {
          const length = Buffer.alloc(2);
          length.writeUInt16BE(reply.length);
          socket.write(Buffer.concat([length, reply]));
        });
        received = received.subarray(end);
      }
    });
  });
  udp.on('message', (bytes, peer) => {
    void take(bytes, 'udp', (reply) => {
      udp.send(reply, peer.port, peer.address);
    });
  });
  const server: TestDnsServer = {
    address: `127.0.0.1:${String(port)}`,
    asked: [],
    script,
    reached: (count) =>
      new Promise((resolve) => {
        if (server.asked.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    stop: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        tcp.close(() => {
          udp.close(() => {
            resolve();
          });
        });
      }),
  };
  return server;
}

/** The same free port for both; another process may have taken it for TCP in between. */
async function bindBoth(
  onConnection: (socket: Socket) => void,
): Promise<{ readonly udp: UdpSocket; readonly tcp: Server; readonly port: number }> {
  for (;;) {
    const udp = createSocket('udp4');
    await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
    const { port } = udp.address();
    const tcp = createServer(onConnection);
    const listening = await new Promise<boolean>((resolve) => {
      tcp.once('error', () => {
        resolve(false);
      });
      tcp.listen(port, '127.0.0.1', () => {
        resolve(true);
      });
    });
    if (listening) return { udp, tcp, port };
    await new Promise<void>((resolve) => udp.close(resolve));
  }
}

function bytesOf(query: Packet, reply: DnsReply): Buffer {
  const { answers = [], authorities = [], code = 0, truncated = false, idOff = 0, question } = reply;
  return encode({
    type: 'response',
    id: ((query.id ?? 0) + idOff) & 0xffff,
    flags: 0x01_80 | code | (truncated ? TRUNCATED_RESPONSE : 0),
    questions: question === undefined ? (query.questions ?? []) : [question],
    answers: [...answers],
    authorities: [...authorities],
  });
}

/**
 * Records as text, each under "name TYPE" or "name TYPE ttl" (60 seconds when left out):
 * `{ 'a.test NAPTR': ['10 50 s SIP+D2U - _sip._udp.a.test'], '_sip._udp.a.test SRV': ['1 10 5060 pbx.a.test'] }`.
 */
export type Zone = Readonly<Record<string, readonly string[]>>;

/** A server that knows these records; for anything else NXDOMAIN or no data, which may be remembered for `negativeTtl`. */
export function zone(records: Zone, negativeTtl = 30): Script {
  const all = Object.entries(records).flatMap(([key, texts]) => recordsOf(key, texts));
  const authorities: Answer[] = [
    { type: 'SOA', name: 'test', ttl: 3600, data: { mname: 'ns.test', rname: 'root.test', minimum: negativeTtl } },
  ];
  return ({ name, type }) => {
    const answers: Answer[] = [];
    let at = name.toLowerCase();
    for (let step = 0; step < 5; step += 1) {
      const here = all.filter((record) => record.name === at);
      const found = here.filter((record) => record.type === type);
      answers.push(...found);
      const alias = here.find((record) => record.type === 'CNAME');
      if (found.length > 0) return { answers };
      if (alias === undefined) return { answers, authorities, code: here.length > 0 ? 0 : 3 };
      answers.push(alias);
      at = alias.data as string;
    }
    return { answers };
  };
}

/** The records of one line of a zone. */
export function recordsOf(key: string, texts: readonly string[]): (Answer & { readonly data: unknown })[] {
  const [name = '', type = '', ttlText = '60'] = key.split(' ');
  return texts.map((text) => {
    const common = { name, ttl: Number(ttlText) };
    const words = text.split(' ').map((word) => (word === '-' ? '' : word));
    const [first = '', second = '', third = '', fourth = '', fifth = '', sixth = ''] = words;
    if (type === 'SRV') {
      const data = { priority: Number(first), weight: Number(second), port: Number(third), target: fourth };
      return { type, ...common, data };
    }
    if (type === 'NAPTR') {
      const [order, preference] = [Number(first), Number(second)];
      const data = { order, preference, flags: third, services: fourth, regexp: fifth, replacement: sixth };
      return { type, ...common, data };
    }
    return { type: type as 'A' | 'AAAA' | 'CNAME', ...common, data: text };
  });
}
