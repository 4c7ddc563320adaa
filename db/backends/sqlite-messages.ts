import type { ColumnValue } from '../row-layout.ts';
import type { AnyTable } from '../table.ts';
import type { Durability } from './sqlite-connection.ts';

/** What the worker is started with. */
export interface WorkerSetup {
  readonly file: string;
  readonly durability: Durability;
  readonly tables: readonly AnyTable[];
  /** URL of the directory of migrations; those that ship when absent. */
  readonly migrations: string | undefined;
  readonly fold: FoldSettings;
  /** One Int32: the chunks of rows that the main thread has taken; the worker stays at most `chunksAhead` before it. */
  readonly taken: SharedArrayBuffer;
  /** The bytes of the group that is being committed. */
  readonly outbox: SharedArrayBuffer;
}

export interface FoldSettings {
  /** Bytes of journal beyond which it is folded. */
  readonly bytesMax: number;
  /** Milliseconds without a commit after which it is folded. */
  readonly idleAfter: number;
}

/**
 * To the worker: how many bytes of `WorkerSetup.outbox` are a group to commit, the group itself when it does not fit in there, or
 * 'close'. One at a time: the outbox is not touched before the answer.
 */
export type ToWorker = number | Uint8Array | 'close';

/** From the worker while it opens. */
export type Opening =
  | { readonly kind: 'rows'; readonly table: number; readonly values: readonly ColumnValue[] }
  /** Newer than what 'rows' told: from the journal. */
  | { readonly kind: 'row'; readonly table: number; readonly values: readonly ColumnValue[] }
  | { readonly kind: 'deleted'; readonly table: number; readonly key: string }
  /** `layoutIds`: the number of each table's layout in the journal, in the order of the tables. */
  | {
      readonly kind: 'ready';
      readonly layoutIds: readonly number[];
      readonly from: number;
      readonly to: number;
      /** What the journal holds still because a table refused it. */
      readonly refused: string | undefined;
    }
  | { readonly kind: 'refused'; readonly sentence: string };

/** From the worker once it is open. */
export type FromWorker =
  | { readonly kind: 'committed' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'folded'; readonly rows: number; readonly milliseconds: number }
  | { readonly kind: 'fold-failed'; readonly reason: string }
  | { readonly kind: 'closed' };

/** Bytes of the outbox: a larger group is posted as a copy. */
export const outboxBytes = 1_048_576;

export const chunksAhead = 16;

/** Rows of one 'rows' message. */
export const chunkRows = 1_000;
