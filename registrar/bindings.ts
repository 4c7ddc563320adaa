import { type Aor, aorFromStore } from '../kernel/aor.ts';
import type { Clock, Instant } from '../kernel/clock.ts';
import type { StateChange } from '../kernel/feed.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import { type Change, remove, type Store } from '../db/store.ts';
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
}

/** Rows that one sweep takes out, so that it never holds up the traffic for long. */
export const sweepMax = 1_000;

export function createBindings(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}): Bindings {
  const { store, clock, log, meter } = deps;
  meter.gauge('pharos_registrar_bindings', 'Bindings kept', () => store.size(bindingsTable));
  const expired = meter.counter('pharos_registrar_bindings_expired_total', 'Bindings that nobody renewed');

  return {
    of: (aor) => liveBindings(store, aor, clock.now()),
    async sweep(now) {
      const rows = store.expired(bindingsTable, now, sweepMax);
      if (rows.length === 0) return 0;
      const changes: Change[] = rows.map((was) => remove(bindingsTable, [was.aor, was.id], { was }));
      const committed = await store.transact(changes, newsOf(rows));
      if (!committed.ok) {
        log.warn('bindings-not-swept', { fault: committed.fault, rows: rows.length });
        return 0;
      }
      expired.add(rows.length);
      return rows.length;
    },
  };
}

/** Bindings that have not expired, whether or not they were swept already. */
export function liveBindings(store: Store, aor: Aor, now: Instant): readonly Binding[] {
  const rows = store.scan(bindingsTable, 'byAor', [aor]);
  return rows.every((binding) => binding.expiresAt > now) ? rows : rows.filter((binding) => binding.expiresAt > now);
}

/** One piece of news for each AOR. */
function newsOf(rows: readonly Binding[]): readonly StateChange[] {
  const aors = new Set(rows.map((row) => row.aor));
  return [...aors].map((aor) => ({ eventPackage: 'reg', resource: aorFromStore(aor) }));
}
