import type { Seconds } from '../kernel/clock.ts';
import type { Candidates, Destination } from './destination.ts';
import type { FlowKey } from './flow.ts';

export type { Candidates };

/** Finds all the ways to a URI, best first. `Locate` is one. */
export interface CandidateSource {
  /**
   * @param flowKey the flow to use while it is open, '' for none; the URI counts once it is closed
   * @param seed    makes the choice among equals a function of this text: for a stateless proxy, which must send a
   *                retransmission where the request went (RFC 3263 §4.1); by chance when absent
   */
  candidates(uriText: string, flowKey: FlowKey, seed?: string): Candidates;
  /**
   * This destination gave no answer, a transport error, or 503 with Retry-After: tried last for a while (RFC 3263 §4.3).
   *
   * @param retryAfter how long it wants to be left alone (RFC 3261 §21.5.4); as long as is set when absent
   */
  failed(destination: Destination, retryAfter?: Seconds): void;
}
