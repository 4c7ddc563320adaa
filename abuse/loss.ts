import type { Priority } from './priority.ts';

/** Leaves out a share of requests, those of least priority first: the loss-based scheme (RFC 7339 §7.2). */
export interface Loss {
  /**
   * @param share  of all requests, 0 to 1
   * @returns whether this one is to be left out
   */
  leavesOut(share: number, priority: Priority): boolean;
}

/** How much of the mix seen so far weighs against one request more: the last two hundred or so make it. */
const mixWeight = 1 / 200;

/**
 * The default algorithm, whose chance is replaced by an account of what is owed: of ten requests at a share of 0.3 the third,
 * the sixth and the ninth or so are left out, which comes to the same on average and strays less.
 *
 * @param ordinaryShare  part of the first category to begin with; the RFC names 0.8 as reasonable
 */
export function createLoss(ordinaryShare = 0.8): Loss {
  let first = ordinaryShare;
  let owedFirst = 0;
  let owedSecond = 0;
  return {
    leavesOut(share, priority) {
      const isFirst = priority === 'ordinary';
      first += mixWeight * ((isFirst ? 1 : 0) - first);
      if (share <= 0 || priority === 'emergency') return false;
      if (isFirst) {
        owedFirst += Math.min(1, share / Math.max(first, mixWeight));
        if (owedFirst < 1) return false;
        owedFirst -= 1;
        return true;
      }
      // The second category gives only what the first cannot.
      owedSecond += Math.max(0, (share - first) / Math.max(1 - first, mixWeight));
      if (owedSecond < 1) return false;
      owedSecond = Math.min(1, owedSecond - 1);
      return true;
    },
  };
}
