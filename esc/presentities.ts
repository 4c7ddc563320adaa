import type { Aor } from '../kernel/aor.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';

/** The resources for which event state is kept (RFC 3903 §6 step 1); answered by auth/domains and auth/accounts. */
export interface Presentities {
  /** The canonical AOR of a URI in a served domain. */
  localAor(uri: SipUri): Aor | undefined;
  /** Whether there is such a user. */
  has(aor: Aor): boolean;
}
