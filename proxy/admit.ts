import type { Aor } from '../kernel/aor.ts';
import type { GuardVerdict, IncomingRequest } from '../sip-stack/incoming.ts';
import type { SipRequest, WireText } from '../sip-stack/wire/message.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';

/** Where a request wants to go, once Route and strict routing are out of the way (RFC 3261 §16.4). */
export interface Heading {
  readonly uri: SipUri;
  /** The user of ours it is for; `undefined` when it is to leave for elsewhere, by its URI, its `maddr` or its Route. */
  readonly localAor: Aor | undefined;
  /** Route values that remain, ours taken away. */
  readonly route: readonly WireText[];
  /** Whether it came by a Record-Route value of ours that was made for this very call, which nobody else can make. */
  readonly followsOwnRoute: boolean;
}

/**
 * Decides whether a request may pass, and proves who sent it: 407 to users of ours, 403 to whoever is neither of us nor writes
 * to us, the access list (RFC 3261 §16.3 step 6, §26.3.1.3). The identity of a `pass` becomes that of the call.
 */
export type Admit = (incoming: IncomingRequest, heading: Heading) => GuardVerdict | Promise<GuardVerdict>;

/**
 * The values of a credentials header that go on to the next hop; `undefined` when all do. Those for realms of ours end here
 * (RFC 3261 §22.3).
 */
export type CredentialsLeft = (
  request: SipRequest,
  header: 'authorization' | 'proxy-authorization',
) => readonly WireText[] | undefined;
