import type { Values } from '../../config/section.ts';
import { duration, list, section } from '../../config/section.ts';

/** How host names in Contact and Route are looked up, and what becomes of addresses that do not answer (RFC 3263). */
export const dnsSection = section({
  servers: list({
    default: [],
    max: 8,
    accepts: "name servers such as '192.0.2.53' or '[2001:db8::53]:5353'",
    check: (entry) =>
      /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(entry)
        ? undefined
        : 'is not an address with an optional port',
    doc: 'Name servers to ask; empty: those of the system.',
  }),
  deadline: duration({
    default: 4000,
    min: 100,
    max: 30_000,
    unit: 'milliseconds',
    doc: 'Longest wait for the answer to one question. All servers share it: each is asked twice within it.',
  }),
  ttlMax: duration({
    default: 3600,
    min: 1,
    max: 86_400,
    unit: 'seconds',
    doc: 'Longest time an answer is remembered, whatever the name server allows.',
  }),
  negativeTtlMax: duration({
    default: 300,
    min: 0,
    max: 10_800,
    unit: 'seconds',
    doc: 'Longest time it is remembered that a name has no such record, whatever its zone allows (RFC 2308 §5).',
  }),
  failureTtl: duration({
    default: 10,
    min: 0,
    max: 300,
    unit: 'seconds',
    doc:
      'How long it is remembered that no name server knew an answer, or that there is none and the zone does not say for ' +
      'how long (RFC 2308 §7).',
  }),
  failoverAfter: duration({
    default: 8000,
    min: 0,
    max: 60_000,
    unit: 'milliseconds',
    reload: 'live',
    doc:
      'A request that has had no response at all for this time goes to the next address of its target, if there is one ' +
      '(RFC 3263 §4.3). 0: only when its transaction times out, after 64 times transaction.t1.',
  }),
  failedFor: duration({
    default: 60,
    min: 0,
    max: 3600,
    unit: 'seconds',
    reload: 'live',
    doc: 'How long an address that did not answer, or could not be reached, is tried after all others of its target.',
  }),
  retryAfterMax: duration({
    default: 300,
    min: 0,
    max: 3600,
    unit: 'seconds',
    reload: 'live',
    doc: 'The longest Retry-After of a 503 for which an address is tried last (RFC 3261 §21.5.4).',
  }),
});

export type DnsConfig = Values<typeof dnsSection>;
