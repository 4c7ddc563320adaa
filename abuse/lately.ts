import { limits } from '../kernel/limits.ts';

/** Names that were heard of lately: for `age` milliseconds at least and twice that at most. */
export interface Lately {
  add(name: string, now: number): void;
  has(name: string, now: number): boolean;
  readonly size: number;
}

/** Two generations in place of a timer for each (limits.ratesRememberedMax). */
export function createLately(age: number): Lately {
  const generationMax = limits.ratesRememberedMax / 2;
  let young = new Set<string>();
  let old = new Set<string>();
  let rotatedAt = 0;
  const rotate = (now: number): void => {
    if (young.size < generationMax && now - rotatedAt < age) return;
    old = now - rotatedAt < 2 * age ? young : new Set();
    young = new Set();
    rotatedAt = now;
  };
  return {
    add(name, now) {
      if (young.has(name) && now - rotatedAt < age) return;
      rotate(now);
      young.add(name);
    },
    has: (name, now) => (now - rotatedAt < 2 * age && young.has(name)) || (now - rotatedAt < age && old.has(name)),
    get size() {
      return young.size + old.size;
    },
  };
}
