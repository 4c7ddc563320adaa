import type { Handler } from './incoming.ts';

/** What a handler serves, said where the handler is listed: Allow, Supported and 420 are computed from it. */
export interface Registration {
  readonly method: string;
  readonly handler: Handler;
  /** Option tags that a request of this method may require (RFC 3261 §19.2). */
  readonly requires?: readonly string[];
}
