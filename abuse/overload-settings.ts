import { duration, flag, integer, list, section } from '../config/section.ts';
import type { Values } from '../config/setting.ts';
import { faultOfNetwork } from '../net/networks.ts';

/** What is done when more comes than can be answered. */
export const overloadSection = section({
  enabled: flag({
    default: true,
    reload: 'live',
    doc: 'Whether requests are refused under overload. Emergency calls and requests within dialogs are not, or last.',
  }),
  lagMax: duration({
    default: 250,
    min: 10,
    max: 10_000,
    unit: 'milliseconds',
    reload: 'live',
    doc:
      'The server is overloaded when its timers come this late, on average over about half a second: everything waits as ' +
      'long. Refusing begins there, grows while it lasts, and ends step by step below half of it.',
  }),
  retryAfter: duration({
    default: 5,
    min: 1,
    max: 3600,
    unit: 'seconds',
    reload: 'live',
    doc: 'Least wait asked of who is refused; spread over up to three times as long, so that not all come back at once.',
  }),
  validity: duration({
    default: 1000,
    min: 100,
    max: 60_000,
    unit: 'milliseconds',
    reload: 'live',
    doc: 'How long a peer that speaks RFC 7339 goes on sending less after the last word from us (oc-validity).',
  }),
  announceTo: list({
    default: [],
    max: 256,
    accepts: 'addresses or networks',
    check: faultOfNetwork,
    doc:
      'Servers told that we send less when they ask for it (RFC 7339 §4.1); trusted peers are told always. Only from these ' +
      'is the wish heard, lest a stranger turn our traffic off.',
  }),
  emergencyNumbers: list({
    default: ['112', '911', '999', '110', '000', '118', '119'],
    max: 64,
    accepts: 'numbers as dialled',
    doc: 'User parts and telephone numbers that are emergency calls, beside urn:service:sos (RFC 5031): never refused.',
  }),
  priorityNamespaces: list({
    default: ['ets', 'wps', 'q735', 'dsn', 'drsn'],
    max: 64,
    accepts: 'namespaces of Resource-Priority',
    doc:
      'A request from a trusted peer with a Resource-Priority of one of these (RFC 4412 §12.6) is refused last, as those ' +
      'within dialogs are. Of others the header says nothing, since anybody can write it.',
  }),
  transactionsShare: integer({
    default: 90,
    min: 10,
    max: 100,
    unit: 'percent',
    reload: 'live',
    doc: 'Part of the transactions there may be, and of the changes that may wait for the disk, from which it is overload.',
  }),
});
export type OverloadConfig = Values<typeof overloadSection>;
