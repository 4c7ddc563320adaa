import { tooManyHops } from '../refusals.ts';
import type { Refusal } from '../reply.ts';
import type { SipRequest } from '../wire/message.ts';

/**
 * 483 for a request that would have to go further but may not (RFC 3261 §16.3 step 3). Asked for requests to other domains
 * only: the last hop takes a request whatever is left of its hops (RFC 4475 §3.3.11).
 */
export function refuseHops(request: SipRequest): Refusal | undefined {
  const hops = request.headers.first('max-forwards');
  return hops !== undefined && Number(hops) === 0 ? tooManyHops() : undefined;
}
