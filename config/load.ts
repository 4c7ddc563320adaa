import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { ConfigFault } from './fault.ts';
import type { FileContent } from './file.ts';
import { readConfigFile } from './file.ts';
import { nearestName } from './nearest.ts';
import type { AllValues, Sections, Setting } from './setting.ts';

/** The environment of the process; this is the one place that reads it (style R7). */
export const processEnvironment = (): Environment => process.env;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where values come from; a later one wins: defaults, file, environment, command line. */
export interface ConfigSources {
  /** A YAML or JSON file. */
  readonly file?: string | undefined;
  readonly environment: Environment;
  /** From the command line: `path` is `section.name`, `place` the option as written. */
  readonly flags?: readonly { readonly path: string; readonly value: string; readonly place: string }[];
  /** Short names of a few settings: `{ domain: 'server.domains' }` makes PHAROS_DOMAIN. */
  readonly shortNames?: Readonly<Record<string, string>>;
}

/** The values of all sections, and where each that is not a default was set. */
export interface LoadedConfig<All extends Sections> {
  readonly values: AllValues<All>;
  /** By `section.name`. */
  readonly origins: ReadonlyMap<string, string>;
}

/** Reads all sources and judges every value; all faults come back at once, in order of place. */
export function loadConfig<const All extends Sections>(
  sections: All,
  sources: ConfigSources,
): Result<LoadedConfig<All>, readonly ConfigFault[]> {
  const faults: ConfigFault[] = [];
  const given: Given[] = [];
  if (sources.file !== undefined) {
    const file = readConfigFile(sources.file);
    if (!file.ok) faults.push(...file.fault);
    else given.push(...fromFile(sections, file.value, faults));
  }
  given.push(...fromEnvironment(sections, sources, faults));
  for (const { path, value, place } of sources.flags ?? []) {
    const setting = settingAt(sections, path);
    if (setting !== undefined) given.push({ path, value, place, setting });
    else faults.push(unknownName(place, path, pathsOf(sections)));
  }
  const values = new Map<string, unknown>();
  const origins = new Map<string, string>();
  for (const { path, value, place, setting } of given) {
    const read = setting.read(value);
    if (read.ok) {
      values.set(path, read.value);
      origins.set(path, place);
    } else {
      const fix = `Give ${setting.accepts}, or leave it out for the default ${setting.defaultText}`;
      faults.push({ place, problem: `${path} ${read.fault}`, mend: fix });
    }
  }
  return faults.length > 0 ? fail(faults) : ok({ values: complete(sections, values), origins });
}

/** The name of the environment variable of a setting: `events.expiresDefault` is PHAROS_EVENTS_EXPIRES_DEFAULT. */
export const environmentName = (path: string): string =>
  `PHAROS_${path
    .replace('.', '_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()}`;

/** Every `section.name` there is. */
export const pathsOf = (sections: Sections): readonly string[] =>
  Object.entries(sections).flatMap(([section, settings]) => Object.keys(settings).map((name) => `${section}.${name}`));

interface Given {
  readonly path: string;
  readonly value: unknown;
  readonly place: string;
  readonly setting: Setting<unknown>;
}

function settingAt(sections: Sections, path: string): Setting<unknown> | undefined {
  const dot = path.indexOf('.');
  const section = path.slice(0, dot);
  const name = path.slice(dot + 1);
  if (!Object.hasOwn(sections, section)) return undefined;
  const settings = sections[section];
  return settings !== undefined && Object.hasOwn(settings, name) ? settings[name] : undefined;
}

function fromFile(sections: Sections, content: FileContent, faults: ConfigFault[]): readonly Given[] {
  for (const { section, place } of content.sections) {
    if (!Object.hasOwn(sections, section)) faults.push(unknownName(place, section, Object.keys(sections), 'section'));
  }
  const given: Given[] = [];
  for (const { section, name, value, place } of content.entries) {
    const path = `${section}.${name}`;
    const setting = settingAt(sections, path);
    if (setting !== undefined) given.push({ path, value, place, setting });
    else if (Object.hasOwn(sections, section)) faults.push(unknownName(place, path, pathsOf(sections)));
  }
  return given;
}

/** Kubernetes and Docker links set these for a service called pharos: they are not ours and no fault. */
const foreignNames = /^PHAROS_(?:SERVICE_(?:HOST|PORT)|PORT)(?:_|$)/;

function fromEnvironment(sections: Sections, sources: ConfigSources, faults: ConfigFault[]): readonly Given[] {
  const paths = new Map(pathsOf(sections).map((path) => [environmentName(path), path]));
  for (const [short, path] of Object.entries(sources.shortNames ?? {})) {
    paths.set(`PHAROS_${short.toUpperCase()}`, path);
  }
  const given: Given[] = [];
  for (const [name, value] of Object.entries(sources.environment)) {
    if (!name.startsWith('PHAROS_') || name === 'PHAROS_CONFIG' || value === undefined) continue;
    const path = paths.get(name);
    const setting = path === undefined ? undefined : settingAt(sections, path);
    if (path !== undefined && setting !== undefined) given.push({ path, value, place: name, setting });
    else if (!foreignNames.test(name)) faults.push(unknownName(name, name, [...paths.keys(), 'PHAROS_CONFIG']));
  }
  return given;
}

function unknownName(place: string, written: string, known: readonly string[], what = 'setting'): ConfigFault {
  const near = nearestName(written, known);
  const mend = near === undefined ? 'Remove it; docs/configuration.md lists what there is' : `Did you mean ${near}`;
  return { place, problem: `there is no ${what} called ${written.slice(0, 100)}`, mend };
}

function complete<All extends Sections>(sections: All, values: ReadonlyMap<string, unknown>): AllValues<All> {
  const whole = Object.entries(sections).map(([section, settings]) => {
    const own = Object.entries(settings).map(([name, setting]) => {
      const path = `${section}.${name}`;
      return [name, values.has(path) ? values.get(path) : setting.default] as const;
    });
    return [section, Object.fromEntries(own)] as const;
  });
  return Object.fromEntries(whole) as AllValues<All>;
}
