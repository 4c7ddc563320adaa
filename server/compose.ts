import type { Bans } from '../abuse/bans.ts';
import type { Accounts } from '../auth/accounts.ts';
import type { Aliases } from '../auth/aliases.ts';
import type { Domains } from '../auth/domains.ts';
import type { Store } from '../db/store.ts';
import type { Presentities } from '../esc/presentities.ts';
import { createPublications } from '../esc/publications.ts';
import { createPublish } from '../esc/publish.ts';
import { createEventPackages, withPackages } from '../event-packages/index.ts';
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
import { registerExtensions } from '../registrar/registrar.ts';
import type { Residents } from '../registrar/residents.ts';
import { createDefects } from '../sip-stack/defects.ts';
import type { Dispatch } from '../sip-stack/dispatch.ts';
import { createDispatch } from '../sip-stack/dispatch.ts';
import type { Endpoint } from '../sip-stack/endpoint.ts';
import { createEndpoint } from '../sip-stack/endpoint.ts';
import type { Flow } from '../sip-stack/flow.ts';
import { createOptions } from '../sip-stack/options.ts';
import type { StrayReceiver } from '../sip-stack/forwarding.ts';
import { serviceUnavailable } from '../sip-stack/refusals.ts';
import type { Registration } from '../sip-stack/registration.ts';
import type { RequestReceiver } from '../sip-stack/responder.ts';
import type { Certificates } from '../sip-stack/transport/certificates.ts';
import { createLargeRequests } from '../sip-stack/transport/large-request.ts';
import { createWaysBack } from '../sip-stack/ways-back.ts';
import { createTransportLayer } from '../sip-stack/transport/layer.ts';
import type { TransportKind } from '../sip-stack/transport/kind.ts';
import type { BoundAddress, TransportLayer } from '../sip-stack/transport/layer-port.ts';
import type { SipRequest } from '../sip-stack/wire/message.ts';
import type { Tap } from '../sip-stack/transport/tap.ts';
import type { Trace } from '../trace/trace.ts';
import { boundAddresses } from './bound-addresses.ts';
import { composeCertificates } from './certificates.ts';
import { composeExtensions } from './compose-extensions.ts';
import type { ExtensionModule } from './extension-modules.ts';
import { listenFaultSentence } from './listen-fault.ts';
import type { Locating } from './locating.ts';
import { composeLocating } from './locating.ts';
import { createOwnAddresses } from './own-addresses.ts';
import { composeProxy } from './proxy.ts';
import { reauthorizeAll } from './reauthorize.ts';
import type { Protection } from './protection.ts';
import { composeGuards, composeProtection } from './protection.ts';
import { composeRegistrar, reachingGruus, withFlowNews } from './registrar.ts';
import type { Config } from './sections.ts';
import { withDomainOfTarget } from './subscribe-target.ts';
import type { Sweep } from './sweeps.ts';
import { startSweeps } from './sweeps.ts';
import { composeTracing } from './tracing.ts';

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
  /** Modules of the operator, imported. */
  readonly extensionModules?: readonly ExtensionModule[];
}

/** The server at work. */
export interface Pharos {
  /** Where it listens, with real ports. */
  readonly bound: readonly BoundAddress[];
  readonly accounts: Accounts;
  readonly aliases: Aliases;
  readonly bans: Bans;
  readonly events: Events;
  readonly trace: Trace;
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
  const { clock, log } = deps;
  const wheel = createTimerWheel(deps);
  const secured = composeCertificates(deps, config);
  if (!secured.ok) {
    wheel.stop();
    return secured;
  }
  const trace: Trace = composeTracing({ ...deps, resolver: () => network.resolver }, config.trace);
  const network: Network = composeNetwork(
    { ...deps, wheel, tap: trace.tap, certificates: secured.value.certificates },
    config,
    () => receiver,
    () => proxy.strays,
    (flow) => {
      registrar.onFlowClosed(flow);
    },
  );
  const { layer, locate, sender } = network;

  const ownAddresses = createOwnAddresses({ clock, bound: () => layer.bound }, config.server.advertise);
  const guards = composeGuards({ ...deps, ...network, ownAddresses }, network.protection, config);
  const { domains, accounts, aliases, guard } = guards;
  const users = usersOf(domains, accounts);

  const registering = await composeRegistrar({ ...deps, ...network, wheel, residents: users }, config.registrar);
  if (!registering.ok) {
    wheel.stop();
    return registering;
  }
  const registrar = registering.value;
  const reaching = reachingGruus(registrar.locations, layer, { ...locate, sender });
  const publications = createPublications(deps);
  const ownPackages = createEventPackages(
    { presence: { publications, users, log }, reg: { registrations: registrar.registrations, users } },
    config,
  );
  const extensions = composeExtensions({ ...deps, users, publications, packages: ownPackages }, config.extensions);
  if (!extensions.ok) {
    wheel.stop();
    return extensions;
  }
  const packages = withPackages(ownPackages, extensions.value.eventPackages);
  const events = createEvents(
    { ...deps, wheel, packages, sender: reaching.sender, locate: { ...locate, ...reaching }, transport: layer },
    config.events,
  );

  const proxying = composeProxy(
    { ...deps, ...network, ...guards, wheel, locations: registrar.locations, steps: extensions.value.steps },
    config,
  );
  if (!proxying.ok) {
    wheel.stop();
    return proxying;
  }
  const proxy = proxying.value;

  const dispatch: Dispatch = createDispatch(
    { defects: createDefects(deps) },
    {
      serves: (uri) => domains.domainOf(uri) !== undefined,
      onward: proxy,
      isOwnEvent: (request) => servesEvent(packages, request),
      guards: [guard],
      handlers: [
        { method: 'REGISTER', handler: registrar.register, requires: registerExtensions },
        { method: 'PUBLISH', handler: createPublish({ ...deps, packages, presentities: users }, config.esc) },
        { method: 'SUBSCRIBE', handler: withDomainOfTarget(domains, events.subscribe) },
        optionsOf(
          () => [...dispatch.supported, ...proxy.optionTags],
          () => dispatch,
          packages,
        ),
        ...extensions.value.handlers,
      ],
    },
  );
  const door = createDoor(dispatch);
  const receiver: RequestReceiver = door;

  const listening = await layer.listen(boundAddresses(config));
  if (!listening.ok) {
    await layer.stop();
    wheel.stop();
    return fail(listenFaultSentence(listening.fault));
  }
  await trace.apply();
  const sweeps: readonly Sweep[] = [
    { name: 'bans', run: (now) => network.protection.bans.sweep(now) },
    { name: 'bindings', run: (now) => registrar.bindings.sweep(now) },
    { name: 'publications', run: (now) => publications.sweep(now) },
    { name: 'subscriptions', run: (now) => events.sweep(now) },
  ];
  const sweeping = startSweeps(deps, sweepBeat, sweeps);
  const resuming = events.resume();
  registrar.resume();
  return ok({
    bound: layer.bound,
    accounts,
    aliases,
    bans: network.protection.bans,
    events,
    trace,
    async reloaded(applied) {
      secured.value.reread();
      if (applied.some((name) => name.startsWith('trace.'))) await trace.apply();
      if (applied.includes('presence.defaultHandling')) await reauthorizeAll({ ...deps, events }, 'presence');
      if (applied.includes('reg.watchers')) await reauthorizeAll({ ...deps, events }, 'reg');
      if (applied.includes('registrar.pingMethod')) registrar.resume();
    },
    async stop() {
      door.close();
      await sweeping.stop();
      await resuming;
      await events.stop();
      registrar.stop();
      await layer.stop();
      await trace.stop();
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

interface Network extends Locating {
  readonly layer: TransportLayer;
  readonly endpoint: Endpoint;
  readonly protection: Protection;
}

/** Transports, transactions and the way to a peer (RFC 3261 §17 and §18, RFC 3263). */
function composeNetwork(
  deps: ComposeDeps & { readonly wheel: TimerWheel; readonly tap: Tap; readonly certificates: Certificates },
  config: Config,
  receiver: () => RequestReceiver,
  strays: () => StrayReceiver,
  onFlowClosed: (flow: Flow) => void,
): Network {
  const protection = composeProtection({ ...deps, liveTransactions: () => endpoint.liveTransactions }, config);
  const { gate, shedding: feedback, downstream } = protection;
  const largeRequests = createLargeRequests(deps, config.transport);
  const waysBack = createWaysBack({ layer: () => layer, candidates: (via) => locating.locate.forResponse(via) });
  const endpoint: Endpoint = createEndpoint(
    {
      ...deps,
      layer: () => layer,
      receiver,
      strays,
      largeRequests,
      gate,
      feedback,
      waysBack,
      ...(downstream === undefined ? {} : { downstream }),
    },
    { ...config.transaction, timers: config.transaction },
  );
  const layer: TransportLayer = createTransportLayer(
    { ...deps, ...protection, tls: config.tls },
    withFlowNews(endpoint, onFlowClosed),
    config.transport,
    deps.transportKinds,
  );
  const locating = composeLocating({ ...deps, layer, endpoint }, config.dns);
  return { layer, endpoint, protection, ...locating };
}

/** OPTIONS tells what the others can do (RFC 3261 §11.2). */
function optionsOf(
  supported: () => readonly string[],
  dispatch: () => Dispatch,
  packages: EventPackages,
): Registration {
  const handler = createOptions({
    allow: () => dispatch().allow,
    supported: () => [...new Set(supported())],
    accept: () => [...new Set(packages.all.flatMap(({ publication }) => publication?.bodies ?? []))],
    acceptEncoding: () => [],
    allowEvents: () => packages.all.map(({ name }) => name),
  });
  return { method: 'OPTIONS', handler };
}

/** Whether a SUBSCRIBE is answered here and not by a device; one that names no package is refused here. */
function servesEvent(packages: EventPackages, request: SipRequest): boolean {
  const event = request.headers.first('event');
  if (event === undefined) return true;
  const end = event.indexOf(';');
  return packages.find((end < 0 ? event : event.slice(0, end)).trim()) !== undefined;
}

/** Lets requests in to the dispatch until it is closed; then each is asked to come again. */
function createDoor(dispatch: RequestReceiver): RequestReceiver & { close(): void } {
  let closed = false;
  return {
    onRequest(request, flow, receivedAt, responder) {
      if (closed) responder.respond(serviceUnavailable(comeAgainAfter, 'Server Is Restarting'));
      else dispatch.onRequest(request, flow, receivedAt, responder);
    },
    takesMerged: (request, flow) => dispatch.takesMerged?.(request, flow) === true,
    close() {
      closed = true;
    },
  };
}
