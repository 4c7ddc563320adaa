import type { FlowKey } from './flow.ts';
import type { Destination } from './outgoing.ts';

/** Destinations of one request in the order in which to try them (RFC 3263 §4.3). */
export interface Candidates {
  /** The next one; looked up only when asked for. `undefined` when there are no more. */
  next(): Destination | undefined | Promise<Destination | undefined>;
  /** Why there was none, once `next` has given `undefined` at first. */
  readonly reason: string;
}

/** Finds all the ways to a URI, best first. `Locate` is one. */
export interface CandidateSource {
  /** @param flowKey a flow to try before anything else, '' for none */
  candidates(uriText: string, flowKey: FlowKey): Candidates;
  /**
   * This destination gave no answer, 503, or a transport error: tried last for a while (RFC 3263 §4.3).
   */
  failed(destination: Destination): void;
}
