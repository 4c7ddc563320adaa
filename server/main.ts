import { startControl } from '../admin/control.ts';
import type { ControlOperation } from '../admin/control-operation.ts';
import { metricsOperation } from '../admin/metrics-operation.ts';
import { statusOperation } from '../admin/status-operation.ts';
import { traceOperation } from '../admin/trace-operation.ts';
import type { ConfigFault } from '../config/fault.ts';
import { faultLines } from '../config/fault.ts';
import { createLiveConfig } from '../config/live.ts';
import type { Clock } from '../kernel/clock.ts';
import { createLifecycle } from '../kernel/lifecycle.ts';
import type { Sample } from '../kernel/meter.ts';
import { createMeter } from '../kernel/meter.ts';
import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import { announcement } from './announcement.ts';
import type { Pharos } from './compose.ts';
import { compose } from './compose.ts';
import { sentences } from './compose-extensions.ts';
import { controlSocketOf } from './control-socket.ts';
import { watchDefects } from './defect-watch.ts';
import { importExtensions } from './extension-modules.ts';
import { listenAddressText } from './listen-address.ts';
import type { AdjustableLog, LineSink } from './log.ts';
import { boundedLog, createJsonLog, createTextLog } from './log.ts';
import { openConfiguredStore } from './open-store.ts';
import { stateOperations } from './operator-ports.ts';
import type { Config } from './sections.ts';
import { declareProcessFigures } from './process-figures.ts';
import { sections } from './sections.ts';
import type { LogConfig } from './server-section.ts';
import {
  createSystemClock,
  createSystemScheduler,
  createSystemSignals,
  createSystemTokens,
  exitAtOnce,
} from './system.ts';

/** What the command line hands to the server. */
export interface ServeCall {
  readonly version: string;
  /** Standard output, for log lines and, where these are for people, the announcement. */
  readonly output: LineSink;
  /** Standard error: faults, and the announcement where standard output is for machines. */
  readonly errors: LineSink;
  readonly outputIsTerminal: boolean;
  /** The folder of the configuration file, where names of extensions begin. */
  readonly folder: string;
  /** Options that lead `pharos user` to the same server. */
  readonly options: string;
  /** Reads the configuration anew, for SIGHUP. */
  reread(): Result<Config, readonly ConfigFault[]>;
}

/** Runs the server until it is told to stop; gives the exit status. */
export async function runServer(call: ServeCall, first: Config): Promise<0 | 1> {
  const live = createLiveConfig(sections, first);
  const config = live.values;
  const clock = createSystemClock();
  const forPeople = config.log.format === 'text' || (config.log.format === 'auto' && call.outputIsTerminal);
  const log = createLog(clock, call.output, config.log, forPeople);
  const signals = createSystemSignals();
  const lifecycle = createLifecycle(log);
  const meter = createMeter();
  let stopping = false;
  let status: 0 | 1 = 0;

  // A defect of ours during the start ends it like any other fault: nothing runs that a signal could stop.
  const starting = start({ call, config, clock, log, meter, lifecycle }).catch((error: unknown) =>
    fail(`Pharos could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  );
  const stopped = new Promise<void>((resolve) => {
    const stop = (reason: string): void => {
      if (stopping) return;
      stopping = true;
      log.info('stopping', { reason });
      // A signal during the start takes effect after it, when it is known what there is to stop.
      void starting.then(() => lifecycle.stop()).then(resolve);
    };
    signals.onStop((signal) => {
      if (stopping) exitAtOnce(1);
      stop(signal);
    });
    watchDefects({ signals, clock, log, meter }, () => {
      status = 1;
      stop('too many defects');
    });
  });
  signals.onReload(() => {
    const applied = reload(call, live, log);
    void starting.then((server) => (server.ok ? server.value.pharos.reloaded(applied) : undefined));
  });

  const started = await starting;
  if (!started.ok) {
    call.errors.write(`${started.fault}\n`);
    await lifecycle.stop();
    signals.release();
    return 1;
  }
  const lines = announcement(started.value.facts)
    .map((line) => `${line}\n`)
    .join('');
  (forPeople ? call.output : call.errors).write(lines);
  log.info('started', { version: call.version, listening: started.value.facts.listening.join(' ') });
  await stopped;
  log.info('stopped');
  signals.release();
  return status;
}

interface Parts {
  readonly call: ServeCall;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: AdjustableLog;
  readonly meter: ReturnType<typeof createMeter>;
  readonly lifecycle: ReturnType<typeof createLifecycle>;
}

interface StartedServer {
  readonly pharos: Pharos;
  readonly facts: Parameters<typeof announcement>[0];
}

/** @fault a sentence */
async function start({ call, config, clock, log, meter, lifecycle }: Parts): Promise<Result<StartedServer, string>> {
  const scheduler = createSystemScheduler();
  const imported = await importExtensions(config.extensions.modules, call.folder);
  if (!imported.ok) return fail(sentences(imported.fault));
  const extensionModules = imported.value;
  const opened = await openConfiguredStore({ log, scheduler, meter }, config.server);
  if (!opened.ok) return fail(opened.fault);
  const { store, created } = opened.value;
  lifecycle.started({ name: 'store', stop: () => store.close() });
  const tokens = createSystemTokens();
  const composed = await compose({ clock, scheduler, tokens, log, meter, store, extensionModules }, config);
  if (!composed.ok) return fail(composed.fault);
  const pharos = composed.value;
  lifecycle.started({ name: 'sip', stop: () => pharos.stop() });
  const facts = {
    version: call.version,
    domains: config.server.domains,
    listening: pharos.bound.map(({ transport, host, port }) =>
      listenAddressText({ transport: transport.uriParam, host, port }),
    ),
    database: config.server.database,
    databaseCreated: created,
    accounts: pharos.accounts.list().length,
    options: call.options,
  };
  declareProcessFigures({ meter, clock, store }, call.version);
  const { version, domains, listening, database } = facts;
  const status = { facts: { version, domains, listening, database }, startedAt: clock.now() };
  const samples = (): readonly Sample[] => meter.samples();
  const operations = [
    ...stateOperations(pharos, config.server.domains),
    traceOperation(pharos.trace),
    metricsOperation(samples),
    statusOperation({ clock, scheduler, samples, ...status }),
  ];
  await startOperatorDoor(operations, config, log, lifecycle);
  return ok({ pharos, facts });
}

/** Without the control socket the server works all the same: commands then say that the database is in use. */
async function startOperatorDoor(
  operations: readonly ControlOperation[],
  config: Config,
  log: AdjustableLog,
  lifecycle: ReturnType<typeof createLifecycle>,
): Promise<void> {
  const path = controlSocketOf(config.server);
  if (path === undefined) return;
  const control = await startControl({ log, operations }, path);
  if (control.ok) lifecycle.started({ name: 'control', stop: () => control.value.stop() });
  else log.warn('control-unavailable', { path, reason: control.fault });
}

function createLog(clock: Clock, sink: LineSink, config: LogConfig, forPeople: boolean): AdjustableLog {
  const log = forPeople ? createTextLog({ clock, sink }, config.level) : createJsonLog({ clock, sink }, config.level);
  return boundedLog(log, clock);
}

/**
 * SIGHUP: takes what is live, names what waits for a restart, and keeps everything when the configuration has faults.
 *
 * @returns what has taken effect, by `section.name`
 */
function reload(
  call: ServeCall,
  live: ReturnType<typeof createLiveConfig<typeof sections>>,
  log: AdjustableLog,
): readonly string[] {
  const next = call.reread();
  if (!next.ok) {
    for (const line of faultLines(next.fault)) log.error('reload-fault', { fault: line });
    log.error('reload-refused', { faults: next.fault.length });
    return [];
  }
  const { applied, needRestart } = live.reload(next.value);
  log.setLevel(live.values.log.level);
  log.info('reloaded', { applied: applied.join(' '), needRestart: needRestart.join(' ') });
  return applied;
}
