import type { Aor } from '../kernel/aor.ts';
import type { WireText } from '../sip-stack/wire/message.ts';

/** Other names of users, and other names of domains (RFC 3261 §16.5: "algorithmic substitution on the Request-URI"). */
export interface Aliases {
  /**
   * What an address stands for: the URI to go on with, most often an AOR of ours; `undefined` when it is no alias.
   *
   * @param aor  of a domain of ours, or `tel:` and a number without visual separators
   */
  resolve(aor: Aor): WireText | undefined;
}
