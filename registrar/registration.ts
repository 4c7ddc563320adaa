import type { Aor } from '../kernel/aor.ts';
import { type Seconds, seconds } from '../kernel/clock.ts';
import { fail, ok, type Result } from '../kernel/result.ts';
import { badRequest, intervalTooBrief } from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import { parseContacts } from '../sip-stack/wire/contact.ts';
import type { SipRequest, WireText } from '../sip-stack/wire/message.ts';
import type { NameAddr } from '../sip-stack/wire/name-addr.ts';
import { parseDeltaSeconds } from '../sip-stack/wire/values.ts';
import type { AskedContact } from './asked-contact.ts';
import { judgeOutbound } from './outbound.ts';
import { readPath } from './path.ts';
import type { RegistrarConfig } from './settings.ts';

/** What a REGISTER asks for, told apart once by its Contact header fields (RFC 3261 §10.2, §10.3 step 6). */
export type Registration =
  /** No Contact: only tell the bindings. */
  | { readonly kind: 'fetch'; readonly aor: Aor }
  /** `Contact: *` with `Expires: 0`. */
  | { readonly kind: 'remove-all'; readonly aor: Aor; readonly callId: WireText; readonly cseq: number }
  | {
      readonly kind: 'update';
      readonly aor: Aor;
      readonly callId: WireText;
      readonly cseq: number;
      readonly contacts: readonly AskedContact[];
      /** Route to all of them (RFC 3327), as `bindingsTable` keeps it; '' for none. */
      readonly path: WireText;
      /** Whether the rules of outbound held and the client wants to hear it (RFC 5626 §6). */
      readonly outbound: boolean;
      /** Whether the flow is that of an outbound client itself, to be kept in any case. */
      readonly ownFlow: boolean;
    };

/** Reads what is asked and the lifetimes that are granted (RFC 3261 §10.3 steps 6 and 7). */
export function readRegistration(
  request: SipRequest,
  aor: Aor,
  config: RegistrarConfig,
): Result<Registration, Refusal> {
  if (!request.headers.has('contact')) return ok({ kind: 'fetch', aor });
  const parsed = parseContacts(request.headers);
  if (!parsed.ok) return fail(badRequest(parsed.fault));
  const header = request.headers.first('expires');
  const expires = header === undefined ? undefined : parseDeltaSeconds(header);
  if (header !== undefined && expires === undefined) return fail(badRequest('Bad Expires'));
  const order = { aor, callId: request.callId, cseq: request.cseq.number };
  if (parsed.value === '*') {
    if (expires !== 0) return fail(badRequest('Contact * Without Expires 0'));
    return ok({ kind: 'remove-all', ...order });
  }
  const contacts: AskedContact[] = [];
  for (const contact of parsed.value) {
    const asked = readContact(contact, expires, config);
    if (!asked.ok) return asked;
    contacts.push(asked.value);
  }
  const path = readPath(request.headers, config);
  if (!path.ok) return path;
  const judged = judgeOutbound(request.headers, contacts, path.value);
  if (!judged.ok) return judged;
  const { outbound, direct: ownFlow } = judged.value;
  return ok({ kind: 'update', ...order, contacts: judged.value.contacts, path: path.value, outbound, ownFlow });
}

function readContact(
  contact: NameAddr,
  header: number | undefined,
  config: RegistrarConfig,
): Result<AskedContact, Refusal> {
  const { params, uri } = contact;
  // URI headers and sips-only schemes apart, any scheme may be a contact, but an address without any is none.
  if (uri.host === '' && uri.rest === undefined) return fail(badRequest('Bad Contact'));
  const expires = grantedExpires(askedExpires(params.get('expires'), params.has('expires'), header, config), config);
  if (expires === undefined) return fail(intervalTooBrief(config.expiresMin));
  const q = readQ(params.get('q'), params.has('q'));
  if (q === undefined) return fail(badRequest('Bad q in Contact'));
  const instance = params.get('+sip.instance') ?? null;
  const regId = readRegId(params.get('reg-id'));
  return ok({ uri, expires, q, params: otherParams(contact), instance, regId });
}

/** The requested lifetime: parameter, then header, then default; a malformed parameter means an hour (RFC 3261 §20.10). */
function askedExpires(
  written: WireText | undefined,
  present: boolean,
  header: number | undefined,
  config: RegistrarConfig,
): number {
  if (present) return (written === undefined ? undefined : parseDeltaSeconds(written)) ?? 3600;
  return header ?? config.expiresDefault;
}

/**
 * The lifetime granted; undefined when the one asked for is too brief, which one of an hour or more never is
 * (RFC 3261 §10.3 step 7).
 */
function grantedExpires(asked: number, config: RegistrarConfig): Seconds | undefined {
  if (asked > 0 && asked < 3600 && asked < config.expiresMin) return undefined;
  return seconds(Math.min(asked, config.expiresMax));
}

/** Preference in thousandths, null when there is none, undefined when it is malformed (RFC 3261 §25.1: qvalue). */
function readQ(written: WireText | undefined, present: boolean): number | null | undefined {
  if (!present) return null;
  if (written === undefined || !/^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(written)) return undefined;
  return Math.round(Number(written) * 1000);
}

/** 1 to 2^31 - 1; what is something else counts as absent (RFC 5626 §4.2). */
function readRegId(written: WireText | undefined): number | null {
  if (written === undefined || !/^\d{1,10}$/.test(written)) return null;
  const id = Number(written);
  return id >= 1 && id < 2 ** 31 ? id : null;
}

/** The parameters that are kept as the client wrote them, to be told to whoever asks (RFC 3840 §9, RFC 3680 §5.2). */
function otherParams(contact: NameAddr): WireText {
  let text = '';
  for (const [name, value] of contact.params) {
    if (notKept.has(name)) continue;
    text += value === undefined ? `;${name}` : `;${name}=${tokenOrQuoted(value)}`;
  }
  return text;
}

/** Told anew each time, or not the client's to say (RFC 5627 §5.1). */
const notKept: ReadonlySet<string> = new Set(['expires', 'q', 'pub-gruu', 'temp-gruu']);

const tokenOrQuoted = (value: WireText): WireText =>
  /^[\w.!%*+`'~-]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
