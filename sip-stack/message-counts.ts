import type { Counter, Meter } from '../kernel/meter.ts';
import { registeredMethods } from './methods.ts';

/** The figures of the message flow, as counters that are looked up without building a name. */
export interface MessageCounts {
  requestReceived(method: string): void;
  responseSent(status: number): void;
  requestSent(method: string): void;
  responseReceived(status: number): void;
  /** A retransmitted request was answered from the transaction. */
  readonly retransmissionsReceived: Counter;
  readonly retransmissionsSent: Counter;
  readonly malformed: Counter;
  readonly merged: Counter;
  /** Responses that match no transaction: late copies, mostly. */
  readonly strayResponses: Counter;
  readonly strayAcks: Counter;
  /** Requests refused because a bound was reached. */
  readonly overload: Counter;
  readonly timeouts: Counter;
  readonly sendFailures: Counter;
  /** INVITE responses that no ACK came to (Timer H). */
  readonly unacknowledged: Counter;
}

export function createMessageCounts(meter: Meter): MessageCounts {
  const received = byMethod(meter, 'pharos_sip_requests_total', 'Requests received, retransmissions included');
  const answered = byClass(meter, 'pharos_sip_responses_total', 'Responses sent, retransmissions not included');
  const sent = byMethod(meter, 'pharos_sip_requests_sent_total', 'Requests sent, retransmissions not included');
  const heard = byClass(meter, 'pharos_sip_responses_received_total', 'Responses received that match a transaction');
  return {
    requestReceived: received,
    responseSent: answered,
    requestSent: sent,
    responseReceived: heard,
    retransmissionsReceived: meter.counter('pharos_sip_retransmissions_total', 'Messages sent or received again', {
      direction: 'received',
    }),
    retransmissionsSent: meter.counter('pharos_sip_retransmissions_total', 'Messages sent or received again', {
      direction: 'sent',
    }),
    malformed: meter.counter('pharos_sip_malformed_total', 'Messages that are not well-formed'),
    merged: meter.counter('pharos_sip_merged_requests_total', 'Requests that came by two ways, answered 482'),
    strayResponses: meter.counter('pharos_sip_stray_responses_total', 'Responses that match no transaction, dropped'),
    strayAcks: meter.counter('pharos_sip_stray_acks_total', 'ACKs that match no transaction, dropped'),
    overload: meter.counter('pharos_sip_overload_total', 'Requests answered 503 because a bound was reached'),
    timeouts: meter.counter('pharos_sip_timeouts_total', 'Requests of ours that nobody answered (Timer B or F)'),
    sendFailures: meter.counter('pharos_sip_send_failures_total', 'Responses that could not be sent'),
    unacknowledged: meter.counter('pharos_sip_unacknowledged_total', 'INVITE responses that no ACK came to (Timer H)'),
  };
}

/** One counter for each registered method; all others share 'other', so that a peer cannot make series grow. */
function byMethod(meter: Meter, name: string, help: string): (method: string) => void {
  const other = meter.counter(name, help, { method: 'other' });
  const counters = new Map([...registeredMethods].map((method) => [method, meter.counter(name, help, { method })]));
  return (method) => {
    (counters.get(method) ?? other).add();
  };
}

function byClass(meter: Meter, name: string, help: string): (status: number) => void {
  const counters = ['1xx', '2xx', '3xx', '4xx', '5xx', '6xx'].map((label) =>
    meter.counter(name, help, { class: label }),
  );
  return (status) => {
    counters[Math.floor(status / 100) - 1]?.add();
  };
}
