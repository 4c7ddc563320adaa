import type { Clock } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import type { Meter } from '../kernel/meter.ts';
import type { Signals } from './system.ts';

/** Milliseconds in which `limits.defectsPerMinuteMax` defects are borne. */
const period = 60_000;

/**
 * A choice, and its reason: a defect of ours is logged with its stack and the process goes on, since what a request changes
 * goes through one transaction of the store and is whole or absent, and since one message that meets a defect must not end
 * the service for all (issue 2: no input ends the process). When defects come thick something is broken beyond one message:
 * then the process stops as on SIGTERM, with status 1, for its supervisor to start it anew.
 */
export function watchDefects(
  deps: { readonly signals: Signals; readonly clock: Clock; readonly log: Log; readonly meter: Meter },
  onTooMany: () => void,
): void {
  const counter = deps.meter.counter(
    'pharos_server_defects_total',
    'Exceptions nobody caught and rejections nobody awaited',
  );
  let since = deps.clock.now();
  let count = 0;
  deps.signals.onDefect((kind, error) => {
    counter.add();
    deps.log.error(kind, { reason: String(error), stack: error instanceof Error ? error.stack : undefined });
    const now = deps.clock.now();
    if (now - since > period) {
      since = now;
      count = 0;
    }
    count += 1;
    if (count > limits.defectsPerMinuteMax) onTooMany();
  });
}
