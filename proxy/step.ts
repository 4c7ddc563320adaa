import type { Reply } from '../sip-stack/reply.ts';
import type { ProxyCall } from './call.ts';

/**
 * What a step decided: `next` goes on with the next step; `forward` skips the remaining ones and sends the request to the
 * targets there are; a reply ends the journey.
 */
export type StepVerdict = 'next' | 'forward' | { readonly reply: Reply };

/**
 * One small part of what a proxy does with a request (RFC 3261 §16.3 to §16.6). The proxy is an ordered list of steps, named
 * in `proxy.steps`; an operator adds his own as a module (docs/extend.md).
 */
export interface ProxyStep {
  /** Kebab-case; names it in `proxy.steps`, logs and metrics. */
  readonly name: string;
  /** One sentence for the manual. */
  readonly doc: string;
  /** Option tags that a request may name in Proxy-Require because of this step (RFC 3261 §20.29). */
  readonly understands?: readonly string[];
  /**
   * Headers, in lower case, by whose values this step chooses where a request goes: they are told apart when a request comes
   * back, so that a spiral is not taken for a loop (RFC 5393 §4.2.1).
   */
  readonly routesBy?: readonly string[];
  /** Looks at the call, changes what it stands for, decides. Must not keep `call` beyond its promise. */
  run(call: ProxyCall): StepVerdict | Promise<StepVerdict>;
}
