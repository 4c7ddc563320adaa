import type { Counter, Meter } from '../../kernel/meter.ts';
import type { TransportFacts } from '../flow.ts';

/** The figures each kind of transport keeps. */
export interface TransportCounts {
  readonly received: Counter;
  readonly sent: Counter;
  readonly malformed: Counter;
  readonly keepalives: Counter;
  readonly failures: Counter;
  /** Datagrams of sources that are not admitted. */
  readonly dropped: Counter;
}

export function createTransportCounts(meter: Meter, facts: TransportFacts): TransportCounts {
  const labels = { transport: facts.uriParam };
  return {
    received: meter.counter('pharos_transport_messages_received_total', 'SIP messages received', labels),
    sent: meter.counter('pharos_transport_messages_sent_total', 'SIP messages handed to the network', labels),
    malformed: meter.counter('pharos_transport_malformed_total', 'Receipts that were no SIP message', labels),
    keepalives: meter.counter('pharos_transport_keepalives_total', 'Keepalives received (RFC 5626 §4.4)', labels),
    dropped: meter.counter('pharos_transport_dropped_total', 'Datagrams of sources that are not admitted', labels),
    failures: meter.counter('pharos_transport_failures_total', 'Sends and connections that failed', labels),
  };
}
