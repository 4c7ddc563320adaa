import { canonicalHost } from '../net/address.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import { limits } from '../kernel/limits.ts';
import { canonicalAor } from '../sip-stack/wire/aor.ts';
import { copyText } from '../sip-stack/wire/text.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';
import { parseUri } from '../sip-stack/wire/uri.ts';
import { parseHostPort } from './host-port.ts';
import type { TracedMessage } from './traced-message.ts';

/** What a follower wants to see, as he writes it; all that is given must hold. */
export interface TraceWish {
  /** `alice`, `alice@example.org`, `sip:alice@example.org`, `+493012345`. */
  readonly user?: string;
  readonly callId?: string;
  /** One, or several with commas. */
  readonly method?: string;
  /** `192.0.2.7` or `192.0.2.7:5060`. */
  readonly peer?: string;
}

/** Whether a message is wanted. */
export type TraceFilter = (message: TracedMessage) => boolean;

type Judge = (message: TracedMessage) => boolean;

/**
 * Reads a wish. User and method choose calls: once one message of a Call-ID was wanted, all others of it are, so that answers,
 * ACKs and later requests are seen whole.
 *
 * @fault a clause: what is wrong with which part
 */
export function createTraceFilter(wish: TraceWish): Result<TraceFilter, string> {
  const peer = wish.peer === undefined ? ok(undefined) : peerJudge(wish.peer);
  if (!peer.ok) return peer;
  const user = wish.user === undefined ? ok(undefined) : userJudge(wish.user);
  if (!user.ok) return user;
  const method = wish.method === undefined ? undefined : methodJudge(wish.method);
  const { callId } = wish;
  const choosing = [method, user.value].filter((judge) => judge !== undefined);
  const chosen = choosing.length === 0 ? undefined : followCalls(choosing);
  return ok((message) => {
    if (peer.value?.(message) === false) return false;
    if (callId !== undefined && message.reading.callId !== callId) return false;
    return chosen === undefined || chosen(message);
  });
}

/** Remembers the calls that were chosen; the first is forgotten when there are too many. */
function followCalls(judges: readonly Judge[]): Judge {
  const calls = new Set<string>();
  return (message) => {
    const { callId } = message.reading;
    if (calls.has(callId)) return true;
    if (!judges.every((judge) => judge(message))) return false;
    if (callId === '') return true;
    if (calls.size >= limits.traceCallsMax) {
      const [first] = calls;
      if (first !== undefined) calls.delete(first);
    }
    calls.add(copyText(callId));
    return true;
  };
}

function methodJudge(text: string): Judge {
  const methods = new Set(text.split(',').map((method) => method.trim().toUpperCase()));
  return ({ reading }) => methods.has(reading.method.toUpperCase());
}

function peerJudge(text: string): Result<Judge, string> {
  const host = canonicalHost(text);
  const wanted = host === undefined ? parseHostPort(text) : { host, port: anyPort };
  if (wanted === undefined || canonicalHost(wanted.host) === undefined) {
    return fail(`${text} is not the address of a peer: write 192.0.2.7 or 192.0.2.7:5060`);
  }
  return ok(({ remote }) => remote.host === wanted.host && (wanted.port === anyPort || remote.port === wanted.port));
}

const anyPort = 0;

/** Without a domain the user part alone counts, so that his devices' contacts are found too. */
function userJudge(text: string): Result<Judge, string> {
  const uri = parseUri(/^[a-z][a-z0-9+.-]*:/i.test(text) ? text : text.includes('@') ? `sip:${text}` : `sip:${text}@-`);
  if (!uri.ok) return fail(`${text} is not a user: write alice or alice@example.org`);
  const wanted = uri.value.host === '-' ? undefined : canonicalAor(uri.value);
  const name = uri.value.user;
  const isMeant = (person: SipUri): boolean =>
    wanted === undefined ? userOf(person) === name : canonicalAor(person) === wanted;
  return ok(({ reading }) => reading.persons().some(isMeant));
}

/** A telephone number is the name of who has it (RFC 3261 §19.1.6). */
const userOf = (person: SipUri): string | undefined =>
  person.scheme === 'tel' ? canonicalAor(person).slice('tel:'.length) : person.user;
