import type { Flow, Peer, TransportFacts } from './flow.ts';

/** Where a request goes: over a flow that is open, or to an address that locate found. */
export type Destination =
  | { readonly kind: 'flow'; readonly flow: Flow }
  | {
      readonly kind: 'address';
      readonly transport: TransportFacts;
      readonly peer: Peer;
      /**
       * The transport for a request too large for `transport` (RFC 3261 §18.1.1, transport/large-request.ts); absent
       * when the URI chose `transport` itself or when there is no other.
       */
      readonly whenLarge?: TransportFacts;
      /** The name it was found for: who answers over TLS has to prove it (RFC 5922 §4). */
      readonly domain?: string;
      /** Where to go when this one fails (RFC 3263 §4.3), for one request alone; failover.ts asks for them. */
      readonly others?: Candidates;
    };

/** Destinations of one request in the order in which to try them (RFC 3263 §4.3). */
export interface Candidates {
  /** The next one; looked up only when asked for. `undefined` when there are no more. */
  next(): Destination | undefined | Promise<Destination | undefined>;
  /** Why there was none, once `next` has given `undefined` at first. */
  readonly reason: string;
  /** False when the one given last is surely the last; absent or true when `next` has to be asked. */
  readonly more?: boolean;
}
