import { type Aor, aorFromStore } from '../kernel/aor.ts';
import type { Clock, Instant } from '../kernel/clock.ts';
import type { StateChange } from '../kernel/feed.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import { remove, type Store } from '../db/store.ts';
import { type Publication, publicationsTable } from './tables.ts';

/** The event state that was published, for those who compose it. */
export interface Publications {
  /** Live publications in the order in which they were first made; the same state gives the same order. */
  of(eventPackage: string, resource: Aor): readonly Publication[];
  /**
   * Takes out what has expired and tells the news (RFC 3903 §4.2: unless refreshed, a publication expires).
   *
   * @returns how many rows went; when it is `sweepMax`, there may be more
   */
  sweep(now: Instant): Promise<number>;
}

/** Rows that one sweep takes out, so that it never holds up the traffic for long. */
export const sweepMax = 1_000;

export function createPublications(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}): Publications {
  const { store, clock, log, meter } = deps;
  meter.gauge('pharos_esc_publications', 'Publications kept', () => store.size(publicationsTable));
  const expired = meter.counter('pharos_esc_publications_expired_total', 'Publications that nobody refreshed');

  return {
    of: (eventPackage, resource) => livePublications(store, eventPackage, resource, clock.now()),
    async sweep(now) {
      const rows = store.expired(publicationsTable, now, sweepMax);
      if (rows.length === 0) return 0;
      const changes = rows.map((was) => remove(publicationsTable, [was.id], { was }));
      const committed = await store.transact(changes, newsOf(rows));
      if (!committed.ok) {
        log.warn('publications-not-swept', { fault: committed.fault, rows: rows.length });
        return 0;
      }
      expired.add(rows.length);
      return rows.length;
    },
  };
}

/** Publications that have not expired, whether or not they were swept already. */
export function livePublications(
  store: Store,
  eventPackage: string,
  resource: Aor,
  now: Instant,
): readonly Publication[] {
  const rows = store.scan(publicationsTable, 'byResource', [eventPackage, resource]);
  const live = rows.every((row) => row.expiresAt > now) ? rows : rows.filter((row) => row.expiresAt > now);
  return live.length < 2 ? live : live.toSorted(byAge);
}

const byAge = (a: Publication, b: Publication): number => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);

/** One piece of news for each package and resource. */
function newsOf(rows: readonly Publication[]): readonly StateChange[] {
  const changed = new Map<string, StateChange>();
  for (const { eventPackage, resource } of rows) {
    changed.set(`${eventPackage} ${resource}`, { eventPackage, resource: aorFromStore(resource) });
  }
  return [...changed.values()];
}
