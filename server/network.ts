import type { Clock, Scheduler, Tokens } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import type { Store } from '../db/store.ts';
import type { Endpoint } from '../sip-stack/endpoint.ts';
import { createEndpoint } from '../sip-stack/endpoint.ts';
import type { Flow } from '../sip-stack/flow.ts';
import type { StrayReceiver } from '../sip-stack/forwarding.ts';
import type { RequestReceiver } from '../sip-stack/responder.ts';
import type { Certificates } from '../sip-stack/transport/certificates.ts';
import type { TransportKind } from '../sip-stack/transport/kind.ts';
import { createLargeRequests } from '../sip-stack/transport/large-request.ts';
import { createTransportLayer } from '../sip-stack/transport/layer.ts';
import type { TransportLayer } from '../sip-stack/transport/layer-port.ts';
import type { Tap } from '../sip-stack/transport/tap.ts';
import { createWaysBack } from '../sip-stack/ways-back.ts';
import type { Locating } from './locating.ts';
import { composeLocating } from './locating.ts';
import type { Protection } from './protection.ts';
import { composeProtection } from './protection.ts';
import { withFlowNews } from './registrar.ts';
import type { Config } from './sections.ts';

/** What carries messages, and finds the way for them. */
export interface Network extends Locating {
  readonly layer: TransportLayer;
  readonly endpoint: Endpoint;
  readonly protection: Protection;
}

export interface NetworkDeps {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly wheel: TimerWheel;
  readonly tokens: Tokens;
  readonly log: Log;
  readonly meter: Meter;
  readonly store: Store;
  readonly tap: Tap;
  readonly certificates: Certificates;
  readonly transportKinds?: readonly TransportKind[];
}

/** Transports, transactions and the way to a peer (RFC 3261 §17 and §18, RFC 3263). */
export function composeNetwork(
  deps: NetworkDeps,
  config: Config,
  receiver: () => RequestReceiver,
  strays: () => StrayReceiver,
  onFlowClosed: (flow: Flow) => void,
): Network {
  const protection = composeProtection({ ...deps, liveTransactions: () => endpoint.liveTransactions }, config);
  const { gate, shedding: feedback, downstream } = protection;
  const largeRequests = createLargeRequests(deps, config.transport);
  const waysBack = createWaysBack({ layer: () => layer, candidates: (via) => locating.locate.forResponse(via) });
  const endpoint: Endpoint = createEndpoint(
    {
      ...deps,
      layer: () => layer,
      receiver,
      strays,
      largeRequests,
      gate,
      feedback,
      waysBack,
      ...(downstream === undefined ? {} : { downstream }),
    },
    { ...config.transaction, timers: config.transaction },
  );
  const layer: TransportLayer = createTransportLayer(
    { ...deps, ...protection, tls: config.tls },
    withFlowNews(endpoint, onFlowClosed),
    config.transport,
    deps.transportKinds,
  );
  const locating = composeLocating({ ...deps, layer, endpoint }, config.dns);
  return { layer, endpoint, protection, ...locating };
}
