import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import { lower, skip, skipSpace, TOKEN } from './chars.ts';
import { paramsBetween } from './params.ts';
import { sourceOf } from './source.ts';
import type { WireText } from './text.ts';
import { parseDeltaSeconds } from './values.ts';

/** A Subscription-State header field (RFC 6665 §8.2.3). */
export interface SubscriptionState {
  /** Lower case: 'active', 'pending', 'terminated' or an extension. */
  readonly state: string;
  /** Seconds. */
  readonly expires: number | undefined;
  /** Lower case: 'timeout', 'deactivated', 'rejected' and so on. */
  readonly reason: string | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;
}

export interface SubscriptionStateParts {
  readonly state: string;
  readonly expires?: number | undefined;
  readonly reason?: string | undefined;
  readonly retryAfter?: number | undefined;
}

/** Reads a value that is all of `text`. */
export function parseSubscriptionState(text: WireText): Result<SubscriptionState, string> {
  const source = sourceOf(text);
  const end = source.bytes.length;
  const start = skipSpace(source.bytes, 0, end);
  const stateEnd = skip(source.bytes, start, end, TOKEN);
  if (stateEnd === start) return fail('malformed subscription state');
  const params = paramsBetween(source, stateEnd, end);
  if (params === undefined) return fail('malformed subscription state parameter');
  const reason = params.get('reason');
  return ok({
    state: lower(source.text.slice(start, stateEnd)),
    expires: parseDeltaSeconds(params.get('expires') ?? ''),
    reason: reason === undefined ? undefined : lower(reason),
    retryAfter: parseDeltaSeconds(params.get('retry-after') ?? ''),
  });
}

export function writeSubscriptionState(parts: SubscriptionStateParts): WireText {
  let text = parts.state;
  if (parts.expires !== undefined) text += `;expires=${String(parts.expires)}`;
  if (parts.reason !== undefined) text += `;reason=${parts.reason}`;
  if (parts.retryAfter !== undefined) text += `;retry-after=${String(parts.retryAfter)}`;
  return text;
}
