import type { Tokens } from '../../kernel/clock.ts';

/** Tokens that count: 't1', 't2', ... so that a test can name them. */
export function createFakeTokens(prefix = 't'): Tokens {
  let count = 0;
  return {
    token() {
      count += 1;
      return `${prefix}${String(count)}`;
    },
  };
}
