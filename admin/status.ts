import type { Sample } from '../kernel/meter.ts';

/** What does not change while the server runs. */
export interface ServerFacts {
  readonly version: string;
  readonly domains: readonly string[];
  /** `udp:0.0.0.0:5060`. */
  readonly listening: readonly string[];
  readonly database: string;
}

/** The server at a glance. Rates are per second, over `intervalSeconds`. */
export interface Status extends ServerFacts {
  readonly uptimeSeconds: number;
  readonly intervalSeconds: number;
  readonly registrations: number;
  readonly publications: number;
  /** By event package and state. */
  readonly subscriptions: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By transport. */
  readonly connections: Readonly<Record<string, number>>;
  readonly transactions: Readonly<Record<string, number>>;
  readonly rates: {
    readonly received: number;
    readonly sent: number;
    readonly malformed: number;
    readonly overload: number;
    /** Requests received, by method; those that did not come are left out. */
    readonly requests: Readonly<Record<string, number>>;
    /** Responses sent, by class. */
    readonly responses: Readonly<Record<string, number>>;
  };
  readonly queues: {
    readonly notifiesInFlight: number;
    readonly notifiesWaiting: number;
    readonly changesWaiting: number;
  };
  readonly process: { readonly memoryBytes: number; readonly cpuShare: number; readonly busyShare: number };
}

/** Samples taken at two moments. */
export interface TwoLooks {
  readonly before: readonly Sample[];
  readonly after: readonly Sample[];
  readonly seconds: number;
}

/** Sums up two looks at the figures; a figure that this server does not keep counts as 0. */
export function statusOf(facts: ServerFacts, uptimeSeconds: number, looks: TwoLooks): Status {
  const { after } = looks;
  const rate = (name: string): number => sum(Object.values(ratesBy(looks, name, '')));
  return {
    ...facts,
    uptimeSeconds,
    intervalSeconds: looks.seconds,
    registrations: total(after, 'pharos_registrar_bindings'),
    publications: total(after, 'pharos_esc_publications'),
    subscriptions: subscriptionsOf(after),
    connections: valuesBy(after, 'pharos_transport_connections', 'transport'),
    transactions: valuesBy(after, 'pharos_sip_transactions', 'kind'),
    rates: {
      received: rate('pharos_transport_messages_received_total'),
      sent: rate('pharos_transport_messages_sent_total'),
      malformed: rate('pharos_transport_malformed_total'),
      overload: rate('pharos_sip_overload_total'),
      requests: ratesBy(looks, 'pharos_sip_requests_total', 'method'),
      responses: ratesBy(looks, 'pharos_sip_responses_total', 'class'),
    },
    queues: {
      notifiesInFlight: total(after, 'pharos_events_notifies_in_flight'),
      notifiesWaiting: total(after, 'pharos_events_notifies_waiting'),
      changesWaiting: total(after, 'pharos_db_changes_waiting'),
    },
    process: {
      memoryBytes: total(after, 'process_resident_memory_bytes'),
      cpuShare: rate('process_cpu_seconds_total'),
      busyShare: rate('pharos_process_busy_seconds_total'),
    },
  };
}

const sum = (values: readonly number[]): number => values.reduce((one, other) => one + other, 0);

const total = (samples: readonly Sample[], name: string): number =>
  sum(samples.filter((sample) => sample.name === name).map(({ value }) => value));

/** One value for each value of a label. */
function valuesBy(samples: readonly Sample[], name: string, label: string): Readonly<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const sample of samples) {
    if (sample.name !== name) continue;
    const key = sample.labels[label] ?? '';
    values[key] = (values[key] ?? 0) + sample.value;
  }
  return values;
}

/** Growth per second for each value of a label, where there was any. */
function ratesBy({ before, after, seconds }: TwoLooks, name: string, label: string): Readonly<Record<string, number>> {
  const were = valuesBy(before, name, label);
  return Object.fromEntries(
    Object.entries(valuesBy(after, name, label))
      .map(([key, value]) => [key, seconds > 0 ? (value - (were[key] ?? 0)) / seconds : 0] as const)
      .filter(([, value]) => value > 0),
  );
}

function subscriptionsOf(samples: readonly Sample[]): Status['subscriptions'] {
  const packages: Record<string, Record<string, number>> = {};
  for (const { name, labels, value } of samples) {
    const { package: eventPackage, state } = labels;
    if (name !== 'pharos_events_subscriptions' || eventPackage === undefined || state === undefined) continue;
    packages[eventPackage] = { ...packages[eventPackage], [state]: value };
  }
  return packages;
}
