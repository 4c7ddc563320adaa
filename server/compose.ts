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
import type { Clock, Scheduler, Tokens } from '../kernel/clock.ts';
import { milliseconds } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import { createTimerWheel } from '../kernel/timer-wheel.ts';
import { registerExtensions } from '../registrar/registrar.ts';
import type { Residents } from '../registrar/residents.ts';
import { createDefects } from '../sip-stack/defects.ts';
import type { Dispatch } from '../sip-stack/dispatch.ts';
import { createDispatch } from '../sip-stack/dispatch.ts';
import type { RequestReceiver } from '../sip-stack/responder.ts';
import type { TransportKind } from '../sip-stack/transport/kind.ts';
import type { BoundAddress } from '../sip-stack/transport/layer-port.ts';
import type { Trace } from '../trace/trace.ts';
import { boundAddresses } from './bound-addresses.ts';
import { composeCertificates } from './certificates.ts';
import { composeExtensions } from './compose-extensions.ts';
import type { ExtensionModule } from './extension-modules.ts';
import { createDoor, createOwnEvents, optionsOf } from './front-door.ts';
import { listenFaultSentence } from './listen-fault.ts';
import type { Network } from './network.ts';
import { composeNetwork } from './network.ts';
import { createOwnAddresses } from './own-addresses.ts';
import { composeProxy } from './proxy.ts';
import { reauthorizeAll } from './reauthorize.ts';
import { composeGuards } from './protection.ts';
import { composeRegistrar, reachingGruus } from './registrar.ts';
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

  const proxying = await composeProxy(
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
      isOwnEvent: createOwnEvents(packages, { domains, aliases, locations: registrar.locations }),
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
