import type { Aor } from '../kernel/aor.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';

/** Which domains the proxy is responsible for (RFC 3261 §16.5); answered by auth. */
export interface OwnDomains {
  /** The main one. */
  readonly primary: string;
  domainOf(uri: SipUri): string | undefined;
  localAor(uri: SipUri): Aor | undefined;
  /** Whether a host is a domain of ours or, on any port, an address of ours. */
  serves(host: string): boolean;
}
