import type { Clock, Tokens } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import { fail, ok, type Result } from '../kernel/result.ts';
import type { TimerWheel } from '../kernel/timer-wheel.ts';
import { openKey } from '../db/keys.ts';
import type { Store, StoreFault } from '../db/store.ts';
import type { Flow, FlowKey } from '../sip-stack/flow.ts';
import { flowToKeep } from '../sip-stack/flow-to-keep.ts';
import type { Handler } from '../sip-stack/incoming.ts';
import type { RequestSender } from '../sip-stack/outgoing.ts';
import { type Bindings, createBindings } from './bindings.ts';
import { createDepartures } from './departures.ts';
import { createFlowOwners } from './flow-owners.ts';
import { createGruus } from './gruu.ts';
import { createLocations, type Locations } from './locations.ts';
import { createPings } from './pings.ts';
import { createRegister } from './register.ts';
import { createRegistrations, type Registrations } from './registrations.ts';
import type { Residents } from './residents.ts';
import type { RegistrarConfig } from './settings.ts';
import { registrarKeys } from './tables.ts';

/** The registrar and the location service that it feeds (RFC 3261 §10). */
export interface Registrar {
  /** Handles REGISTER. */
  readonly register: Handler;
  readonly bindings: Bindings;
  readonly locations: Locations;
  readonly registrations: Registrations;
  /** A connection is gone. */
  onFlowClosed(flow: Flow): void;
  /** Takes up the pings of a former process; call once. */
  resume(): void;
  /** To be called before the connections are closed by us: from then on that tells nothing of the clients. */
  stop(): void;
}

export interface RegistrarDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly wheel: TimerWheel;
  readonly log: Log;
  readonly meter: Meter;
  readonly residents: Residents;
  readonly sender: RequestSender;
  /** The flow of this name if it can still carry a message. */
  readonly flow: (key: FlowKey) => Flow | undefined;
}

/** Option tags that a REGISTER may require (RFC 3327, RFC 5626, RFC 5627 §5.1). */
export const registerExtensions: readonly string[] = ['path', 'outbound', 'gruu'];

/** @fault the key of the GRUUs can neither be read nor made */
export async function createRegistrar(
  deps: RegistrarDeps,
  config: RegistrarConfig,
): Promise<Result<Registrar, StoreFault>> {
  const key = await openKey(deps, registrarKeys, 'gruu');
  if (!key.ok) return fail(key.fault);
  const gruus = createGruus(key.value);
  const departures = createDepartures(deps.clock);
  const owners = createFlowOwners();
  deps.meter.gauge('pharos_registrar_flows', 'Connections over which users are reached', () => owners.size);
  const bindings = createBindings({ ...deps, departures, owners }, config);
  const locations = createLocations(
    { ...deps, gruus, bindings, isOpen: (flow) => deps.flow(flow)?.open === true },
    config,
  );
  const pings = createPings(
    { ...deps, onUnanswered: (binding) => void bindings.deactivate([binding], 'pings unanswered') },
    config,
  );
  let stopped = false;
  const register = createRegister(
    {
      ...deps,
      flowToKeep,
      gruus,
      departures,
      onFlowsChanged(was, are, flow) {
        owners.changed(was, are);
        for (const binding of are) pings.watch(binding);
        // It may have closed while its REGISTER was on its way to the disk.
        if (!flow.open && !stopped) void bindings.flowClosed(flow.key);
      },
    },
    config,
  );
  return ok({
    register,
    bindings,
    locations,
    registrations: createRegistrations({ ...deps, gruus, departures }),
    onFlowClosed(flow) {
      if (!stopped) void bindings.flowClosed(flow.key);
    },
    resume() {
      pings.resume();
    },
    stop() {
      stopped = true;
      pings.stop();
    },
  });
}
