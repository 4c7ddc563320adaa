import type { Flow, Peer, TransportFacts } from '../flow.ts';
import { flowKeyOf } from '../flow-key.ts';

/** A flow that never was open: what `connect` gives when there is no way to the peer. Each send fails with `reason`. */
export function closedFlow(transport: TransportFacts, remote: Peer, reason: string): Flow {
  const local: Peer = { host: remote.host.includes(':') ? '::' : '0.0.0.0', port: 0 };
  return {
    key: flowKeyOf(transport, local, remote),
    transport,
    local,
    remote,
    open: false,
    send(_bytes, onFailure) {
      if (onFailure !== undefined) failLater(onFailure, reason);
    },
  };
}

/** Tells a failure after the call that caused it has returned, so that no sender is called back while it sends. */
export function failLater(onFailure: (reason: string) => void, reason: string): void {
  queueMicrotask(() => {
    onFailure(reason);
  });
}
