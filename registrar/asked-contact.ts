import type { Seconds } from '../kernel/clock.ts';
import type { WireText } from '../sip-stack/wire/message.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';

/** One contact as the request asks for it. The texts are slices of the message. */
export interface AskedContact {
  readonly uri: SipUri;
  /** 0 removes the binding. */
  readonly expires: Seconds;
  readonly q: number | null;
  /** All other parameters as written (see `bindingsTable`). */
  readonly params: WireText;
  readonly instance: WireText | null;
  /** Null as well when it is to be ignored (RFC 5626 §6). */
  readonly regId: number | null;
}
