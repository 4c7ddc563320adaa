import type { CSeq } from './cseq.ts';
import type { NameAddr } from './name-addr.ts';
import type { WireText } from './text.ts';
import type { SipUri } from './uri.ts';
import type { Via } from './via.ts';

export type { WireText };

/** One header field line: name as written, value with folding undone and outer white space removed. */
export interface HeaderLine {
  readonly name: string;
  readonly value: WireText;
}

/** The header fields of one message in order. Names are asked for in lower case and long form ('call-id', never 'i'). */
export interface Headers {
  /** Value of the first line of this name. */
  first(name: string): WireText | undefined;
  /** Values of all lines of this name, one for each line: commas are not split here. */
  all(name: string): readonly WireText[];
  has(name: string): boolean;
  /** Every line in order. */
  lines(): Iterable<HeaderLine>;
}

/**
 * What a request and a response share. Immutable. The typed members are parsed at first use and remembered; they are safe
 * once `faultOf(message)` (validate.ts) has returned `undefined`, and throw on a message that was not checked.
 */
interface MessageBase {
  readonly headers: Headers;
  readonly body: Buffer;
  /** The topmost Via (RFC 3261 §20.42). */
  readonly via: Via;
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly callId: WireText;
  readonly cseq: CSeq;
  /** The whole text of the header section as received, CRLF included; `undefined` for a message built here. */
  readonly received: WireText | undefined;
}

export interface SipRequest extends MessageBase {
  readonly kind: 'request';
  /** Case-sensitive, as written (RFC 3261 §7.1). */
  readonly method: string;
  /** Request-URI as written. */
  readonly uri: WireText;
  /** The Request-URI parsed at first use and remembered; safe like the other typed members. */
  readonly requestUri: SipUri;
}

export interface SipResponse extends MessageBase {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: WireText;
}

export type SipMessage = SipRequest | SipResponse;

/** A header to be written: long-form name in canonical spelling ('Call-ID') and value. */
export type HeaderPair = readonly [name: string, value: WireText];
