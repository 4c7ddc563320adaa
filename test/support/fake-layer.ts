import { ok } from '../../kernel/result.ts';
import type { Flow, Peer, TransportFacts } from '../../sip-stack/flow.ts';
import type { TransportLayer } from '../../sip-stack/transport/layer-port.ts';

export const udp: TransportFacts = {
  viaToken: 'UDP',
  uriParam: 'udp',
  reliable: false,
  secure: false,
  defaultPort: 5060,
};
export const tcp: TransportFacts = {
  viaToken: 'TCP',
  uriParam: 'tcp',
  reliable: true,
  secure: false,
  defaultPort: 5060,
};

/** One message that was sent: where to, over what, its text. */
export interface Sent {
  readonly to: string;
  readonly over: string;
  readonly text: string;
  /** Tells the sender that it did not arrive. */
  fail(reason: string): void;
}

export interface FakeFlow extends Flow {
  close(): void;
}

/** A transport layer that keeps what is sent. */
export interface FakeLayer extends TransportLayer {
  readonly sent: Sent[];
  /** Takes what was sent since the last time. */
  take(): readonly Sent[];
  /** A flow as messages come in on it. */
  flowFrom(transport: TransportFacts, peer: Peer): FakeFlow;
}

export function createFakeLayer(): FakeLayer {
  const sent: Sent[] = [];
  const flowFrom = (transport: TransportFacts, remote: Peer): FakeFlow => {
    let open = true;
    const local = { host: '192.0.2.1', port: 5060 };
    return {
      key: `${transport.uriParam}|192.0.2.1:5060|${remote.host}:${String(remote.port)}`,
      transport,
      local,
      remote,
      get open() {
        return open;
      },
      close() {
        open = false;
      },
      send(bytes, onFailure) {
        sent.push({
          to: `${remote.host}:${String(remote.port)}`,
          over: transport.uriParam,
          text: bytes.toString('latin1'),
          fail: (reason) => onFailure?.(reason),
        });
      },
    };
  };
  return {
    sent,
    take: () => sent.splice(0),
    flowFrom,
    listen: (addresses) => Promise.resolve(ok(addresses)),
    bound: [],
    connect: flowFrom,
    flow: () => undefined,
    sentBy: () => '192.0.2.1:5060',
    contact: (flow) => `sip:192.0.2.1:5060;transport=${flow.transport.uriParam}`,
    stop: () => Promise.resolve(),
  };
}
