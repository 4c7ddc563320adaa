import type { Clock, Tokens } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import type { Resolver } from '../net/dns.ts';
import { createResolver } from '../net/dns.ts';
import { createDnsClient } from '../net/dns-client.ts';
import { readHosts } from '../net/hosts.ts';
import { createDefects } from '../sip-stack/defects.ts';
import type { Failover } from '../sip-stack/failover.ts';
import { createFailover, createFailoverSender } from '../sip-stack/failover.ts';
import type { Locate } from '../sip-stack/locate.ts';
import { createLocate } from '../sip-stack/locate.ts';
import type { DnsConfig } from '../sip-stack/locate/settings.ts';
import type { RequestSender } from '../sip-stack/outgoing.ts';
import { transportKinds } from '../sip-stack/transport/index.ts';
import type { TransportKind } from '../sip-stack/transport/kind.ts';
import type { TransportLayer } from '../sip-stack/transport/layer-port.ts';

export interface LocatingDeps {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly tokens: Tokens;
  readonly log: Log;
  readonly meter: Meter;
  readonly layer: TransportLayer;
  readonly endpoint: RequestSender;
  /** The kinds of transport, when not those of the list. */
  readonly transportKinds?: readonly TransportKind[];
}

/** Where a URI is, and what happens when nobody answers there. */
export interface Locating {
  readonly resolver: Resolver;
  readonly locate: Locate;
  readonly failover: Failover;
  /** Sends requests of ours, and again to the other addresses of their target. */
  readonly sender: RequestSender;
}

/** The way to a peer (RFC 3263). */
export function composeLocating(deps: LocatingDeps, config: DnsConfig): Locating {
  const dns = createDnsClient(deps, config);
  const resolver = createResolver({ ...deps, dns, hosts: readHosts() }, config);
  const transports = (deps.transportKinds ?? transportKinds).map(({ facts }) => facts);
  const locate = createLocate({ ...deps, resolver, transports }, config);
  const failover = createFailover({ ...deps, defects: createDefects(deps), source: locate }, config);
  return { resolver, locate, failover, sender: createFailoverSender(failover, deps.endpoint) };
}
