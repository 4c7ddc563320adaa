import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import { lower, skip, skipSpace, TOKEN } from './chars.ts';
import type { Params } from './params.ts';
import { paramsBetween } from './params.ts';
import { sourceOf } from './source.ts';

/** An Event header field (RFC 6665 §8.2.1). */
export interface Event {
  /** Lower case, with template: 'presence.winfo'. COMPAT(linphone, SDK < 5.4): 'Presence'. */
  readonly name: string;
  readonly id: string | undefined;
  readonly params: Params;
}

/** Reads a value that is all of `text`. */
export function parseEvent(text: string): Result<Event, string> {
  const source = sourceOf(text);
  const end = source.bytes.length;
  const start = skipSpace(source.bytes, 0, end);
  const nameEnd = skip(source.bytes, start, end, TOKEN);
  if (nameEnd === start) return fail('malformed event type');
  const params = paramsBetween(source, nameEnd, end);
  if (params === undefined) return fail('malformed event parameter');
  return ok({ name: lower(source.text.slice(start, nameEnd)), id: params.get('id'), params });
}
