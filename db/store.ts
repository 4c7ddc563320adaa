import type { Instant } from '../kernel/clock.ts';
import type { Feed, StateChange } from '../kernel/feed.ts';
import type { Result } from '../kernel/result.ts';
import type { Table } from './table.ts';

/** One row put or deleted. Made by `put` and `remove` below. */
export type Change =
  | { readonly kind: 'put'; readonly table: Table<never>; readonly row: object; readonly expect: Expectation }
  | {
      readonly kind: 'delete';
      readonly table: Table<never>;
      readonly key: readonly string[];
      readonly expect: Expectation;
    };

/**
 * What must be true of the row for the transaction to go through: the very row object that was read (nobody changed it
 * since), that there is none, or nothing. On a clustered backend "the very row" is a version number compared at commit.
 */
export type Expectation = { readonly was: object } | 'absent' | 'any';

export const put = <Row extends object>(table: Table<Row>, row: Row, expect: Expectation = 'any'): Change => ({
  kind: 'put',
  table: table as unknown as Table<never>,
  row,
  expect,
});

export const remove = <Row extends object>(
  table: Table<Row>,
  key: readonly string[],
  expect: Expectation = 'any',
): Change => ({ kind: 'delete', table: table as unknown as Table<never>, key, expect });

export type StoreFault =
  /** An expectation did not hold: read again and decide anew. Nothing was changed. */
  | 'conflict'
  /** A bound of kernel/limits.ts is reached: answer 503 with Retry-After. Nothing was changed. */
  | 'full'
  /** The storage failed (disk full, I/O error): answer 503. The changes were undone in memory. */
  | 'unavailable';

/**
 * Where state lives. Reads are answered from memory at once; a write is seen by later reads at once and is durable when its
 * promise is fulfilled. What a 2xx acknowledges is awaited first (design §5).
 *
 * Rows handed out are the stored objects themselves: immutable, never to be changed in place.
 */
export interface Store {
  /** The row of this key. Every table is declared when the store is opened; asking for another throws. */
  get<Row extends object>(table: Table<Row>, key: readonly string[]): Row | undefined;
  /** Rows whose index columns equal `values`; a fresh array in insertion order. */
  scan<Row extends object>(table: Table<Row>, index: string, values: readonly string[]): readonly Row[];
  /** Number of rows whose index columns equal `values`. */
  count<Row extends object>(table: Table<Row>, index: string, values: readonly string[]): number;
  /** All rows, for start-up, listings and gauges; not for a hot path. */
  all<Row extends object>(table: Table<Row>): Iterable<Row>;
  /** Number of rows of the table. */
  size<Row extends object>(table: Table<Row>): number;
  /**
   * Applies all changes or none, and gives `news` to the feed once they are durable and whoever awaited that has gone on.
   * Expectations speak of the rows as they were before the first of the changes.
   *
   * @returns fulfilled when durable (one group commit serves many callers), or at once with a fault
   */
  transact(changes: readonly Change[], news?: readonly StateChange[]): Promise<Result<void, StoreFault>>;
  /**
   * Like `transact`, for what is good to have after a restart but is acknowledged to nobody: written with the next group
   * or within a second, several puts of one row as one. Never makes anyone wait.
   */
  note(changes: readonly Change[]): void;
  /** Up to `most` rows whose expiry is at or before `now`, oldest first; the caller deletes or renews them. */
  expired<Row extends object>(table: Table<Row>, now: Instant, most: number): readonly Row[];
  /** Changes waiting to become durable: how much of limits.changesPendingMax is taken. Absent where nothing waits. */
  readonly changesWaiting?: number;
  /** Fulfilled when everything written before is durable: a barrier for answers that only read. */
  settled(): Promise<void>;
  readonly feed: Feed;
  /** Writes what is pending and closes. */
  close(): Promise<void>;
}
