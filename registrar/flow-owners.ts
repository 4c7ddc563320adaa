import type { FlowKey } from '../sip-stack/flow.ts';
import { isConnection } from './dependence.ts';
import type { Binding } from './tables.ts';

/**
 * Which addresses-of-record are reached over which connection: asked when a connection closes (RFC 5626 §7). Only of this
 * process: a connection does not outlive it. At most one entry for each live binding over a connection.
 */
export interface FlowOwners {
  /** The bindings of one AOR have changed. */
  changed(was: readonly Binding[], are: readonly Binding[]): void;
  /** Forgets a connection; gives those that were reached over it. */
  closed(flow: FlowKey): readonly string[];
  readonly size: number;
}

export function createFlowOwners(): FlowOwners {
  // Most connections are of one user: no set is made for them.
  const owners = new Map<FlowKey, string | Set<string>>();

  const add = (flow: FlowKey, aor: string): void => {
    const held = owners.get(flow);
    if (held === undefined) owners.set(flow, aor);
    else if (typeof held !== 'string') held.add(aor);
    else if (held !== aor) owners.set(flow, new Set([held, aor]));
  };
  const drop = (flow: FlowKey, aor: string): void => {
    const held = owners.get(flow);
    if (held === aor) owners.delete(flow);
    if (held === undefined || typeof held === 'string') return;
    held.delete(aor);
    if (held.size === 0) owners.delete(flow);
  };

  return {
    changed(was, are) {
      for (const { flow, aor } of was) {
        if (isConnection(flow) && !are.some((binding) => binding.flow === flow)) drop(flow, aor);
      }
      for (const { flow, aor } of are) if (isConnection(flow)) add(flow, aor);
    },
    closed(flow) {
      const held = owners.get(flow);
      owners.delete(flow);
      if (held === undefined) return [];
      return typeof held === 'string' ? [held] : [...held];
    },
    get size() {
      return owners.size;
    },
  };
}
