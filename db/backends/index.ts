import type { StoreBackend } from '../backend.ts';
import { openMemoryStore } from './memory.ts';
import { openSqliteStore } from './sqlite.ts';

/** The storage backends by name: one line each. */
export const storeBackends = {
  memory: openMemoryStore,
  sqlite: openSqliteStore,
} as const satisfies Readonly<Record<string, StoreBackend>>;

export type StoreBackendName = keyof typeof storeBackends;

export const openStore = (name: StoreBackendName, options: Parameters<StoreBackend>[0]): ReturnType<StoreBackend> =>
  storeBackends[name](options);
