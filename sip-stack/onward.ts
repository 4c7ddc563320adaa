import type { IncomingRequest } from './incoming.ts';
import type { Responder } from './responder.ts';
import type { RouteTaken } from './route-taken.ts';

/** Takes the requests that are not for this server itself but go on from here: the proxy. */
export interface Onward {
  /**
   * Sends a request on, and answers through `responder`, now or later. Never throws.
   *
   * @param incoming  its `uri` is the Request-URI after the Route has been read (RFC 3261 §16.4)
   */
  onRequest(incoming: IncomingRequest, route: RouteTaken, responder: Responder): void;
}
