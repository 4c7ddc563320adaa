import type { Outcome } from '../sip-stack/outgoing.ts';
import { parseDeltaSeconds } from '../sip-stack/wire/values.ts';

/** What the end of a NOTIFY transaction means for the subscription. */
export type Verdict =
  | 'accepted'
  /** The watcher does not take this NOTIFY, but its subscription stands: nothing more until the next change. */
  | 'refused'
  /** Lost on the way, or the watcher could not just now: to be tried again. */
  | 'lost'
  /** The subscription is gone, other subscriptions of the dialog are not. */
  | 'usage-gone'
  /** The dialog is gone with all its subscriptions. */
  | 'dialog-gone';

/**
 * Judges the answer to a NOTIFY (RFC 6665 §4.2.2; which part of the dialog it ends: RFC 5057 §5.1).
 *
 * A timeout alone does not end the subscription, although RFC 6665 §4.2.2 says it SHOULD: phones that are slow or move
 * between networks would lose their lamps; the retries are bounded (`limits.notifyRetriesMax`). 401, 403 and 407 end it,
 * as local policy: we have no credentials that could ever satisfy the watcher. Redirection within a dialog is not
 * followed (RFC 5057 §5.1 leaves it open): 3xx counts as refused, and a target refresh is the way to move.
 */
export function verdictOf(outcome: Outcome): Verdict {
  if (outcome.kind !== 'final') return 'lost';
  const { status } = outcome.response;
  if (status < 300) return 'accepted';
  switch (status) {
    case 401:
    case 403:
    case 405:
    case 407:
    case 480:
    case 481:
    case 489:
    case 501:
      return 'usage-gone';
    case 404:
    case 410:
    case 416:
    case 482:
    case 483:
    case 484:
    case 485:
    case 604:
      return 'dialog-gone';
    case 408:
    case 491:
      return 'lost';
    default:
      return status >= 500 && status < 600 ? 'lost' : 'refused';
  }
}

/** Seconds to wait that the answer asks for (RFC 3261 §20.33); 0 when it does not. */
export function retryAfterOf(outcome: Outcome): number {
  if (outcome.kind !== 'final') return 0;
  const value = outcome.response.headers.first('retry-after');
  if (value === undefined) return 0;
  // The value may carry a comment and parameters: `120 (in a meeting);duration=60`.
  return parseDeltaSeconds(/^\d+/.exec(value)?.[0] ?? '') ?? 0;
}

/** Label of the outcome in figures and logs. */
export const outcomeText = (outcome: Outcome): string =>
  outcome.kind === 'final' ? String(outcome.response.status) : outcome.kind;
