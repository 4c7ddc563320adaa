import type { Aor } from '../kernel/aor.ts';
import type { Instant } from '../kernel/clock.ts';
import type { Flow } from './flow.ts';
import type { Refusal, Reply } from './reply.ts';
import type { SipRequest } from './wire/message.ts';
import type { SipUri } from './wire/uri.ts';

/** Who sent a request, as far as it was proved. */
export type Identity =
  | { readonly kind: 'authenticated'; readonly aor: Aor }
  | { readonly kind: 'anonymous' }
  /** A peer trusted by address: it speaks for what its From says. */
  | { readonly kind: 'trusted-peer'; readonly aor: Aor };

/** A request that has passed the guards of dispatch, on its way to the handler of its method. */
export interface IncomingRequest {
  readonly request: SipRequest;
  /** The parsed Request-URI. */
  readonly uri: SipUri;
  readonly flow: Flow;
  readonly receivedAt: Instant;
  readonly identity: Identity;
}

/** What a handler returns: the response, and what is to be done once the response has been handed to the transport. */
export interface Answer {
  readonly reply: Reply;
  /** Runs right after the response left, in the same tick: the place to start a first NOTIFY (RFC 6665 §4.2.1.1). */
  readonly afterwards?: () => void;
}

/** Handles one method. A rejected promise is a bug: dispatch logs it and answers 500. */
export type Handler = (incoming: IncomingRequest) => Answer | Promise<Answer>;

/** Looks at a request before its handler; a refusal ends its journey. Guards may add what they learnt of the sender. */
export type Guard = (incoming: IncomingRequest) => GuardVerdict | Promise<GuardVerdict>;

export type GuardVerdict =
  | { readonly kind: 'pass'; readonly identity?: Identity }
  | { readonly kind: 'refuse'; readonly refusal: Refusal };
