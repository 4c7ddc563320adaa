import { chanceFrom, chanceOf } from '../kernel/chance.ts';
import type { Clock, Tokens } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import { canonicalHost, isPort, isUnicast } from '../net/address.ts';
import type { Candidates, CandidateSource } from './candidates.ts';
import type { Destination } from './destination.ts';
import type { FlowKey, TransportFacts } from './flow.ts';
import type { KeepingRequest } from './flow-to-keep.ts';
import { flowToKeep } from './flow-to-keep.ts';
import type { FailuresConfig } from './locate/failures.ts';
import { createFailures } from './locate/failures.ts';
import { createGlobalSix } from './locate/global-six.ts';
import type { Resolver } from './locate/resolver-port.ts';
import type { Lead, SearchContext, Sought } from './locate/search.ts';
import { addressOf, Search } from './locate/search.ts';
import { serviceOf } from './locate/services.ts';
import { createSpoken } from './locate/spoken.ts';
import type { Target } from './locate/target.ts';
import { targetOf } from './locate/target.ts';
import type { TransportLayer } from './transport/layer-port.ts';
import { copyText } from './wire/text.ts';
import type { Via } from './wire/via.ts';

export type { Resolver };

/** Finds where a request goes (RFC 3263). */
export interface Locate extends CandidateSource {
  /**
   * Where a request towards this URI goes: over the flow if it is still open, else to the address that the URI names. At
   * once for an open flow, for a numeric host, and for a name that DNS was asked not long ago; a promise when a name has
   * to be looked up. An address found by name has the others with it (`Destination.others`).
   *
   * @param flowKey what `flowToKeep` gave, or '' for none
   * @returns `undefined` (in a promise) when there is no way to it; the reason is logged as 'destination-unknown'
   */
  destination(uriText: string, flowKey: FlowKey): Destination | Promise<Destination | undefined>;
  /**
   * Where a response goes when the flow its request came on is gone: to what sent-by names (RFC 3263 §5).
   *
   * @param via the topmost of the response
   */
  forResponse(via: Via): Candidates;
  /** The flow that a binding or subscription must remember, '' when the Contact can be used (flow-to-keep.ts). */
  flowToKeep(incoming: KeepingRequest): FlowKey;
}

export interface LocateDeps {
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly log: Log;
  readonly meter: Meter;
  readonly layer: Pick<TransportLayer, 'flow' | 'bound'>;
  readonly resolver: Resolver;
  /** The transports spoken. */
  readonly transports: readonly TransportFacts[];
  /** Whether this machine has an IPv6 address of global scope; looked up when absent. */
  readonly sixReaches?: () => boolean;
}

const nowhere: Promise<undefined> = Promise.resolve(undefined);

export function createLocate(deps: LocateDeps, config: FailuresConfig): Locate {
  const { layer, log } = deps;
  const spoken = createSpoken(layer, deps.transports);
  const failures = createFailures(deps, config);
  const context: SearchContext = {
    spoken,
    failures,
    resolver: deps.resolver,
    chance: chanceOf(deps.tokens),
    sixReaches: deps.sixReaches ?? createGlobalSix(deps.clock),
    sayUnknown(what, reason) {
      log.info('destination-unknown', { uri: what.slice(0, 200), reason });
    },
  };
  const numeric = new Map<string, Destination>();

  const remember = (uriText: string, destination: Destination): Destination => {
    if (numeric.size >= limits.peersRememberedMax) numeric.clear();
    numeric.set(copyText(uriText), destination);
    return destination;
  };

  const refused = (what: string, reason: string): Candidates => {
    context.sayUnknown(what, reason);
    return { reason, more: false, next: () => undefined };
  };

  /** The one address of a numeric host, or a search. */
  const find = (uriText: string, seed: string | undefined): Destination | Candidates => {
    const target = targetOf(uriText, spoken);
    if (!target.ok) return refused(uriText, target.fault);
    const { numeric: host, port, transport, domain, whenLarge } = target.value;
    if (host === undefined) return new Search(seeded(context, seed), soughtOf(uriText, target.value));
    if (!isUnicast(host)) return refused(uriText, 'not the address of one host');
    const at = port ?? transport.defaultPort;
    return remember(uriText, addressOf(transport, copyText(host), at, copyText(domain), whenLarge));
  };

  return {
    flowToKeep,
    destination(uriText, flowKey) {
      const flow = flowKey === '' ? undefined : layer.flow(flowKey);
      if (flow?.open === true) return { kind: 'flow', flow };
      const known = numeric.get(uriText) ?? find(uriText, undefined);
      if ('kind' in known) return known;
      const first = known.next();
      if (first === undefined) return nowhere;
      return first instanceof Promise ? first.then((found) => withOthers(found, known)) : withOthers(first, known);
    },
    candidates(uriText, flowKey, seed) {
      const flow = flowKey === '' ? undefined : layer.flow(flowKey);
      if (flow?.open === true) return new Single({ kind: 'flow', flow });
      const known = numeric.get(uriText) ?? find(uriText, seed);
      return 'kind' in known ? new Single(known) : known;
    },
    failed(destination, retryAfter) {
      if (destination.kind === 'address') failures.add(destination, retryAfter);
    },
    forResponse(via) {
      const transport = spoken.known(via.transport);
      const what = `response to ${via.host}`;
      if (transport === undefined) return refused(what, `transport ${via.transport} is not spoken`);
      if (via.port !== undefined && !isPort(via.port)) return refused(what, 'port out of range');
      return new Search(context, soughtFor(what, via, transport));
    },
  };
}

/** One destination and no other. A class: one is made for each request that is forwarded. */
class Single implements Candidates {
  private destination: Destination | undefined;
  readonly reason = '';
  readonly more = false;

  constructor(destination: Destination) {
    this.destination = destination;
  }

  next(): Destination | undefined {
    const { destination } = this;
    this.destination = undefined;
    return destination;
  }
}

/** A stateless proxy tries all in an order that is the request's own, whatever failed before (RFC 3263 §4.4). */
const seeded = (context: SearchContext, seed: string | undefined): SearchContext =>
  seed === undefined ? context : { ...context, chance: chanceFrom(seed), sorted: true, failures: { has: () => false } };

function withOthers<Found extends Destination | undefined>(first: Found, others: Candidates): Found {
  return first?.kind === 'address' && others.more !== false ? { ...first, others } : first;
}

/** From where to begin with a name (RFC 3263 §4.1 and §4.2). */
function soughtOf(uriText: string, target: Target): Sought {
  const { host, port, transport, pinned, secure, domain, whenLarge } = target;
  return { what: uriText, host, transport, domain, whenLarge, leads: [firstLead()] };

  function firstLead(): Lead {
    // With a port there is nothing to look up but addresses.
    if (port !== undefined) return { kind: 'host', host, port, transport };
    if (!pinned) return { kind: 'rules', domain: host, secure };
    const service = serviceOf(host, transport);
    return service === undefined
      ? { kind: 'host', host, port: transport.defaultPort, transport }
      : { kind: 'service', ...service };
  }
}

/** From where to begin with sent-by (RFC 3263 §5). */
function soughtFor(what: string, { host, port }: Via, transport: TransportFacts): Sought {
  const numeric = canonicalHost(host);
  const sought = { what, host, transport, domain: numeric ?? host, whenLarge: undefined };
  const service = port === undefined && numeric === undefined ? serviceOf(host, transport) : undefined;
  if (service !== undefined) return { ...sought, leads: [{ kind: 'service', ...service }] };
  const at = port ?? transport.defaultPort;
  if (numeric !== undefined) return { ...sought, leads: [{ kind: 'peer', host: numeric, port: at, transport }] };
  return { ...sought, leads: [{ kind: 'host', host, port: at, transport }] };
}
