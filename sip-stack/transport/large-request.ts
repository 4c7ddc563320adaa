import type { Clock, Instant } from '../../kernel/clock.ts';
import { instant } from '../../kernel/clock.ts';
import { limits } from '../../kernel/limits.ts';
import type { Destination } from '../outgoing.ts';
import type { Peer, TransportFacts } from '../flow.ts';
import { hostPort } from '../flow-key.ts';
import type { TransportSettings } from './settings.ts';

/** Whether a request of this size must not leave over UDP when there is another way (RFC 3261 §18.1.1). */
export const requiresReliable = (
  bytesLength: number,
  settings: Pick<TransportSettings, 'udpRequestBytesMax'>,
): boolean => bytesLength > settings.udpRequestBytesMax;

/** Chooses the transport of a request by its size, and remembers the peers that speak UDP alone. */
export interface LargeRequests {
  /**
   * The transport to use towards an address: `whenLarge` for a request too large for UDP, unless the peer refused it.
   * The Via has to name what is returned.
   */
  transportFor(destination: Destination & { readonly kind: 'address' }, bytesLength: number): TransportFacts;
  /**
   * The reliable transport that `transportFor` gave failed before an answer came: send again over UDP, with a Via that
   * says so (RFC 3261 §18.1.1), and leave this peer on UDP for a while.
   */
  refused(peer: Peer): void;
}

/** Milliseconds for which a peer that takes no connection gets its large requests over UDP at once. */
const refusalRememberedFor = 600_000;

export function createLargeRequests(
  deps: { readonly clock: Clock },
  settings: Pick<TransportSettings, 'udpRequestBytesMax'>,
): LargeRequests {
  const refusedUntil = new Map<string, Instant>();
  return {
    transportFor({ transport, whenLarge, peer }, bytesLength) {
      if (whenLarge === undefined || !requiresReliable(bytesLength, settings)) return transport;
      const until = refusedUntil.get(hostPort(peer));
      return until !== undefined && until > deps.clock.now() ? transport : whenLarge;
    },
    refused(peer) {
      if (refusedUntil.size >= limits.peersRememberedMax) refusedUntil.clear();
      refusedUntil.set(hostPort(peer), instant(deps.clock.now() + refusalRememberedFor));
    },
  };
}
