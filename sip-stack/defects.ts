import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';

/** Where exceptions end: an exception is a bug (style R6), and a bug must cost one message, not the process. */
export interface Defects {
  /** @param where  stable kebab-case name of what failed, with the method if it was a handler */
  report(where: string, error: unknown, method?: string): void;
}

export function createDefects(deps: { readonly log: Log; readonly meter: Meter }): Defects {
  const count = deps.meter.counter('pharos_sip_defects_total', 'Exceptions that ended in the SIP stack: bugs');
  return {
    report(where, error, method) {
      count.add();
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      deps.log.error(where, method === undefined ? { reason } : { method, reason });
    },
  };
}
