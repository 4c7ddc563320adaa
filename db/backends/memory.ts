import type { Scheduler } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { silentLog } from '../../kernel/log.ts';
import { ok } from '../../kernel/result.ts';
import type { StoreBackend } from '../backend.ts';
import type { GroupWriter } from '../group.ts';
import type { GroupedStore, StoreBounds } from '../grouped-store.ts';
import { createGroupedStore } from '../grouped-store.ts';
import type { AnyTable } from '../table.ts';

export interface MemoryStoreOptions {
  readonly tables: readonly AnyTable[];
  readonly bounds?: StoreBounds | undefined;
  readonly log?: Log;
  /** What stands for the disk; without it every group is "durable" at once. */
  readonly writer?: GroupWriter;
}

/** Awaits that may lie between a caller of `transact` and the store, so that news still comes after all of them. */
const awaitDepth = 3;

/**
 * A store that forgets everything when the process ends, for tests and throwaway servers. It waits by microtasks alone, so that
 * it runs under virtual time.
 */
export function createMemoryStore(options: MemoryStoreOptions): GroupedStore {
  const writer = options.writer ?? { write: (_group, answered) => answered(undefined), close: () => Promise.resolve() };
  return createGroupedStore(
    { writer, later, scheduler: soon, log: options.log ?? silentLog },
    { tables: options.tables, bounds: options.bounds, gap: 0, noteDelay: 0 },
  );
}

/** A memory store that is opened like any other backend. */
export const openMemoryStore: StoreBackend = ({ tables, bounds, log }) =>
  Promise.resolve(ok(createMemoryStore({ tables, bounds, log })));

function later(run: () => void, depth = awaitDepth): void {
  queueMicrotask(depth === 0 ? run : () => later(run, depth - 1));
}

/** Notes need not wait for a better moment here. */
const soon: Scheduler = {
  after(_delay, run) {
    let cancelled = false;
    queueMicrotask(() => {
      if (!cancelled) run();
    });
    return {
      cancel() {
        cancelled = true;
      },
    };
  },
};
