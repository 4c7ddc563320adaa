import type { Peer, TransportFacts } from './flow.ts';
import type { Destination } from './outgoing.ts';

/** Which transport a large request takes; createLargeRequests of transport/large-request.ts fits (RFC 3261 §18.1.1). */
export interface LargeRequestChoice {
  /** @returns the transport to use for a request of this size */
  transportFor(destination: Destination & { readonly kind: 'address' }, bytesLength: number): TransportFacts;
  /** The transport that was chosen for size alone did not reach the peer. */
  refused(peer: Peer): void;
}
