import type { Clock, Scheduler } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import { canonicalHost } from '../net/address.ts';
import { openDatagramSocket } from '../net/datagram-node.ts';
import type { Resolver } from '../net/dns.ts';
import { readLocalAddresses } from '../net/interfaces.ts';
import { captureDisk } from '../trace/capture-disk.ts';
import type { TraceConfig } from '../trace/settings.ts';
import type { Trace } from '../trace/trace.ts';
import { createTrace } from '../trace/trace.ts';

export interface TracingDeps {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly meter: Meter;
  /** A function, since what the transports are given is made before what knows the names of hosts. */
  readonly resolver: () => Pick<Resolver, 'addresses'>;
}

/** The trace on this machine's disk and network. */
export const composeTracing = (deps: TracingDeps, config: TraceConfig): Trace =>
  createTrace(
    {
      ...deps,
      disk: captureDisk,
      openDatagrams: openDatagramSocket,
      lookUp: (host) => lookUp(host, deps.resolver()),
      readLocalAddresses,
      application: 'Pharos',
    },
    config,
  );

async function lookUp(host: string, resolver: Pick<Resolver, 'addresses'>): Promise<Result<string, string>> {
  const numeric = canonicalHost(host);
  if (numeric !== undefined) return ok(numeric);
  const found = await resolver.addresses(host);
  if (!found.ok) return fail(found.fault);
  const [first] = found.value;
  return first === undefined ? fail('no address') : ok(first);
}
