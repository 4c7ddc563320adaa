import { existsSync } from 'node:fs';
import { openStore } from '../db/backends/index.ts';
import type { Store } from '../db/store.ts';
import type { Scheduler } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { Result } from '../kernel/result.ts';
import { ok } from '../kernel/result.ts';
import type { ServerConfig } from './server-section.ts';
import { tables } from './tables.ts';

export interface OpenedStore {
  readonly store: Store;
  /** True when this start made the database. */
  readonly created: boolean;
}

/**
 * Opens the database that the configuration names, with the tables of all domains.
 *
 * @fault a sentence
 */
export async function openConfiguredStore(
  deps: { readonly log: Log; readonly scheduler: Scheduler; readonly meter?: Meter },
  config: ServerConfig,
): Promise<Result<OpenedStore, string>> {
  const inMemory = config.database === ':memory:';
  const created = inMemory || !existsSync(config.database);
  const opened = await openStore(inMemory ? 'memory' : 'sqlite', {
    ...deps,
    file: config.database,
    durability: config.durability,
    tables,
  });
  return opened.ok ? ok({ store: opened.value, created }) : opened;
}
