import { ok } from '../../kernel/result.ts';
import type { Flow, Peer } from '../../sip-stack/flow.ts';
import { flowKeyOf, hostPort, parseFlowKey } from '../../sip-stack/flow-key.ts';
import type { TransportKind } from '../../sip-stack/transport/kind.ts';
import type { TransportListener } from '../../sip-stack/transport/layer-port.ts';
import { parseMessage } from '../../sip-stack/wire/parse.ts';
import { udp } from './fake-layer.ts';

/** UDP without sockets: a server at `server`, and everybody else at any address. */
export interface MemoryNetwork {
  readonly kinds: readonly TransportKind[];
  /** Called with what the server sends to this address. */
  attach(at: Peer, receive: (bytes: Buffer) => void): void;
  /** Hands a datagram to the server. */
  deliver(from: Peer, bytes: Buffer): void;
}

/** What is sent to an address where nobody is attached is lost. */
export function createMemoryNetwork(server: Peer): MemoryNetwork {
  const attached = new Map<string, (bytes: Buffer) => void>();
  let listener: TransportListener | undefined;
  const flowTo = (remote: Peer): Flow => ({
    key: flowKeyOf(udp, server, remote),
    transport: udp,
    local: server,
    remote,
    open: true,
    send: (bytes) => attached.get(hostPort(remote))?.(bytes),
  });
  return {
    kinds: [
      {
        facts: udp,
        start(context) {
          listener = context.listener;
          return {
            listen: (at) => Promise.resolve(ok({ ...at, ...server })),
            connect: flowTo,
            flow(key) {
              const name = parseFlowKey(key);
              return name === undefined ? undefined : flowTo(name.remote);
            },
            stop: () => Promise.resolve(),
          };
        },
      },
    ],
    attach(at, receive) {
      attached.set(hostPort(at), receive);
    },
    deliver(from, bytes) {
      const flow = flowTo(from);
      const parsed = parseMessage(bytes);
      if (parsed.ok) listener?.onMessage(parsed.value, flow);
      else listener?.onMalformed(parsed.fault, flow);
    },
  };
}
