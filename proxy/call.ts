import type { Aor } from '../kernel/aor.ts';
import type { FlowKey } from '../sip-stack/flow.ts';
import type { Identity, IncomingRequest } from '../sip-stack/incoming.ts';
import type { SipResponse, WireText } from '../sip-stack/wire/message.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';

/** One place a request may be sent to (RFC 3261 §16.5). */
export interface Target {
  /** What becomes the Request-URI, as text without angle brackets. */
  readonly uri: WireText;
  /** Preference in thousandths, 0 to 1000, fractions between them; higher is tried first, equal ones at once (RFC 3261 §16.6). */
  readonly q: number;
  /** The flow that leads there; '' to go where Route or the URI says. */
  readonly flow: FlowKey;
  /** Route values to put before those of the request, first hop first (RFC 3327 §5.3). */
  readonly path: readonly WireText[];
  /**
   * Targets with the same key are ways to one device (one instance, several flows): only one of them is tried at a time, the
   * next after a flow has failed (RFC 5626 §5.3). '' when it stands alone.
   */
  readonly device: string;
  /** Contact parameters as registered (RFC 3840 feature tags), each with its `;`; '' for none. */
  readonly params: string;
}

/**
 * Changes to the header section of a message sent on; applied once, in one pass over its lines. `remove` and `replace` are about
 * lines that were received, whatever was added before.
 */
export interface HeaderEdits {
  /** Takes away every line of this name (lower case, long form). */
  remove(name: string): void;
  /** Puts a line before all others of the section, the later call on top. */
  prepend(name: string, value: WireText): void;
  /** Puts a line after the last one. */
  append(name: string, value: WireText): void;
  /** All lines of this name (as it is to be written, compared without case) give way to these, at the place of the first. */
  replace(name: string, values: readonly WireText[]): void;
}

/**
 * One request on its way through the steps: what came, and what is to be made of it. The request itself is never changed; what
 * is sent on is described here and written once (forward.ts).
 */
export interface ProxyCall {
  readonly incoming: IncomingRequest;
  /** Who sent it, as far as it was proved; the step `admit` finds out. */
  identity: Identity;
  /** The Request-URI as it stands now: rewritten by aliases, GRUU, strict routing, ENUM. */
  uri: SipUri;
  /** AOR of ours that `uri` stands for, when it does. */
  readonly localAor: Aor | undefined;
  /** Route values that remain, ours taken away (RFC 3261 §16.4). */
  route: readonly WireText[];
  /** Whether it came by a Route value that we wrote into Record-Route for this very call: its first request was judged here. */
  readonly followsOwnRoute: boolean;
  /** Empty until some step finds where to go; when it is empty at the end, `uri` and `route` say it, or it is 404 or 480. */
  targets: readonly Target[];
  /** Whether to stay in the path of the dialog (RFC 3261 §16.6 step 4). */
  recordRoute: boolean;
  /** Forward without transactions (RFC 3261 §16.11). */
  stateless: boolean;
  /** Answer 302 with the targets instead of forwarding. */
  redirect: boolean;
  /** Try the contacts of a 3xx ourselves (RFC 3261 §16.7 step 4). */
  recurse: boolean;
  /** Chooses among contacts that a 3xx brings, as it was chosen among the targets (RFC 3841 §7.2.4); all are taken without it. */
  prefer: ((call: ProxyCall, contacts: readonly Target[]) => readonly Target[]) | undefined;
  /** Cancel the branches still open once one has been accepted; false when the caller asked for `no-cancel` (RFC 3841 §9.1). */
  cancelOthers: boolean;
  /** For the request sent on. */
  readonly edits: HeaderEdits;
  /** Called for each response before it is relayed upstream. */
  onResponse(edit: (response: SipResponse, edits: HeaderEdits) => void): void;
  /** Remembers a line for the log and the trace: why a target was chosen or left out. */
  note(text: string): void;
}
