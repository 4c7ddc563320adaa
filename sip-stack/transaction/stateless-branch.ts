import type { Tokens } from '../../kernel/clock.ts';
import type { SipRequest } from '../wire/message.ts';
import { createIdentifier } from './identity.ts';

/**
 * Branches of requests that are sent on without a transaction: a function of the request received, so that its
 * retransmissions, its CANCEL and the ACK to its failure take the same one (RFC 3261 §16.11).
 */
export interface StatelessBranches {
  of(request: SipRequest): string;
  /**
   * Whether the branch of a response was made here. Guessing one costs an outsider 2^32 datagrams, and brings him no more than
   * that one of them is sent on.
   */
  areOurs(branch: string): boolean;
}

/** The asterisk tells them apart from the branches of transactions, which have none. */
const beginning = 'z9hG4bK*';
const digitsEach = 7;
const length = beginning.length + 4 * digitsEach;

export function createStatelessBranches(tokens: Tokens): StatelessBranches {
  const { identify } = createIdentifier(tokens);
  const secret = createSecret(tokens);
  const proved = (text: string): string => text + digits(secret(text));
  return {
    of(request) {
      const { groupHigh, groupLow, way } = identify(request);
      return proved(beginning + digits(groupHigh) + digits(groupLow) + digits(way));
    },
    areOurs: (branch) =>
      branch.startsWith(beginning) && proved(branch.slice(0, length - digitsEach)) === branch.slice(0, length),
  };
}

const letter = (five: number): number => ((five & 31) < 10 ? 0x30 : 0x57) + (five & 31);

/** 32 bits as letters and digits, always as many, five bits in each; four times as fast as toString. */
const digits = (bits: number): string =>
  String.fromCharCode(
    letter(bits >>> 30),
    letter(bits >>> 25),
    letter(bits >>> 20),
    letter(bits >>> 15),
    letter(bits >>> 10),
    letter(bits >>> 5),
    letter(bits),
  );

/** A sum over a text that nobody can compute who does not know the secret of this process. */
function createSecret(tokens: Tokens): (text: string) => number {
  const key = tokens.token(128);
  return (text) => {
    let sum = 0x811c_9dc5;
    for (let round = 0; round < 2; round += 1) {
      for (let at = 0; at < key.length; at += 1) sum = mixed(sum ^ key.charCodeAt(at));
      for (let at = 0; at < text.length; at += 1) sum = mixed(sum ^ text.charCodeAt(at));
    }
    return sum;
  };
}

function mixed(sum: number): number {
  const product = Math.imul(sum, 0x21f0_aaad);
  return product ^ (product >>> 15);
}
