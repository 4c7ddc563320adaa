import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import { DIGIT, skip, skipSpace, TOKEN } from './chars.ts';
import { methodAt } from './methods.ts';
import { sourceOf } from './source.ts';
import type { Source } from './source.ts';

/** CSeq (RFC 3261 §20.16). */
export interface CSeq {
  /** Below 2^31. */
  readonly number: number;
  readonly method: string;
}

/** Reads a value that is all of `text`. */
export function parseCSeq(text: string): Result<CSeq, string> {
  const source = sourceOf(text);
  const cseq = scanCSeq(source, 0, source.bytes.length);
  return typeof cseq === 'string' ? fail(cseq) : ok(cseq);
}

/** @returns a sentence that names the fault when there is none */
export function scanCSeq(source: Source, start: number, end: number): CSeq | string {
  const { bytes } = source;
  const first = skipSpace(bytes, start, end);
  const digitsEnd = skip(bytes, first, end, DIGIT);
  let number = 0;
  for (let here = first; here < digitsEnd; here += 1) {
    number = number * 10 + (bytes[here] ?? 0) - 0x30;
    // Leading zeros are allowed, more than 31 bits are not (RFC 4475 §3.1.1.1, §3.1.2.4).
    if (number > 0x7fff_ffff) return 'CSeq number out of range';
  }
  const methodStart = skipSpace(bytes, digitsEnd, end);
  const methodEnd = skip(bytes, methodStart, end, TOKEN);
  if (digitsEnd === first || methodStart === digitsEnd || methodEnd === methodStart) return 'malformed CSeq';
  if (skipSpace(bytes, methodEnd, end) < end) return 'malformed CSeq';
  return { number, method: methodAt(source, methodStart, methodEnd) };
}
