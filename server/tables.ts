import { abuseTables } from '../abuse/tables.ts';
import { authTables } from '../auth/tables.ts';
import { escTables } from '../esc/tables.ts';
import { subscriptions } from '../events/tables.ts';
import { proxyTables } from '../proxy/tables.ts';
import { registrarTables } from '../registrar/tables.ts';

/** Every table of the server: each domain declares its own. */
export const tables = [
  ...abuseTables,
  ...authTables,
  ...registrarTables,
  ...proxyTables,
  ...escTables,
  subscriptions,
] as const;
