import type { StoreFault } from '../db/store.ts';
import { seconds } from '../kernel/clock.ts';
import type { Answer, IncomingRequest } from '../sip-stack/incoming.ts';
import { serviceUnavailable } from '../sip-stack/refusals.ts';
import type { Refusal } from '../sip-stack/reply.ts';
import type { HeaderPair } from '../sip-stack/wire/message.ts';
import type { Figures, SubscribeResult } from './figures.ts';
import type { SubscribeRequest } from './subscribe-request.ts';
import type { SubscriptionRow } from './tables.ts';

/** Answers to SUBSCRIBE, counted as they are made. */
export interface SubscribeAnswers {
  /** The 200 (never 202, RFC 6665 §8.3.1), and what follows once it has left. */
  readonly grant: (
    incoming: IncomingRequest,
    asked: SubscribeRequest,
    row: SubscriptionRow,
    result: Exclude<SubscribeResult, 'refused'>,
    afterwards: () => void,
  ) => Answer;
  readonly refuse: (asked: SubscribeRequest, refusal: Refusal) => Answer;
  readonly refuseFault: (asked: SubscribeRequest, fault: StoreFault) => Answer;
  /** A bound of kernel/limits.ts is reached. */
  readonly refuseFull: (asked: SubscribeRequest) => Answer;
}

/** When to come back after a bound was reached, and after the store failed. */
const retryWhenFull = seconds(60);
const retryWhenUnavailable = seconds(5);

export function createSubscribeAnswers(figures: Figures, allowEvents: readonly string[]): SubscribeAnswers {
  const allowEventsLine: HeaderPair = ['Allow-Events', allowEvents.join(', ')];
  const refuse = (asked: SubscribeRequest, refusal: Refusal): Answer => {
    figures.subscribed(asked.eventPackage.name, 'refused');
    return { reply: refusal };
  };
  return {
    refuse,
    refuseFull: (asked) => refuse(asked, serviceUnavailable(retryWhenFull)),
    refuseFault: (asked, fault) =>
      refuse(asked, serviceUnavailable(fault === 'full' ? retryWhenFull : retryWhenUnavailable)),
    grant({ request }, asked, row, result, afterwards) {
      figures.subscribed(asked.eventPackage.name, result);
      const headers: HeaderPair[] = [
        ['Expires', String(asked.expires)],
        ['Contact', `<${row.contact}>`],
      ];
      if (result === 'new' || result === 'fetch') {
        // The route of the dialog is told to the watcher unchanged (RFC 3261 §12.1.1).
        for (const route of request.headers.all('record-route')) headers.push(['Record-Route', route]);
        headers.push(allowEventsLine);
      }
      return { reply: { status: 200, headers, toTag: row.localTag }, afterwards };
    },
  };
}
