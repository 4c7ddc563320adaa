import type { Accounts } from '../auth/accounts.ts';
import { createAccounts } from '../auth/accounts.ts';
import type { Domains } from '../auth/domains.ts';
import { createDomains } from '../auth/domains.ts';
import { createSipGuard } from '../auth/sip-guard.ts';
import type { Store } from '../db/store.ts';
import type { Presentities } from '../esc/presentities.ts';
import { createPublications } from '../esc/publications.ts';
import { createPublish } from '../esc/publish.ts';
import { createEventPackages } from '../event-packages/index.ts';
import type { PresenceUsers } from '../event-packages/presence.ts';
import type { Events } from '../events/events.ts';
import { createEvents } from '../events/events.ts';
import type { EventPackages } from '../events/package.ts';
import type { Clock, Scheduler, Tokens } from '../kernel/clock.ts';
import { milliseconds, seconds } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import { createTimerWheel } from '../kernel/timer-wheel.ts';
import { createDnsClient, createResolver } from '../net/dns.ts';
import { readHosts } from '../net/hosts.ts';
import { createBindings } from '../registrar/bindings.ts';
import { createRegister } from '../registrar/register.ts';
import type { Residents } from '../registrar/residents.ts';
import { createDefects } from '../sip-stack/defects.ts';
import type { Dispatch } from '../sip-stack/dispatch.ts';
import { createDispatch } from '../sip-stack/dispatch.ts';
import type { Endpoint } from '../sip-stack/endpoint.ts';
import { createEndpoint } from '../sip-stack/endpoint.ts';
import type { Locate } from '../sip-stack/locate.ts';
import type { IncomingRequest } from '../sip-stack/incoming.ts';
import { createLocate } from '../sip-stack/locate.ts';
import { createOptions } from '../sip-stack/options.ts';
import { serviceUnavailable } from '../sip-stack/refusals.ts';
import type { Registration } from '../sip-stack/registration.ts';
import type { RequestReceiver } from '../sip-stack/responder.ts';
import { createLargeRequests } from '../sip-stack/transport/large-request.ts';
import { createTransportLayer } from '../sip-stack/transport/layer.ts';
import type { TransportKind } from '../sip-stack/transport/kind.ts';
import type { BoundAddress, TransportLayer } from '../sip-stack/transport/layer-port.ts';
import { boundAddresses } from './bound-addresses.ts';
import { listenFaultSentence } from './listen-fault.ts';
import { createOwnAddresses } from './own-addresses.ts';
import { reauthorizeAll } from './reauthorize.ts';
import type { Config } from './sections.ts';
import { withDomainOfTarget } from './subscribe-target.ts';
import type { Sweep } from './sweeps.ts';
import { startSweeps } from './sweeps.ts';

/** What the composition is given from outside: time, chance, what is written down, and where state lives. */
export interface ComposeDeps {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly tokens: Tokens;
  readonly log: Log;
  readonly meter: Meter;
  /** Open, with the tables of server/tables.ts. Closed by who opened it, after `stop`. */
  readonly store: Store;
  /** The kinds of transport, when not those of the list: a bench hands in one that has no sockets. */
  readonly transportKinds?: readonly TransportKind[];
}

/** The server at work. */
export interface Pharos {
  /** Where it listens, with real ports. */
  readonly bound: readonly BoundAddress[];
  readonly accounts: Accounts;
  readonly events: Events;
  /** Settings, by `section.name`, have just taken effect: what follows from old values is judged anew. */
  reloaded(applied: readonly string[]): Promise<void>;
  /** Refuses what is new, sends the NOTIFYs that are owed within `events.stopDeadline`, closes the sockets. */
  stop(): Promise<void>;
}

/** The expired are taken out once a second. */
const sweepBeat = milliseconds(1000);
/** Told to whoever comes while the server stops: it is most often back after a moment. */
const comeAgainAfter = seconds(5);

/**
 * Puts the parts together; the one place that knows them all. Reads from the bottom up: network, state, who is asking, what
 * is asked, and the dispatch that joins them.
 *
 * @fault a sentence: an address that cannot be listened on
 */
export async function compose(deps: ComposeDeps, config: Config): Promise<Result<Pharos, string>> {
  const { clock, store, log } = deps;
  const wheel = createTimerWheel(deps);
  const network = composeNetwork({ ...deps, wheel }, config, () => receiver);
  const { layer, endpoint, locate } = network;

  const ownAddresses = createOwnAddresses({ clock, bound: () => layer.bound }, config.server.advertise);
  const domains = createDomains({ domains: config.server.domains, ownAddresses });
  const accounts = createAccounts({ store, clock });
  const users = usersOf(domains, accounts);

  const bindings = createBindings(deps);
  const publications = createPublications(deps);
  const packages = createEventPackages({ presence: { publications, users, log } }, config);
  const events = createEvents({ ...deps, wheel, packages, sender: endpoint, locate, transport: layer }, config.events);

  const flowToKeep = (incoming: IncomingRequest): string => locate.flowToKeep(incoming);

  const dispatch: Dispatch = createDispatch(
    { defects: createDefects(deps) },
    {
      serves: (uri) => domains.domainOf(uri) !== undefined,
      guards: [createSipGuard({ ...deps, accounts, domains }, config.auth)],
      handlers: [
        {
          method: 'REGISTER',
          handler: createRegister({ ...deps, residents: users, flowToKeep }, config.registrar),
        },
        { method: 'PUBLISH', handler: createPublish({ ...deps, packages, presentities: users }, config.esc) },
        { method: 'SUBSCRIBE', handler: withDomainOfTarget(domains, events.subscribe) },
        optionsOf(() => dispatch, packages),
      ],
    },
  );
  const door = createDoor(dispatch);
  const receiver: RequestReceiver = door;

  const listening = await layer.listen(boundAddresses(config.server));
  if (!listening.ok) {
    await layer.stop();
    wheel.stop();
    return fail(listenFaultSentence(listening.fault));
  }
  const sweeps: readonly Sweep[] = [
    { name: 'bindings', run: (now) => bindings.sweep(now) },
    { name: 'publications', run: (now) => publications.sweep(now) },
    { name: 'subscriptions', run: (now) => events.sweep(now) },
  ];
  const sweeping = startSweeps(deps, sweepBeat, sweeps);
  const resuming = events.resume();
  return ok({
    bound: layer.bound,
    accounts,
    events,
    async reloaded(applied) {
      if (applied.includes('presence.defaultHandling')) await reauthorizeAll({ ...deps, events }, 'presence');
    },
    async stop() {
      door.close();
      await sweeping.stop();
      await resuming;
      await events.stop();
      await layer.stop();
      wheel.stop();
    },
  });
}

/** Whose users are ours: the registrar's residents, the compositor's presentities, the users of presence. */
function usersOf(domains: Domains, accounts: Accounts): Residents & Presentities & PresenceUsers {
  return {
    domainOf: (uri) => domains.domainOf(uri),
    localAor: (uri) => domains.localAor(uri),
    has: (aor) => accounts.has(aor),
  };
}

interface Network {
  readonly layer: TransportLayer;
  readonly endpoint: Endpoint;
  readonly locate: Locate;
}

/** Transports, transactions and the way to a peer (RFC 3261 §17 and §18, RFC 3263). */
function composeNetwork(
  deps: ComposeDeps & { readonly wheel: TimerWheel },
  config: Config,
  receiver: () => RequestReceiver,
): Network {
  const endpoint = createEndpoint(
    { ...deps, layer: () => layer, receiver, largeRequests: createLargeRequests(deps, config.transport) },
    { ...config.transaction, timers: config.transaction },
  );
  const layer: TransportLayer = createTransportLayer(deps, endpoint, config.transport, deps.transportKinds);
  const dns = createDnsClient({ deadline: config.dns.deadline, servers: config.dns.servers });
  const resolver = createResolver({ ...deps, dns, hosts: readHosts() }, config.dns);
  return { layer, endpoint, locate: createLocate({ layer, resolver, log: deps.log }) };
}

/** OPTIONS tells what the others can do (RFC 3261 §11.2). */
function optionsOf(dispatch: () => Dispatch, packages: EventPackages): Registration {
  const handler = createOptions({
    allow: () => dispatch().allow,
    supported: () => dispatch().supported,
    accept: () => [...new Set(packages.all.flatMap(({ publication }) => publication?.bodies ?? []))],
    acceptEncoding: () => [],
    allowEvents: () => packages.all.map(({ name }) => name),
  });
  return { method: 'OPTIONS', handler };
}

/** Lets requests in to the dispatch until it is closed; then each is asked to come again. */
function createDoor(dispatch: RequestReceiver): RequestReceiver & { close(): void } {
  let closed = false;
  return {
    onRequest(request, flow, receivedAt, responder) {
      if (closed) responder.respond(serviceUnavailable(comeAgainAfter, 'Server Is Restarting'));
      else dispatch.onRequest(request, flow, receivedAt, responder);
    },
    close() {
      closed = true;
    },
  };
}
