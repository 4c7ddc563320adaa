import { performance } from 'node:perf_hooks';
import type { Store } from '../db/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Meter } from '../kernel/meter.ts';

/** What the process itself takes, and what waits for the disk; the usual names of Prometheus where there are any. */
export function declareProcessFigures(
  deps: { readonly meter: Meter; readonly clock: Clock; readonly store: Pick<Store, 'changesWaiting'> },
  version: string,
): void {
  const { meter, store } = deps;
  const startedAt = deps.clock.now() / 1000;
  meter.gauge('pharos_build_info', 'Always 1; the label tells the version', () => 1, { version });
  meter.gauge('process_start_time_seconds', 'When the process started, since 1970', () => startedAt);
  meter.gauge('process_cpu_seconds_total', 'Processor time taken, of user and system', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  meter.gauge('process_resident_memory_bytes', 'Memory that the process holds', () => process.memoryUsage.rss());
  meter.gauge(
    'nodejs_heap_size_used_bytes',
    'Memory that live and dead objects take',
    () => process.memoryUsage().heapUsed,
  );
  meter.gauge(
    'pharos_process_busy_seconds_total',
    'Time for which the event loop had work; near one second in each second, the server is at its limit',
    () => performance.eventLoopUtilization().active / 1000,
  );
  meter.gauge('pharos_db_changes_waiting', 'Changes that are not on disk yet', () => store.changesWaiting ?? 0);
}
