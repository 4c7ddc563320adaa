import { type Aor, aorFromStore } from '../kernel/aor.ts';
import type { Instant } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { Store } from '../db/store.ts';
import type { FlowKey } from '../sip-stack/flow.ts';
import type { NatPolicy } from '../sip-stack/flow-to-keep.ts';
import { dependsOnFlow } from './dependence.ts';
import { type RemovalDeps, removeBindings } from './removal.ts';
import { type Binding, bindingsTable } from './tables.ts';

/** The location service that a registrar feeds (RFC 3261 §10.1). */
export interface Bindings {
  /** The live bindings of an AOR in the order in which they were made. */
  of(aor: Aor): readonly Binding[];
  /**
   * Takes out what has expired and tells the news.
   *
   * @returns how many rows went; when it is `sweepMax`, there may be more
   */
  sweep(now: Instant): Promise<number>;
  /** A connection is gone: the bindings that are nothing without it go at once (RFC 5626 §7). */
  flowClosed(flow: FlowKey): Promise<void>;
  /** Takes out bindings whose client is not there any more, for a reason to log. */
  deactivate(rows: readonly Binding[], reason: string): Promise<void>;
}

/** Rows that one sweep takes out, so that it never holds up the traffic for long. */
export const sweepMax = 1_000;
/** Decisions made anew when a client changed its bindings meanwhile. */
const attemptsMax = 3;

export function createBindings(
  deps: RemovalDeps & { readonly log: Log; readonly meter: Meter },
  config: { readonly nat: NatPolicy },
): Bindings {
  const { store, clock, log, meter } = deps;
  meter.gauge('pharos_registrar_bindings', 'Bindings kept', () => store.size(bindingsTable));
  const expired = meter.counter('pharos_registrar_bindings_expired_total', 'Bindings that nobody renewed');

  const deactivated = meter.counter(
    'pharos_registrar_bindings_deactivated_total',
    'Bindings taken out because their flow is dead or their client does not answer',
  );

  /** @param find  gives the rows that are to go, as they are now */
  const deactivate = async (find: () => readonly Binding[], reason: string): Promise<void> => {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const rows = find();
      if (rows.length === 0) return;
      const removed = await removeBindings(deps, rows, 'deactivated');
      if (removed.ok) {
        deactivated.add(rows.length);
        for (const { aor, contact } of rows) log.info('binding-deactivated', { aor, contact, reason });
        return;
      }
      if (removed.fault === 'conflict') continue;
      // They are left to expire; their flow is known to be dead, so nothing is sent there.
      log.warn('bindings-not-deactivated', { fault: removed.fault, rows: rows.length });
      return;
    }
  };

  return {
    of: (aor) => liveBindings(store, aor, clock.now()),
    async sweep(now) {
      const rows = store.expired(bindingsTable, now, sweepMax);
      if (rows.length === 0) return 0;
      const committed = await removeBindings(deps, rows, 'expired');
      if (!committed.ok) {
        log.warn('bindings-not-swept', { fault: committed.fault, rows: rows.length });
        return 0;
      }
      expired.add(rows.length);
      return rows.length;
    },
    async flowClosed(flow) {
      const aors = deps.owners.closed(flow);
      const isDead = (binding: Binding): boolean => binding.flow === flow && dependsOnFlow(binding, config.nat);
      for (let start = 0; start < aors.length; start += limits.rowsPerTurnMax) {
        const some = aors.slice(start, start + limits.rowsPerTurnMax);
        await deactivate(
          () => some.flatMap((aor) => liveBindings(store, aorFromStore(aor), clock.now()).filter(isDead)),
          'flow closed',
        );
      }
    },
    deactivate: (rows, reason) =>
      deactivate(() => rows.filter((row) => store.get(bindingsTable, [row.aor, row.id]) === row), reason),
  };
}

/** Bindings that have not expired, whether or not they were swept already. */
export function liveBindings(store: Store, aor: Aor, now: Instant): readonly Binding[] {
  const rows = store.scan(bindingsTable, 'byAor', [aor]);
  return rows.every((binding) => binding.expiresAt > now) ? rows : rows.filter((binding) => binding.expiresAt > now);
}
