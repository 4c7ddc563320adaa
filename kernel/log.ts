/** Fields of a log line; names are camelCase, durations end in their unit. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured log lines. `event` is a stable kebab-case name that an operator can search for. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** A log that drops every line, for tests and tools. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
