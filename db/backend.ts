import type { Scheduler } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { Result } from '../kernel/result.ts';
import type { Durability } from './backends/sqlite-connection.ts';
import type { StoreBounds } from './grouped-store.ts';
import type { Store } from './store.ts';
import type { AnyTable } from './table.ts';

/** All that a backend may be told; each takes what it needs. */
export interface StoreOptions {
  /** Where the database lies; made, with its directory, on first start. */
  readonly file: string;
  readonly durability: Durability;
  /** Every table that will be asked for. */
  readonly tables: readonly AnyTable[];
  readonly log: Log;
  readonly scheduler: Scheduler;
  readonly meter?: Meter | undefined;
  readonly bounds?: StoreBounds | undefined;
  /** Where the migrations are, when not those that ship. */
  readonly migrations?: URL | undefined;
  /** Milliseconds from one commit to the next at least; the first after a rest never waits. Default 0. */
  readonly commitGap?: number | undefined;
  /** Bytes of journal beyond which it is folded into the tables. Default 32 MiB. */
  readonly journalBytesMax?: number | undefined;
  /** Milliseconds without a commit after which the journal is folded. Default 60,000. */
  readonly journalIdle?: number | undefined;
}

/** Opens a store. @fault a sentence that says what is wrong and how to mend it */
export type StoreBackend = (options: StoreOptions) => Promise<Result<Store, string>>;
