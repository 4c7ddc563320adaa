import { familyOf } from '../../net/address.ts';
import type { TransportFacts } from '../flow.ts';
import type { TransportLayer } from '../transport/layer-port.ts';

/** What this server speaks: the transports there are, and those it listens on, by family. */
export interface Spoken {
  /** The transport of this Via token, whether we listen on it or not. */
  known(viaToken: string): TransportFacts | undefined;
  /** The same when we listen on it. */
  listening(viaToken: string): TransportFacts | undefined;
  /** Those we listen on, each once, as they were listed. */
  all(): readonly TransportFacts[];
  /**
   * The families in which a request can leave: datagrams need a socket of the peer's family, connections a family that
   * this machine has been seen to speak.
   */
  families(transport: TransportFacts): { readonly four: boolean; readonly six: boolean };
}

export function createSpoken(layer: Pick<TransportLayer, 'bound'>, transports: readonly TransportFacts[]): Spoken {
  return {
    known: (token) => transports.find(({ viaToken }) => viaToken === token),
    listening: (token) => layer.bound.find(({ transport }) => transport.viaToken === token)?.transport,
    all: () => [...new Set(layer.bound.map(({ transport }) => transport))],
    families(transport) {
      let four = false;
      let six = false;
      for (const each of layer.bound) {
        if (!transport.reliable && each.transport !== transport) continue;
        if (familyOf(each.host) === 4) four = true;
        else six = true;
      }
      return { four, six };
    },
  };
}
