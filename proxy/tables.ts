import { keysTable } from '../db/keys.ts';

/** The secret that seals what we write into Record-Route and Path. */
export const proxyKeys = keysTable('proxyKeys');

export const proxyTables = [proxyKeys] as const;
