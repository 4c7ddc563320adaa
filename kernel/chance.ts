import type { Tokens } from './clock.ts';

/** A source of whole numbers from 0 to below `bound`, which is at most 2 ** 24. */
export type Chance = (bound: number) => number;

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-';
/** Eight characters: enough that no number below the bound is noticeably likelier than another. */
const bits = 48;

/** Draws numbers from the letters of tokens, six bits each. */
export const chanceOf =
  (tokens: Tokens): Chance =>
  (bound) => {
    let value = 0;
    for (const letter of tokens.token(bits)) value = (value * 64 + Math.max(0, alphabet.indexOf(letter))) % 2 ** 46;
    return value % bound;
  };

/** Numbers that are a function of a text: the same ones, in the same order, each time (FNV-1a). */
export function chanceFrom(seed: string): Chance {
  let hash = 0x811c9dc5;
  const mix = (code: number): void => {
    hash = Math.imul(hash ^ code, 0x01000193) >>> 0;
  };
  for (let at = 0; at < seed.length; at += 1) mix(seed.charCodeAt(at));
  return (bound) => {
    mix(0x5f);
    // The low bits of this hash alternate; the high ones are mixed into them.
    return ((hash ^ (hash >>> 15)) >>> 0) % bound;
  };
}
