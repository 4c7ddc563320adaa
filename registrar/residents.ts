import type { Aor } from '../kernel/aor.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';

/** The addresses-of-record that this registrar keeps bindings for; answered by auth/domains and auth/accounts. */
export interface Residents {
  /** The served domain that a URI belongs to. */
  domainOf(uri: SipUri): string | undefined;
  /** The canonical AOR of a URI in a served domain (RFC 3261 §10.3 step 5). */
  localAor(uri: SipUri): Aor | undefined;
  /** Whether there is such a user. */
  has(aor: Aor): boolean;
}
