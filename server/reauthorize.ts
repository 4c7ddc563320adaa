import type { Store } from '../db/store.ts';
import type { Events } from '../events/events.ts';
import { subscriptions } from '../events/tables.ts';
import { aorFromStore } from '../kernel/aor.ts';
import type { Scheduler } from '../kernel/clock.ts';
import { milliseconds } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';

/** After a change of what holds for everybody: every watched resource of a package is judged anew, in slices. */
export async function reauthorizeAll(
  deps: { readonly store: Store; readonly scheduler: Scheduler; readonly events: Pick<Events, 'reauthorize'> },
  eventPackage: string,
): Promise<void> {
  const resources = new Set<string>();
  for (const row of deps.store.all(subscriptions)) if (row.eventPackage === eventPackage) resources.add(row.resource);
  let inTurn = 0;
  for (const resource of resources) {
    deps.events.reauthorize(eventPackage, aorFromStore(resource));
    inTurn += 1;
    if (inTurn < limits.rowsPerTurnMax) continue;
    inTurn = 0;
    await new Promise<void>((resolve) => {
      deps.scheduler.after(milliseconds(0), resolve);
    });
  }
}
