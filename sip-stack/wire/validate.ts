import { MAX_FORWARDS, CALL_ID, CSEQ, FROM, TO, VIA, spellingOf } from './header-names.ts';
import { lineStride } from './headers.ts';
import type { IndexedHeaders } from './headers.ts';
import { DIGIT, skip, WORD } from './chars.ts';
import { parseContacts } from './contact.ts';
import type { ParseFault } from './fault.ts';
import type { SipMessage } from './message.ts';
import { faultWith } from './parse.ts';
import type { TypedRequest, TypedSipMessage } from './typed-message.ts';
import type { ViaText } from './via.ts';
import { viasHold } from './via.ts';

const mandatory = [VIA, FROM, TO, CALL_ID, CSEQ] as const;
const mandatoryBits = mandatory.reduce((bits, number) => bits | (1 << number), 0);

/**
 * What keeps a message from being served: a mandatory header field missing, repeated or malformed, a CSeq that
 * contradicts the request line (RFC 3261 §8.1.1, §7.3.1). Afterwards the typed members do not throw.
 *
 * @returns undefined for a sound message
 */
export function faultOf(message: SipMessage): ParseFault | undefined {
  // Every message is made by this folder, and so by one of its two classes.
  const typed = message as TypedSipMessage;
  const reason = reasonOf(typed);
  if (reason !== undefined) return faultWith(reason, typed);
  typed.judge('sound');
  return undefined;
}

function reasonOf(message: TypedSipMessage): string | undefined {
  const { headers } = message;
  if ((headers.seen & mandatoryBits) !== mandatoryBits) return missing(headers);
  const repeated = headers.repeated & ~(1 << VIA);
  if (repeated !== 0) return `Repeated ${firstOf(repeated)}`;
  const cseq = message.cseqOrFault;
  if (typeof cseq === 'string') return 'Malformed CSeq';
  const via = message.viaOrFault;
  if (typeof via === 'string') return 'Malformed Via';
  if (!callIdHolds(headers)) return 'Malformed Call-ID';
  return message.kind === 'request' ? requestReason(message, cseq.method, via) : undefined;
}

function requestReason(message: TypedRequest, cseqMethod: string, via: ViaText): string | undefined {
  if (typeof message.fromOrFault === 'string') return 'Malformed From';
  const to = message.toOrFault;
  if (typeof to === 'string') return 'Malformed To';
  // The address-of-record of a registration is a SIP URI (RFC 3261 §10.2, RFC 4475 §3.3.4).
  if (message.method === 'REGISTER' && to.uri.rest !== undefined) return 'No SIP URI in To';
  const uri = message.uriOrFault;
  if (typeof uri === 'string') return 'Malformed Request-URI';
  // A Request-URI carries no headers (RFC 3261 §19.1.1 table 1, RFC 4475 §3.1.2.11).
  if (uri.headers.size > 0) return 'Headers in Request-URI';
  if (cseqMethod !== message.method) return 'CSeq Method Mismatch';
  // The magic cookie alone identifies no transaction (RFC 4475 §3.2.1).
  if (via.branch === 'z9hG4bK') return 'Malformed Via Branch';
  const { headers } = message;
  if (!viasBelowHold(headers, via)) return 'Malformed Via';
  if (!maxForwardsHolds(headers)) return 'Malformed Max-Forwards';
  return parseContacts(headers).ok ? undefined : 'Malformed Contact';
}

function missing(headers: IndexedHeaders): string {
  const number = mandatory.find((each) => (headers.seen & (1 << each)) === 0) ?? VIA;
  return `Missing ${spellingOf(number)}`;
}

/** Name of the lowest number in a set of bits. */
const firstOf = (bits: number): string => spellingOf(31 - Math.clz32(bits & -bits));

function callIdHolds(headers: IndexedHeaders): boolean {
  const at = headers.lineOf(CALL_ID, 0);
  const start = headers.startOf(at);
  const end = headers.endOf(at);
  return end > start && skip(headers.bytes, start, end, WORD) === end;
}

/** Checks the values below the topmost, which a request that came straight from its sender does not have. */
function viasBelowHold(headers: IndexedHeaders, top: ViaText): boolean {
  const first = headers.lineOf(VIA, 0);
  const isAlone = top.end >= headers.endOf(first) && !headers.isFolded(first);
  if (isAlone && (headers.repeated & (1 << VIA)) === 0) return true;
  for (let at = first; at >= 0; at = headers.lineOf(VIA, at + lineStride)) {
    if (!viasHold(headers.valueAt(at))) return false;
  }
  return true;
}

function maxForwardsHolds(headers: IndexedHeaders): boolean {
  const at = headers.lineOf(MAX_FORWARDS, 0);
  if (at < 0) return true;
  const start = headers.startOf(at);
  const end = headers.endOf(at);
  return end > start && skip(headers.bytes, start, end, DIGIT) === end;
}
