import type { Instant } from '../kernel/clock.ts';
import type { Feed, StateChange } from '../kernel/feed.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { Result } from '../kernel/result.ts';
import { fail } from '../kernel/result.ts';
import type { Applied } from './group.ts';
import type { GroupCommitConfig, GroupCommitDeps } from './group-commit.ts';
import { createGroupCommit } from './group-commit.ts';
import { joinKey } from './key.ts';
import { ResidentTable } from './resident.ts';
import type { Store, StoreFault } from './store.ts';
import type { AnyTable, Table } from './table.ts';
import { createTransactions } from './transaction.ts';

export type GroupedStoreDeps = Omit<GroupCommitDeps, 'tell'>;

/** Bounds below those of kernel/limits.ts. */
export interface StoreBounds {
  readonly changesPendingMax?: number;
  readonly rowsPerTableMax?: number;
}

export interface GroupedStoreConfig extends Omit<GroupCommitConfig, 'notesMax'> {
  readonly tables: readonly AnyTable[];
  readonly bounds?: StoreBounds | undefined;
}

/** A store with its rows, for the backend that fills them at start. */
export interface GroupedStore extends Store {
  readonly residents: readonly ResidentTable[];
}

/**
 * The store that backends share: rows in memory, writes gathered into groups that `writer` makes durable one after the other.
 * While one group is being written the next one gathers, so that the load sets the size of the groups (ADR 0006).
 */
export function createGroupedStore(deps: GroupedStoreDeps, config: GroupedStoreConfig): GroupedStore {
  const bound = (name: keyof StoreBounds): number => Math.min(config.bounds?.[name] ?? limits[name], limits[name]);
  const changesPendingMax = bound('changesPendingMax');
  const residents = config.tables.map((declared) => new ResidentTable(declared));
  const { residentOf, make } = createTransactions(residents, bound('rowsPerTableMax'));
  const feed = createFeed(deps.log);
  const commit = createGroupCommit({ ...deps, tell: feed.tell }, { ...config, notesMax: changesPendingMax });
  const refusals = refusalsOf();
  // Empty between calls; kept so that a transaction allocates no array of its own.
  const applied: Applied[] = [];
  let closing: Promise<void> | undefined;
  for (const resident of residents) {
    const labels = { table: resident.table.name };
    deps.meter?.gauge('pharos_db_rows', 'Rows of a table', () => resident.size, labels);
  }

  return {
    residents,
    ...reads(residentOf),
    transact(changes, news) {
      if (closing !== undefined) return refusals.unavailable;
      if (commit.waiting() + changes.length > changesPendingMax) return refusals.full;
      const fault = make(changes, applied);
      if (fault !== undefined) return refusals[fault];
      const group = commit.join();
      for (const change of applied) group.applied.push(change);
      applied.length = 0;
      if (news !== undefined) for (const change of news) group.news.push(change);
      return group.done;
    },
    note(changes) {
      if (closing !== undefined) return;
      make(changes, applied);
      for (const { entry, resident } of applied) commit.note(entry, resident);
      applied.length = 0;
    },
    get changesWaiting() {
      return commit.waiting();
    },
    async settled() {
      await commit.newest()?.done;
    },
    feed,
    close() {
      closing ??= commit.close();
      return closing;
    },
  };
}

/** One promise per fault, shared by all who meet it. */
function refusalsOf(): Readonly<Record<StoreFault, Promise<Result<void, StoreFault>>>> {
  const refusal = (fault: StoreFault): Promise<Result<void, StoreFault>> => Promise.resolve(fail(fault));
  return { conflict: refusal('conflict'), full: refusal('full'), unavailable: refusal('unavailable') };
}

type Reads = Pick<Store, 'get' | 'scan' | 'count' | 'all' | 'size' | 'expired'>;

// The casts say what `transact` saw to: a table's resident holds rows of that table only.
function reads(residentOf: (declared: object) => ResidentTable): Reads {
  return {
    get: <Row extends object>(declared: Table<Row>, key: readonly string[]) =>
      residentOf(declared).find(joinKey(key))?.row as Row | undefined,
    scan: <Row extends object>(declared: object, index: string, values: readonly string[]) =>
      residentOf(declared).scan(index, joinKey(values)) as Row[],
    count: (declared, index, values) => residentOf(declared).count(index, joinKey(values)),
    all: <Row extends object>(declared: object) => residentOf(declared).all() as Iterable<Row>,
    size: (declared) => residentOf(declared).size,
    expired: <Row extends object>(declared: object, now: Instant, most: number) =>
      residentOf(declared).expired(now, most) as Row[],
  };
}

/** Hands news to the listeners in commit order; one that throws keeps nobody else from hearing. */
function createFeed(log: Log): Feed & { readonly tell: (news: readonly StateChange[]) => void } {
  const listeners: ((change: StateChange) => void)[] = [];
  const hear = (listener: (change: StateChange) => void, change: StateChange): void => {
    try {
      listener(change);
    } catch (error) {
      log.error('feed-listener-failed', { eventPackage: change.eventPackage, reason: String(error) });
    }
  };
  return {
    listen(onChange) {
      listeners.push(onChange);
    },
    tell(news) {
      for (const change of news) for (const listener of listeners) hear(listener, change);
    },
  };
}
