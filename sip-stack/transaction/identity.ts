import type { Tokens } from '../../kernel/clock.ts';
import type { SipRequest } from '../wire/message.ts';
import { topViaText } from '../wire/via.ts';

/**
 * What a request is matched by (RFC 3261 §17.2.3), as hashes in signed 32-bit numbers: they are compared, kept and
 * looked up at a fraction of the cost of texts, and pin no message.
 *
 * The group is what all copies of one request share by whatever way they came: Call-ID, From tag and CSeq number. A
 * retransmission, its ACK, its CANCEL and a merged request fall into one group (RFC 3261 §8.2.2.2). The way tells the
 * transactions of one group apart: branch and sent-by of the top Via. The method is compared beside them, since an ACK
 * and a CANCEL match a transaction of another method.
 */
export interface RequestIdentity {
  /** Never 0. */
  readonly groupHigh: number;
  readonly groupLow: number;
  readonly way: number;
  readonly method: number;
}

/**
 * Identifies one request after the other.
 *
 * The multipliers are secrets of the process, so nobody outside can prepare requests that collide; by chance two do
 * once in 2^96. Not a cryptographic hash: fit for tables and for the tags of stateless answers, not for proof.
 */
export interface Identifier {
  /** @returns the same object each time, with the members of this request: to be read before the next call */
  readonly identify: (request: SipRequest) => RequestIdentity;
}

export function createIdentifier(tokens: Tokens): Identifier {
  const first = seedFrom(tokens.token(128));
  const second = seedFrom(tokens.token(128));
  const identity = { groupHigh: 1, groupLow: 0, way: 0, method: 0 };
  const high: Lane = { multiplier: first, state: first };
  const low: Lane = { multiplier: second, state: second };

  const wayOf = (request: SipRequest): number => {
    const { via } = request;
    const { branch } = via;
    high.state = first;
    if (isTransactionBranch(branch)) {
      absorbText(high, branch);
      absorbText(high, via.host);
      absorb(high, via.port ?? 0);
    } else {
      // A client of RFC 2543: Request-URI, To tag and top Via; Call-ID, From tag and CSeq are in the group.
      absorbText(high, request.uri);
      absorbText(high, topViaText(request.headers) ?? '');
      absorbText(high, request.to.tag ?? '');
    }
    return finished(high);
  };

  return {
    identify(request) {
      const { callId, from, cseq, method } = request;
      const tag = from.tag ?? '';
      high.state = first;
      absorbText(high, method);
      identity.method = finished(high);
      high.state = first;
      low.state = second;
      absorbTwice(high, low, callId);
      absorbTwice(high, low, tag);
      absorb(high, cseq.number);
      absorb(low, cseq.number);
      identity.groupHigh = finished(high) || 1;
      identity.groupLow = finished(low);
      identity.way = wayOf(request);
      return identity;
    },
  };
}

/** A hash in the making: 32 bits and the secret that mixes them. */
interface Lane {
  readonly multiplier: number;
  state: number;
}

function absorb(lane: Lane, number: number): void {
  const state = Math.imul(lane.state ^ number, lane.multiplier);
  lane.state = state ^ (state >>> 15);
}

function absorbText(lane: Lane, text: string): void {
  const { multiplier } = lane;
  const { length } = text;
  // The length keeps 'ab' + 'c' from being 'a' + 'bc'.
  let state = Math.imul(lane.state ^ length, multiplier);
  for (let at = 0; at < length; at += 1) {
    state = Math.imul(state ^ (state >>> 15) ^ text.charCodeAt(at), multiplier);
  }
  lane.state = state ^ (state >>> 15);
}

/** `absorbText` into two lanes at once: reading a character costs more than mixing it. */
function absorbTwice(one: Lane, other: Lane, text: string): void {
  const { length } = text;
  let state = Math.imul(one.state ^ length, one.multiplier);
  let twin = Math.imul(other.state ^ length, other.multiplier);
  for (let at = 0; at < length; at += 1) {
    const code = text.charCodeAt(at);
    state = Math.imul(state ^ (state >>> 15) ^ code, one.multiplier);
    twin = Math.imul(twin ^ (twin >>> 15) ^ code, other.multiplier);
  }
  one.state = state ^ (state >>> 15);
  other.state = twin ^ (twin >>> 15);
}

function finished({ state }: Lane): number {
  const mixed = Math.imul(state ^ (state >>> 13), 0x85eb_ca6b);
  return mixed ^ (mixed >>> 16);
}

/** A tag that is the same for every copy of a request, for stateless answers (RFC 3261 §8.2.7). */
export const statelessTag = ({ groupHigh, way }: RequestIdentity): string =>
  (groupHigh >>> 0).toString(36) + (way >>> 0).toString(36);

/**
 * Whether an ACK belongs to an INVITE of its group (RFC 3261 §17.2.3).
 *
 * @param isSameWay  whether branch and sent-by are equal
 * @param answered   knows the To tag of the response that was sent; asked only for a client of RFC 2543
 */
export function ackMatches(
  ack: SipRequest,
  invite: SipRequest,
  isSameWay: boolean,
  answered: { readonly toTag: string | undefined },
): boolean {
  if (isTransactionBranch(ack.via.branch)) return isSameWay;
  // An RFC 2543 client: its ACK has the To tag of our response.
  return (
    ack.uri === invite.uri && ack.to.tag === answered.toTag && topViaText(ack.headers) === topViaText(invite.headers)
  );
}

const cookie = 'z9hG4bK';

/** Whether a branch names a transaction (RFC 3261 §8.1.1.7); the bare cookie names none (RFC 4475 §3.2.1). */
const isTransactionBranch = (branch: string | undefined): branch is string =>
  branch !== undefined && branch.length > cookie.length && branch.startsWith(cookie);

/** An odd number made of all the characters of a token. */
export function seedFrom(token: string): number {
  let seed = 0x9e37_79b9;
  for (let at = 0; at < token.length; at += 1)
    seed = Math.imul(seed ^ token.charCodeAt(at), 0x0100_0193) ^ (seed >>> 7);
  return seed | 1;
}
