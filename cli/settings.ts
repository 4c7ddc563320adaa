import { existsSync } from 'node:fs';
import type { ConfigFault } from '../config/fault.ts';
import { faultLines } from '../config/fault.ts';
import type { LoadedConfig } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import type { Result } from '../kernel/result.ts';
import { sections, shortNames } from '../server/sections.ts';
import type { CliCall, CliOption, Terminal } from './command.ts';

/** Options of every command that reads the configuration. */
export const settingsOptions: readonly CliOption[] = [
  {
    flags: '-c, --config <file>',
    doc: 'configuration file, YAML or JSON (PHAROS_CONFIG; else pharos.yaml if it is here)',
  },
  { flags: '-d, --domain <name>', doc: 'the domain (PHAROS_DOMAIN); several with commas, the main one first' },
  { flags: '--database <file>', doc: 'the SQLite file (PHAROS_DATABASE)' },
  { flags: '--set <section.name=value>', doc: 'any setting of docs/configuration.md; may be repeated', repeated: true },
];

/** Further options of commands that listen. */
export const listenOptions: readonly CliOption[] = [
  {
    flags: '-l, --listen <address...>',
    doc: 'where to listen, such as udp:0.0.0.0:5060 or tcp:[::1]:5060 (PHAROS_LISTEN)',
  },
  { flags: '--log-level <level>', doc: 'debug, info, warn or error (PHAROS_LOG_LEVEL)' },
  { flags: '--log-format <format>', doc: 'json, text or auto (PHAROS_LOG_FORMAT)' },
];

export type Settings = LoadedConfig<typeof sections>;

/** Reads the configuration that a command line, the environment and a file make together. */
export function readSettings(call: CliCall, terminal: Terminal): Result<Settings, readonly ConfigFault[]> {
  return loadConfig(sections, {
    file: fileOf(call, terminal),
    environment: terminal.environment,
    flags: flagsOf(call),
    shortNames,
  });
}

/** Tells all faults of the configuration. */
export function complainOfSettings(faults: readonly ConfigFault[], terminal: Terminal): void {
  const count = faults.length === 1 ? 'one fault' : `${String(faults.length)} faults`;
  terminal.complain(`The configuration has ${count}:`);
  for (const line of faultLines(faults)) terminal.complain(`  ${line}`);
}

/** The configuration file meant; `undefined` for none. */
export function fileOf(call: CliCall, terminal: Terminal): string | undefined {
  const named = call.options['config'] ?? terminal.environment['PHAROS_CONFIG'];
  if (typeof named === 'string' && named !== '') return named;
  return existsSync('pharos.yaml') ? 'pharos.yaml' : undefined;
}

interface Flag {
  readonly path: string;
  readonly value: string;
  readonly place: string;
}

/** Options with a setting behind them, by the camelCase name that commander gives them. */
const optionPaths: Readonly<Record<string, readonly [path: string, written: string]>> = {
  domain: [shortNames.domain, '--domain'],
  database: [shortNames.database, '--database'],
  listen: [shortNames.listen, '--listen'],
  logLevel: ['log.level', '--log-level'],
  logFormat: ['log.format', '--log-format'],
};

function flagsOf(call: CliCall): readonly Flag[] {
  const flags: Flag[] = [];
  for (const [option, [path, place]] of Object.entries(optionPaths)) {
    const value = call.options[option];
    if (typeof value === 'string') flags.push({ path, value, place });
    else if (Array.isArray(value)) flags.push({ path, value: value.join(','), place });
  }
  const set: unknown = call.options['set'];
  for (const assignment of Array.isArray(set) ? (set as readonly unknown[]) : []) {
    const text = String(assignment);
    const equals = text.indexOf('=');
    const path = equals < 0 ? text : text.slice(0, equals);
    flags.push({ path, value: equals < 0 ? '' : text.slice(equals + 1), place: `--set ${path}` });
  }
  return flags;
}
