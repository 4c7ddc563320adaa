import { aorFromStore } from '../kernel/aor.ts';
import type { Clock } from '../kernel/clock.ts';
import type { StateChange } from '../kernel/feed.ts';
import type { Result } from '../kernel/result.ts';
import { type Change, remove, type Store, type StoreFault } from '../db/store.ts';
import type { DepartureEvent, Departures } from './departures.ts';
import type { FlowOwners } from './flow-owners.ts';
import { type Binding, bindingsTable } from './tables.ts';
import { addGruuRemovals } from './temporary-gruus.ts';

export interface RemovalDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly departures: Departures;
  readonly owners: FlowOwners;
}

/**
 * Takes bindings out without being asked by their client, with the temporary GRUUs that stood for them, and tells the news:
 * one piece for each AOR.
 *
 * @param rows  as the store holds them; when one has changed since, nothing is done and it is a conflict
 */
export async function removeBindings(
  { store, clock, departures, owners }: RemovalDeps,
  rows: readonly Binding[],
  event: DepartureEvent,
): Promise<Result<void, StoreFault>> {
  const changes: Change[] = rows.map((was) => remove(bindingsTable, [was.aor, was.id], { was }));
  const news: StateChange[] = [];
  const now = clock.now();
  const byAor = groupedByAor(rows);
  for (const [aor, gone] of byAor) {
    if (gone.some(({ instance }) => instance !== null)) {
      // Those that have expired count as gone, swept or not (RFC 5627 §5.3).
      const remaining = store
        .scan(bindingsTable, 'byAor', [aor])
        .filter((binding) => binding.expiresAt > now && !gone.includes(binding));
      addGruuRemovals(changes, store, gone, remaining);
    }
    news.push({ eventPackage: 'reg', resource: aorFromStore(aor) });
  }
  const committed = await store.transact(changes, news);
  if (!committed.ok) return committed;
  for (const [aor, gone] of byAor) {
    departures.add(aor, gone, event);
    owners.changed(gone, store.scan(bindingsTable, 'byAor', [aor]));
  }
  return committed;
}

function groupedByAor(rows: readonly Binding[]): ReadonlyMap<string, readonly Binding[]> {
  const groups = new Map<string, Binding[]>();
  for (const row of rows) {
    const group = groups.get(row.aor);
    if (group === undefined) groups.set(row.aor, [row]);
    else group.push(row);
  }
  return groups;
}
