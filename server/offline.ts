import { openLocalDoor } from '../admin/control-door.ts';
import type { ControlDoor } from '../admin/control-operation.ts';
import { userOperations } from '../admin/user-operations.ts';
import { createAccounts } from '../auth/accounts.ts';
import { silentLog } from '../kernel/log.ts';
import type { Result } from '../kernel/result.ts';
import { ok } from '../kernel/result.ts';
import { accountsPort } from './accounts-port.ts';
import { openConfiguredStore } from './open-store.ts';
import type { Config } from './sections.ts';
import { createSystemClock, createSystemScheduler } from './system.ts';

/**
 * The operations of a server that does not run, on its database.
 *
 * @fault a sentence: no database, or a server holds it
 */
export async function openOffline(config: Config): Promise<Result<ControlDoor, string>> {
  const opened = await openConfiguredStore({ log: silentLog, scheduler: createSystemScheduler() }, config.server);
  if (!opened.ok) return opened;
  const { store } = opened.value;
  const accounts = createAccounts({ store, clock: createSystemClock() });
  return ok(openLocalDoor(userOperations(accountsPort(accounts, config.server.domains)), () => store.close()));
}
