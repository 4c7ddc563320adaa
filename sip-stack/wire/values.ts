import { limits } from '../../kernel/limits.ts';
import { isSpace } from './chars.ts';

const deltaSecondsMax = 0xffff_ffff;

/**
 * Splits at the commas outside quotes and angle brackets; white space around the parts goes, empty parts too.
 * At most `limits.headerValuesMax` parts are cut, the rest stays in the last.
 */
export function splitList(text: string): readonly string[] {
  const parts: string[] = [];
  if (!text.includes(',')) {
    add(parts, text, 0, text.length);
    return parts;
  }
  let start = 0;
  let here = 0;
  let isBracketed = false;
  while (here < text.length && parts.length < limits.headerValuesMax - 1) {
    const code = text.charCodeAt(here);
    if (code === 0x22) {
      here = afterQuoted(text, here);
      continue;
    }
    if (code === 0x3c) isBracketed = true;
    else if (code === 0x3e) isBracketed = false;
    else if (code === 0x2c && !isBracketed) {
      add(parts, text, start, here);
      start = here + 1;
    }
    here += 1;
  }
  add(parts, text, start, text.length);
  return parts;
}

/** Position after the quoted string that begins at `at`; the end of the text when it never closes. */
function afterQuoted(text: string, at: number): number {
  let here = at + 1;
  while (here < text.length && text.charCodeAt(here) !== 0x22) here += text.charCodeAt(here) === 0x5c ? 2 : 1;
  return here + 1;
}

function add(parts: string[], text: string, start: number, end: number): void {
  const part = text.slice(start, end).trim();
  if (part.length > 0) parts.push(part);
}

/** The tokens of all lines of a list header (Require, Supported, Allow), as written, in order. */
export function parseTokenList(texts: readonly string[]): readonly string[] {
  const only = texts[0];
  if (only === undefined) return [];
  return texts.length === 1 ? splitList(only) : texts.flatMap(splitList);
}

/**
 * Reads delta-seconds (RFC 3261 §25.1).
 *
 * @returns 0 to 2^32-1, larger figures as 2^32-1; undefined for anything that is no number
 */
export function parseDeltaSeconds(text: string): number | undefined {
  let end = text.length;
  let here = 0;
  while (here < end && isSpace(text.charCodeAt(here))) here += 1;
  while (end > here && isSpace(text.charCodeAt(end - 1))) end -= 1;
  if (here >= end) return undefined;
  let seconds = 0;
  for (; here < end; here += 1) {
    const digit = text.charCodeAt(here) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    seconds = Math.min(deltaSecondsMax, seconds * 10 + digit);
  }
  return seconds;
}
