import { openLocalDoor } from '../admin/control-door.ts';
import type { ControlDoor } from '../admin/control-operation.ts';
import { createMeter } from '../kernel/meter.ts';
import { silentLog } from '../kernel/log.ts';
import type { Result } from '../kernel/result.ts';
import { ok } from '../kernel/result.ts';
import { openConfiguredStore } from './open-store.ts';
import { stateOperations } from './operator-ports.ts';
import { composeOperatorState } from './protection.ts';
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
  const deps = { store, clock: createSystemClock(), log: silentLog, meter: createMeter() };
  const state = composeOperatorState(deps, config);
  return ok(openLocalDoor(stateOperations(state, config.server.domains), () => store.close()));
}
