import type { Counter, Meter } from '../kernel/meter.ts';

/** How the proxy's work is counted. */
export interface ProxyCounts {
  /** A request has got its final response: its class, or what came in place of one. */
  readonly answered: (status: number) => void;
  readonly cancelled: Counter;
  readonly unanswered: Counter;
  readonly stateless: Counter;
  readonly branches: Counter;
  readonly timerC: Counter;
  readonly acks: Counter;
  readonly acksDropped: Counter;
  readonly flowsFailed: Counter;
}

export function createProxyCounts(meter: Meter): ProxyCounts {
  const name = 'pharos_proxy_requests_total';
  const help = 'Requests that the proxy has done with, by the class of their final response';
  const outcome = (label: string): Counter => meter.counter(name, help, { outcome: label });
  const classes = ['2xx', '3xx', '4xx', '5xx', '6xx'].map(outcome);
  const acks = (label: string): Counter =>
    meter.counter('pharos_proxy_acks_total', 'ACKs to 2xx responses', { outcome: label });
  return {
    answered(status) {
      classes[Math.floor(status / 100) - 2]?.add();
    },
    cancelled: outcome('cancelled'),
    unanswered: outcome('unanswered'),
    stateless: outcome('stateless'),
    branches: meter.counter('pharos_proxy_branches_total', 'Targets that requests were sent to'),
    timerC: meter.counter('pharos_proxy_timer_c_total', 'INVITEs that rang too long (Timer C, RFC 3261 §16.8)'),
    acks: acks('forwarded'),
    acksDropped: acks('dropped'),
    flowsFailed: meter.counter(
      'pharos_proxy_flows_failed_total',
      'Flows to devices that were found dead (RFC 5626 §7)',
    ),
  };
}
