import { limits } from '../kernel/limits.ts';
import type { Candidates } from './candidates.ts';
import type { Destination } from './destination.ts';
import type { Flow } from './flow.ts';
import type { TransportLayer } from './transport/layer-port.ts';
import type { SipRequest } from './wire/message.ts';
import type { Via } from './wire/via.ts';

/** Sends responses so that they arrive when the flow of their request has failed (RFC 3263 §5). */
export interface WaysBack {
  /**
   * Sends over the flow, and when it does not take the response, to what sent-by names, one address after another.
   *
   * @param onFailure told when nobody took it
   */
  send(request: SipRequest, flow: Flow, bytes: Buffer, onFailure: () => void): void;
}

export interface WaysBackDeps {
  readonly layer: () => Pick<TransportLayer, 'connect'>;
  /** `Locate.forResponse` fits. */
  readonly candidates: (via: Via) => Candidates;
}

export function createWaysBack({ layer, candidates }: WaysBackDeps): WaysBack {
  let looking = 0;

  const tryNext = async (rerouted: Rerouted): Promise<void> => {
    const { ways, failed, bytes, onFailure } = rerouted;
    const to = rerouted.tried < limits.candidatesMax ? await ways.next() : undefined;
    rerouted.tried += 1;
    if (to?.kind !== 'address') onFailure();
    else if (leadsTo(to, failed)) await tryNext(rerouted);
    else
      layer()
        .connect(to.transport, to.peer, to.domain)
        .send(bytes, () => void begin(rerouted));
  };

  const begin = async (rerouted: Rerouted): Promise<void> => {
    if (looking >= limits.responsesReroutedMax) {
      rerouted.onFailure();
      return;
    }
    looking += 1;
    await tryNext(rerouted).finally(() => {
      looking -= 1;
    });
  };

  return {
    send(request, flow, bytes, onFailure) {
      // A client that asked to be answered at the port it sent from is there or nowhere (RFC 3581 §4).
      if (!flow.transport.reliable && request.via.hasRport) flow.send(bytes, onFailure);
      else
        flow.send(bytes, () => {
          void begin({ ways: candidates(request.via), failed: flow, bytes, onFailure, tried: 0 });
        });
    },
  };
}

/** A response on its way round. */
interface Rerouted {
  readonly ways: Candidates;
  readonly failed: Flow;
  readonly bytes: Buffer;
  readonly onFailure: () => void;
  tried: number;
}

/** The very address that has just failed. */
const leadsTo = ({ transport, peer }: Destination & { readonly kind: 'address' }, { remote, transport: over }: Flow) =>
  transport === over && peer.host === remote.host && peer.port === remote.port;
