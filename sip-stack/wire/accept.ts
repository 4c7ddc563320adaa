import { lower, skip, skipSpace, TOKEN } from './chars.ts';
import type { Params } from './params.ts';
import { paramsBetween } from './params.ts';
import { sourceOf } from './source.ts';
import type { WireText } from './text.ts';
import { splitList } from './values.ts';

/** One media range of Accept (RFC 3261 §20.1); lower case, '*' for any. */
export interface MediaRange {
  readonly type: string;
  readonly subtype: string;
  /** 0 to 1. */
  readonly q: number;
  readonly params: Params;
}

/** The media ranges of all Accept lines, in order; what is malformed among them is left out. */
export function parseAccept(texts: readonly WireText[]): readonly MediaRange[] {
  const ranges: MediaRange[] = [];
  for (const text of texts) {
    for (const part of splitList(text)) {
      const range = mediaRange(part);
      if (range !== undefined) ranges.push(range);
    }
  }
  return ranges;
}

/**
 * The first of the best-liked types on offer (RFC 3261 §20.1, RFC 7231 §5.3.2): the most specific range that names a type
 * gives its q, and equal q leaves our order.
 *
 * @param offered  types in lower case, without parameters, the default one first
 * @param accept  values of the Accept lines; none at all means the default type
 * @returns undefined when none is acceptable; an Accept line that is empty accepts none
 */
export function chooseMediaType(offered: readonly string[], accept: readonly WireText[]): string | undefined {
  if (accept.length === 0) return offered[0];
  const ranges = parseAccept(accept);
  let best: string | undefined;
  let bestQ = 0;
  for (const type of offered) {
    const q = qOf(type, ranges);
    if (q <= bestQ) continue;
    best = type;
    bestQ = q;
  }
  return best;
}

function qOf(offered: string, ranges: readonly MediaRange[]): number {
  const slash = offered.indexOf('/');
  const type = offered.slice(0, slash);
  const subtype = offered.slice(slash + 1);
  let q = 0;
  let exactness = -1;
  for (const range of ranges) {
    if ((range.type !== '*' && range.type !== type) || (range.subtype !== '*' && range.subtype !== subtype)) continue;
    const own = (range.type === '*' ? 0 : 1) + (range.subtype === '*' ? 0 : 1);
    if (own <= exactness) continue;
    exactness = own;
    q = range.q;
  }
  return q;
}

function mediaRange(text: string): MediaRange | undefined {
  const source = sourceOf(text);
  const { bytes } = source;
  const end = bytes.length;
  const typeEnd = skip(bytes, 0, end, TOKEN);
  const slash = skipSpace(bytes, typeEnd, end);
  if (typeEnd === 0 || bytes[slash] !== 0x2f) return undefined;
  const start = skipSpace(bytes, slash + 1, end);
  const subtypeEnd = skip(bytes, start, end, TOKEN);
  const params = paramsBetween(source, subtypeEnd, end);
  if (subtypeEnd === start || params === undefined) return undefined;
  return {
    type: lower(source.text.slice(0, typeEnd)),
    subtype: lower(source.text.slice(start, subtypeEnd)),
    q: parseQ(params.get('q')),
    params,
  };
}

/** qvalue (RFC 3261 §25.1); what is no number between 0 and 1 counts as 1. */
function parseQ(text: string | undefined): number {
  return text !== undefined && /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 1;
}
