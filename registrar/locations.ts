import { type Aor, aorFromStore } from '../kernel/aor.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Store } from '../db/store.ts';
import type { FlowKey } from '../sip-stack/flow.ts';
import type { NatPolicy } from '../sip-stack/flow-to-keep.ts';
import type { WireText } from '../sip-stack/wire/message.ts';
import type { SipUri } from '../sip-stack/wire/uri.ts';
import { type Bindings, liveBindings } from './bindings.ts';
import { dependsOnFlow, isConnection } from './dependence.ts';
import { type Gruus, isInstance } from './gruu.ts';
import { pathValues } from './path.ts';
import type { Residents } from './residents.ts';
import { type Binding, gruusTable } from './tables.ts';

/** One way to a device. */
export interface Location {
  readonly uri: WireText;
  /** Thousandths; 1000 when the client gave none. */
  readonly q: number;
  /** '' to go where the path or the URI says. */
  readonly flow: FlowKey;
  /** Route values, first hop first (RFC 3327 §5.3). */
  readonly path: readonly WireText[];
  /** The instance, '' for none: of several ways to one device only one is tried at a time (RFC 5626 §7). */
  readonly device: string;
  readonly params: string;
}

/** The location service as a proxy asks it (RFC 3261 §16.5, RFC 5626 §7, RFC 5627 §6.1). */
export interface Locations {
  /** Best first: by q, then the one refreshed last. Flows that are known to be dead are left out. */
  targets(aor: Aor): readonly Location[];
  has(aor: Aor): boolean;
  /**
   * The device that a GRUU stands for, without targets when it is not registered now; 'unknown' for a URI that looks like
   * a GRUU of ours and is none that is valid; `undefined` for a URI without `gr` or in another domain.
   */
  gruu(uri: SipUri): { readonly aor: Aor; readonly targets: readonly Location[] } | 'unknown' | undefined;
  /** A request failed because the flow of this way is dead, here or at an edge proxy (430): its binding goes. */
  flowFailed(aor: Aor, location: Pick<Location, 'uri' | 'flow' | 'path'>): void;
}

export interface LocationsDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly residents: Residents;
  readonly gruus: Gruus;
  readonly bindings: Pick<Bindings, 'deactivate'>;
  /** Whether a connection can still carry a message. */
  readonly isOpen: (flow: FlowKey) => boolean;
}

export function createLocations(deps: LocationsDeps, config: { readonly nat: NatPolicy }): Locations {
  const { store, clock, residents, gruus } = deps;
  const none: readonly Location[] = [];

  const isLost = (flow: FlowKey): boolean => isConnection(flow) && !deps.isOpen(flow);
  /**
   * A binding whose connection is gone is not tried: after a restart there are many, and each is replaced as soon as its
   * client notices. They are kept until they expire, so that a client that registers anew is the one it was before (id,
   * GRUUs) and watchers do not see everybody leave and come back.
   */
  const locationOf = (binding: Binding): Location | undefined => {
    const lost = isLost(binding.flow);
    if (lost && dependsOnFlow(binding, config.nat)) return undefined;
    const { contact: uri, q, path, instance, params } = binding;
    const flow = lost ? '' : binding.flow;
    return { uri, q: q ?? 1000, flow, path: pathValues(path), device: instance ?? '', params };
  };
  const locationsOf = (bindings: readonly Binding[]): readonly Location[] => {
    if (bindings.length === 0) return none;
    const ordered = bindings.length === 1 ? bindings : [...bindings].sort(byPreference);
    const locations: Location[] = [];
    for (const binding of ordered) {
      const location = locationOf(binding);
      if (location !== undefined) locations.push(location);
    }
    return locations;
  };
  const deviceOf = (aor: Aor, belongs: (binding: Binding) => boolean): ReturnType<Locations['gruu']> => ({
    aor,
    targets: locationsOf(liveBindings(store, aor, clock.now()).filter(belongs)),
  });

  return {
    targets: (aor) => locationsOf(liveBindings(store, aor, clock.now())),
    has: (aor) => residents.has(aor),
    gruu(uri) {
      const named = gruus.read(uri);
      if (named === undefined || residents.domainOf(uri) === undefined) return undefined;
      if (named.kind === 'forged') return 'unknown';
      if (named.kind === 'temporary') {
        const row = store.scan(gruusTable, 'bySerial', [named.serial])[0];
        if (row === undefined) return 'unknown';
        const aor = aorFromStore(row.aor);
        const device = deviceOf(aor, ({ instance }) => instance === row.instance);
        // With the last contact it has become invalid, swept or not (RFC 5627 §5.3).
        return liveBindings(store, aor, clock.now()).some(({ instance }) => instance === row.instance)
          ? device
          : 'unknown';
      }
      // A public one stays valid as long as the AOR (RFC 5627 §5.4).
      const aor = residents.localAor(uri);
      if (aor === undefined || !residents.has(aor)) return 'unknown';
      return deviceOf(aor, ({ instance }) => isInstance(instance, named.instance));
    },
    flowFailed(aor, { uri, flow, path }) {
      const failed = liveBindings(store, aor, clock.now()).filter(
        (binding) =>
          binding.contact === uri &&
          binding.path === path.join(', ') &&
          (path.length > 0 || (binding.flow === flow && dependsOnFlow(binding, config.nat))),
      );
      void deps.bindings.deactivate(failed, 'flow failed');
    },
  };
}

/** The preferred one first (RFC 3261 §16.6), among equals the one refreshed last (RFC 5627 §6.1). */
const byPreference = (one: Binding, other: Binding): number =>
  (other.q ?? 1000) - (one.q ?? 1000) || other.refreshedAt - one.refreshedAt;
