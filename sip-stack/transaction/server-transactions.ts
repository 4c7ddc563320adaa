import { limits } from '../../kernel/limits.ts';
import { createTransientMap, spread } from '../../kernel/transient-map.ts';
import type { SipRequest } from '../wire/message.ts';
import { ackMatches } from './identity.ts';
import type { RequestIdentity } from './identity.ts';
import type { ServerTransaction } from './server-side.ts';

/** The live server transactions, found by group and then by way and method (RFC 3261 §17.2.3). */
export interface ServerTransactions {
  /**
   * @returns the transaction of which the request is a retransmission; 'merged' when the request came by another way
   *   before (RFC 3261 §8.2.2.2), which matters for a request without To tag only
   */
  find(identity: RequestIdentity): ServerTransaction | 'merged' | undefined;
  /** The INVITE transaction that an ACK belongs to. */
  findForAck(identity: RequestIdentity, ack: SipRequest): ServerTransaction | undefined;
  /** The transaction that a CANCEL means, whatever its method (RFC 3261 §9.2). */
  findForCancel(identity: RequestIdentity): ServerTransaction | undefined;
  /** @returns false when the group has limits.transactionsPerGroupMax members already */
  hasRoom(identity: RequestIdentity): boolean;
  add(transaction: ServerTransaction): void;
  readonly remove: (transaction: ServerTransaction) => void;
  readonly size: number;
}

export function createServerTransactions(): ServerTransactions {
  /** The newest of each group by `groupHigh`; the others hang on `next`. */
  const groups = createTransientMap<number, ServerTransaction>(spread);
  let size = 0;

  const unchain = (newest: ServerTransaction, gone: ServerTransaction): boolean => {
    for (let member: ServerTransaction | undefined = newest; member !== undefined; member = member.next) {
      if (member.next !== gone) continue;
      member.next = gone.next;
      return true;
    }
    return false;
  };

  return {
    find(identity) {
      if (size === 0) return undefined;
      let merged = false;
      for (let member = groups.get(identity.groupHigh); member !== undefined; member = member.next) {
        if (member.groupLow !== identity.groupLow || member.method !== identity.method) continue;
        if (member.way === identity.way) return member;
        merged = true;
      }
      return merged ? 'merged' : undefined;
    },
    findForAck(identity, ack) {
      for (let member = groups.get(identity.groupHigh); member !== undefined; member = member.next) {
        const { request } = member;
        if (request.method !== 'INVITE' || member.groupLow !== identity.groupLow) continue;
        if (ackMatches(ack, request, member.way === identity.way, member)) return member;
      }
      return undefined;
    },
    findForCancel(identity) {
      for (let member = groups.get(identity.groupHigh); member !== undefined; member = member.next) {
        if (member.method === identity.method || member.groupLow !== identity.groupLow) continue;
        if (member.way === identity.way) return member;
      }
      return undefined;
    },
    hasRoom(identity) {
      if (size === 0) return true;
      let members = 0;
      for (let member = groups.get(identity.groupHigh); member !== undefined; member = member.next) members += 1;
      return members < limits.transactionsPerGroupMax;
    },
    add(transaction) {
      transaction.next = groups.get(transaction.groupHigh);
      groups.set(transaction.groupHigh, transaction);
      size += 1;
    },
    remove(transaction) {
      if (size === 0) return;
      const newest = groups.get(transaction.groupHigh);
      if (newest === undefined) return;
      if (newest === transaction) {
        if (transaction.next === undefined) groups.delete(transaction.groupHigh);
        else groups.set(transaction.groupHigh, transaction.next);
      } else if (!unchain(newest, transaction)) return;
      transaction.next = undefined;
      size -= 1;
    },
    get size() {
      return size;
    },
  };
}
