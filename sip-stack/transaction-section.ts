import { duration, integer, section, text } from '../config/section.ts';
import { limits } from '../kernel/limits.ts';

/** Settings of the transactions (RFC 3261 §17) and of every response. */
export const transactionSection = section({
  t1: duration({
    default: 500,
    min: 10,
    max: 5000,
    unit: 'milliseconds',
    doc:
      'Estimate of the time to a client and back. Retransmissions begin after it; a peer that is silent for 64 times ' +
      'as long is given up (RFC 3261 §17.1.1.1).',
  }),
  t2: duration({
    default: 4000,
    min: 100,
    max: 60_000,
    unit: 'milliseconds',
    doc: 'Longest interval between retransmissions of one message (RFC 3261 §17.1.2.2).',
  }),
  t4: duration({
    default: 5000,
    min: 100,
    max: 60_000,
    unit: 'milliseconds',
    doc: 'How long a message can stay in the network (RFC 3261 §17.1.2.2).',
  }),
  completedTransactionsMax: integer({
    default: limits.completedTransactionsMax,
    min: 1000,
    max: limits.completedTransactionsMax,
    doc:
      'Answered requests whose response is kept for retransmissions, about as many bytes as they have, and 50 more. Beyond it the oldest go, and ' +
      'their retransmissions are taken for new requests.',
  }),
  serverHeader: text({
    default: '',
    max: 128,
    accepts: "text such as 'Pharos/0.1'",
    check: (value) => (/^[\x20-\x7e]*$/.test(value) ? undefined : 'has characters that a header must not have'),
    doc:
      'Text of the Server header in every response; empty for none, since it tells strangers what to attack ' +
      '(RFC 3261 §20.35).',
  }),
});
