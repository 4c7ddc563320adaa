import type { Chance } from '../../kernel/chance.ts';
import { limits } from '../../kernel/limits.ts';
import { familyOf, isPort, isUnicast } from '../../net/address.ts';
import type { Candidates } from '../candidates.ts';
import type { Destination } from '../destination.ts';
import type { TransportFacts } from '../flow.ts';
import { hostPort } from '../flow-key.ts';
import { orderAddresses } from './address-order.ts';
import type { Failures } from './failures.ts';
import type { Resolver, Rule, Service } from './resolver-port.ts';
import type { ServiceName } from './services.ts';
import { servicesByRules, servicesOf } from './services.ts';
import type { Spoken } from './spoken.ts';
import { orderServices } from './srv-order.ts';

/** A step towards a destination, to be taken when its turn comes. */
export type Lead =
  /** NAPTR records say which transports a domain takes (RFC 3263 §4.1). */
  | { readonly kind: 'rules'; readonly domain: string; readonly secure: boolean }
  /** SRV records say where a service is (RFC 3263 §4.2). */
  | ({ readonly kind: 'service' } & ServiceName)
  /** A and AAAA records. */
  | { readonly kind: 'host'; readonly host: string; readonly port: number; readonly transport: TransportFacts }
  | { readonly kind: 'peer'; readonly host: string; readonly port: number; readonly transport: TransportFacts };

export interface SearchContext {
  readonly resolver: Resolver;
  readonly spoken: Spoken;
  readonly failures: Pick<Failures, 'has'>;
  readonly chance: Chance;
  /** Whether the addresses of a host are tried in an order of their own, not in that of the answer. */
  readonly sorted?: boolean;
  /** Whether this machine has an IPv6 address of global scope. */
  sixReaches(): boolean;
  sayUnknown(what: string, reason: string): void;
}

export interface Sought {
  /** What is looked for, for the log. */
  readonly what: string;
  readonly leads: readonly Lead[];
  /** Where to go when there are no SRV records: A and AAAA of the domain (RFC 3263 §4.2). */
  readonly host: string;
  readonly transport: TransportFacts;
  /** Told of destinations over TLS (RFC 5922 §4). */
  readonly domain: string;
  readonly whenLarge: TransportFacts | undefined;
}

/** Said when there are addresses and none of them can be used. */
const unusable = 'no address of a family we speak';

/** Looks for destinations, no further than asked (RFC 3263 §4). A class: its steps share what was found. */
export class Search implements Candidates {
  private readonly context: SearchContext;
  private readonly sought: Sought;
  private readonly leads: Lead[];
  /** Services of NAPTR records of a later order. */
  private readonly later: (readonly ServiceName[])[] = [];
  /** Those that failed not long ago. */
  private readonly failed: Destination[] = [];
  private readonly given = new Set<string>();
  private fallback: TransportFacts | undefined;
  private lookups = 0;
  private lastFault = unusable;

  constructor(context: SearchContext, sought: Sought) {
    this.context = context;
    this.sought = sought;
    this.leads = [...sought.leads];
    this.fallback = this.leads.some(({ kind }) => kind === 'rules' || kind === 'service')
      ? sought.transport
      : undefined;
  }

  get reason(): string {
    return this.lastFault;
  }

  get more(): boolean {
    return this.leads.length > 0 || this.failed.length > 0 || this.given.size === 0;
  }

  next(): Destination | undefined | Promise<Destination | undefined> {
    for (;;) {
      const lead = this.leads.shift() ?? this.furtherLead();
      if (lead === undefined) return this.lastResort();
      if (lead.kind === 'peer') {
        const destination = this.destinationAt(lead);
        if (destination !== undefined) return destination;
      } else {
        const pending = this.follow(lead);
        if (pending !== undefined) return pending.then(() => this.next());
      }
    }
  }

  private lastResort(): Destination | undefined {
    if (this.given.size === 0) this.context.sayUnknown(this.sought.what, this.lastFault);
    return this.failed.shift();
  }

  /** What is left once all leads are followed, while nothing was found. */
  private furtherLead(): Lead | undefined {
    if (this.given.size > 0) return undefined;
    const [first, ...others] = this.later.shift() ?? [];
    if (first !== undefined) {
      for (const other of others) this.leads.push({ kind: 'service', ...other });
      return { kind: 'service', ...first };
    }
    const transport = this.fallback;
    this.fallback = undefined;
    if (transport === undefined) return undefined;
    return { kind: 'host', host: this.sought.host, port: transport.defaultPort, transport };
  }

  private follow(lead: Lead & { readonly kind: 'rules' | 'service' | 'host' }): Promise<void> | undefined {
    const { resolver } = this.context;
    if (this.lookups >= limits.lookupsPerRequestMax) return undefined;
    this.lookups += 1;
    switch (lead.kind) {
      case 'rules':
        return settled(resolver.naptr(lead.domain), (found) => {
          this.takeRules(lead.domain, lead.secure, found.ok ? found.value : []);
        });
      case 'service':
        return settled(resolver.srv(lead.name), (found) => {
          if (found.ok) this.takeServices(lead.transport, found.value);
          else this.lastFault = found.fault;
        });
      case 'host':
        return settled(resolver.addresses(lead.host, this.context.spoken.families(lead.transport)), (found) => {
          if (found.ok) this.takeAddresses(lead, found.value);
          else this.lastFault = found.fault;
        });
    }
  }

  private takeRules(domain: string, secure: boolean, rules: readonly Rule[]): void {
    const { spoken, resolver } = this.context;
    const [best, ...later] = servicesByRules(rules, secure, spoken);
    // A domain without NAPTR records is asked for the services of each transport.
    const services = best ?? servicesOf(domain, secure, spoken);
    if (best?.[0] !== undefined) this.fallback = best[0].transport;
    this.later.push(...later);
    this.leads.unshift(...services.map((service): Lead => ({ kind: 'service', ...service })));
    // All at once: most often none of them is there, and one after the other would take as many round trips.
    if (best === undefined) for (const { name } of services) void resolver.srv(name);
  }

  private takeServices(transport: TransportFacts, services: readonly Service[]): void {
    // There are SRV records: the addresses of the domain itself are not its servers.
    this.fallback = undefined;
    // The target "." says that the service is decidedly not available at this domain (RFC 2782).
    const offered = services.filter(({ target, port }) => target !== '' && target !== '.' && isPort(port));
    if (offered.length === 0) this.lastFault = 'the domain does not offer this service';
    this.leads.unshift(
      ...orderServices(offered, this.context.chance).map(
        ({ target, port }): Lead => ({ kind: 'host', host: target, port, transport }),
      ),
    );
  }

  private takeAddresses(lead: Lead & { readonly kind: 'host' }, addresses: readonly string[]): void {
    const { port, transport } = lead;
    this.lastFault = unusable;
    const listed = this.context.sorted === true ? [...addresses].sort() : addresses;
    const ordered = orderAddresses(listed, () => this.context.sixReaches());
    this.leads.unshift(...ordered.map((host): Lead => ({ kind: 'peer', host, port, transport })));
  }

  /** `undefined` when it was given before, cannot be reached, or failed not long ago. */
  private destinationAt({ host, port, transport }: Lead & { readonly kind: 'peer' }): Destination | undefined {
    const families = this.context.spoken.families(transport);
    if (!isUnicast(host) || !(familyOf(host) === 6 ? families.six : families.four)) return undefined;
    const key = `${transport.viaToken} ${hostPort({ host, port })}`;
    if (this.given.has(key)) return undefined;
    this.given.add(key);
    const { domain, whenLarge } = this.sought;
    const destination = addressOf(transport, host, port, domain, transport.reliable ? undefined : whenLarge);
    if (!this.context.failures.has(destination)) return destination;
    this.failed.push(destination);
    return undefined;
  }
}

export function addressOf(
  transport: TransportFacts,
  host: string,
  port: number,
  domain: string,
  whenLarge: TransportFacts | undefined,
): Destination & { readonly kind: 'address' } {
  const peer = { host, port };
  if (transport.secure) return { kind: 'address', transport, peer, domain };
  return whenLarge === undefined
    ? { kind: 'address', transport, peer }
    : { kind: 'address', transport, peer, whenLarge };
}

/** Takes what was found, at once where it is at hand. */
function settled<Value>(found: Value | Promise<Value>, take: (value: Value) => void): Promise<void> | undefined {
  if (found instanceof Promise) return found.then(take);
  take(found);
  return undefined;
}
