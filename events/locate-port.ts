import type { Flow, FlowKey } from '../sip-stack/flow.ts';
import type { IncomingRequest } from '../sip-stack/incoming.ts';
import type { Destination } from '../sip-stack/outgoing.ts';

/** How watchers are reached: asked by the engine, answered by sip-stack/locate.ts. */
export interface Locate {
  /**
   * Where a NOTIFY goes.
   *
   * @param flowKey  the flow to prefer; '' for none
   * @returns at once for a numeric host or a live flow; `undefined` when there is no way
   */
  destination(uriText: string, flowKey: FlowKey): Destination | undefined | Promise<Destination | undefined>;
  /** The flow that NOTIFYs for this SUBSCRIBE must leave over; '' when its Contact can be used directly. */
  flowToKeep(incoming: IncomingRequest): FlowKey;
}

/** How watchers reach us: answered by the transport layer. */
export interface OwnContact {
  /**
   * A URI, without angle brackets, that reaches us over the kind of transport of this flow.
   *
   * @param scheme  'sips' where the flow has to be secure all the way (RFC 3261 §12.1.1)
   */
  contact(flow: Flow, scheme?: 'sip' | 'sips'): string;
}
