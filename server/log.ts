import { pino } from 'pino';
import type { Clock } from '../kernel/clock.ts';
import type { Log, LogFields } from '../kernel/log.ts';
import type { LogLevel } from './server-section.ts';

/** Takes finished lines; standard output, or an array in a test. */
export interface LineSink {
  write(line: string): void;
}

/** A log whose level can be changed while it runs. */
export interface AdjustableLog extends Log {
  setLevel(level: LogLevel): void;
}

const ranks: Readonly<Record<LogLevel, number>> = { debug: 10, info: 20, warn: 30, error: 40 };

/** One JSON object a line: `level`, `time` (ISO 8601), `event`, then the fields. */
export function createJsonLog(
  deps: { readonly clock: Clock; readonly sink: LineSink },
  level: LogLevel,
): AdjustableLog {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'event',
      timestamp: () => `,"time":"${new Date(deps.clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    deps.sink,
  );
  return {
    debug: (event, fields = {}) => {
      logger.debug(fields, event);
    },
    info: (event, fields = {}) => {
      logger.info(fields, event);
    },
    warn: (event, fields = {}) => {
      logger.warn(fields, event);
    },
    error: (event, fields = {}) => {
      logger.error(fields, event);
    },
    setLevel(next) {
      logger.level = next;
    },
  };
}

/** One line for people: `12:34:56 info  listening  transport=udp port=5060`. */
export function createTextLog(
  deps: { readonly clock: Clock; readonly sink: LineSink },
  level: LogLevel,
): AdjustableLog {
  let least = ranks[level];
  const line = (at: LogLevel, event: string, fields: LogFields | undefined): void => {
    if (ranks[at] < least) return;
    const time = new Date(deps.clock.now()).toISOString().slice(11, 19);
    deps.sink.write(`${time} ${at.padEnd(5)} ${event}${fieldsAsText(fields)}\n`);
  };
  return {
    debug: (event, fields) => {
      line('debug', event, fields);
    },
    info: (event, fields) => {
      line('info', event, fields);
    },
    warn: (event, fields) => {
      line('warn', event, fields);
    },
    error: (event, fields) => {
      line('error', event, fields);
    },
    setLevel(next) {
      least = ranks[next];
    },
  };
}

function fieldsAsText(fields: LogFields | undefined): string {
  let text = '';
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (value !== undefined) text += `  ${name}=${fieldValue(String(value))}`;
  }
  return text;
}

/** Quotes what would not read as one word; control characters from the network never reach a terminal. */
const fieldValue = (value: string): string => (/^[\w.:@/+-]+$/.test(value) ? value : JSON.stringify(value));

/** Lines of one event let through in one period; the rest are counted, so that a flood of bad input is no flood of lines. */
const linesPerPeriod = 50;
const periodLength = 10_000;
/** Event names remembered; they are constants of the source, so this is never reached. */
const eventsMax = 1_000;

/**
 * Bounds how often one event is written: at most 50 lines in 10 seconds; then `lines-suppressed` tells how many were
 * dropped. Errors are always written.
 */
export function boundedLog(log: AdjustableLog, clock: Clock): AdjustableLog {
  const seen = new Map<string, { since: number; lines: number }>();
  const admitted = (event: string): boolean => {
    const now = clock.now();
    const period = seen.get(event);
    if (period === undefined || now - period.since >= periodLength) {
      const dropped = period === undefined ? 0 : period.lines - linesPerPeriod;
      if (dropped > 0) log.warn('lines-suppressed', { of: event, lines: dropped });
      if (seen.size >= eventsMax) seen.clear();
      seen.set(event, { since: now, lines: 1 });
      return true;
    }
    period.lines += 1;
    return period.lines <= linesPerPeriod;
  };
  return {
    debug: (event, fields) => {
      log.debug(event, fields);
    },
    info: (event, fields) => {
      if (admitted(event)) log.info(event, fields);
    },
    warn: (event, fields) => {
      if (admitted(event)) log.warn(event, fields);
    },
    error: (event, fields) => {
      log.error(event, fields);
    },
    setLevel: (level) => {
      log.setLevel(level);
    },
  };
}
