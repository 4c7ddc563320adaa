import { fail, ok } from '../kernel/result.ts';
import type { Result } from '../kernel/result.ts';
import type { InUnit, Reload, Section, Setting, Values } from './setting.ts';

export type { AllValues, Section, Setting, Values } from './setting.ts';

/** What every declaration states. */
interface Said {
  /** One or more sentences for the manual. */
  readonly doc: string;
  /** `live`: read the member of the config object at the point of use, never copy it at construction. */
  readonly reload?: Reload;
  readonly secret?: boolean;
}

/** Declares the settings of one section: type, bounds, unit, default and text in one literal (style R14). */
export const section = <const S extends Section>(settings: S): S => settings;

/** The values that hold when nobody says otherwise; for tests and as the start of loading. */
export function defaultsOf<const S extends Section>(settings: S): Values<S> {
  const entries = Object.entries(settings).map(([name, setting]) => [name, setting.default] as const);
  return Object.fromEntries(entries) as Values<S>;
}

/** A whole number. The unit 'seconds' or 'milliseconds' gives the value its brand. */
export function integer<const Unit extends string = ''>(
  said: Said & { readonly default: number; readonly min: number; readonly max: number; readonly unit?: Unit },
): Setting<InUnit<Unit>> {
  const unit = said.unit === undefined ? '' : `, in ${said.unit}`;
  const accepts = `a whole number from ${String(said.min)} to ${String(said.max)}${unit}`;
  return {
    ...common(said),
    kind: 'integer',
    default: said.default as InUnit<Unit>,
    accepts,
    defaultText: String(said.default),
    read: (raw) => within(wholeNumber(raw), said, accepts) as Result<InUnit<Unit>, string>,
  };
}

/** A length of time: a number in `unit`, or text with its own unit such as '90s', '15m', '1h30m', '7d', '250ms'. */
export function duration<const Unit extends 'seconds' | 'milliseconds'>(
  said: Said & { readonly default: number; readonly min: number; readonly max: number; readonly unit: Unit },
): Setting<InUnit<Unit>> {
  const accepts =
    `a length of time from ${spoken(said.min, said.unit)} to ${spoken(said.max, said.unit)}` +
    ` (a number of ${said.unit}, or text such as '90s', '15m', '1h30m')`;
  return {
    ...common(said),
    kind: 'duration',
    default: said.default as InUnit<Unit>,
    accepts,
    defaultText: spoken(said.default, said.unit),
    read: (raw) => within(lengthOfTime(raw, said.unit), said, accepts) as Result<InUnit<Unit>, string>,
  };
}

/**
 * Text. An empty default means "not set" unless the declaration says otherwise.
 *
 * @param said.check returns a clause that says what is wrong, or `undefined` when the text is good
 */
export function text(
  said: Said & {
    readonly default: string;
    /** Fewest characters. */
    readonly min?: number;
    /** Most characters; 1024 when left out. */
    readonly max?: number;
    /** What is taken, in words, for the manual and for faults. */
    readonly accepts?: string;
    readonly check?: (text: string) => string | undefined;
  },
): Setting<string> {
  const { min = 0, max = 1024, check } = said;
  const accepts = said.accepts ?? 'text';
  return {
    ...common(said),
    kind: 'text',
    default: said.default,
    accepts,
    defaultText: quoted(said.default),
    read: (raw) => {
      if (typeof raw !== 'string' && typeof raw !== 'number') return fail(`is ${shown(raw)}, but takes ${accepts}`);
      const value = String(raw);
      if (value.length < min || value.length > max) {
        return fail(`has ${String(value.length)} characters, but takes ${String(min)} to ${String(max)}`);
      }
      const wrong = check?.(value);
      return wrong === undefined ? ok(value) : fail(wrong);
    },
  };
}

/** One of a few words. */
export function choice<const Word extends string>(
  said: Said & { readonly of: readonly Word[]; readonly default: Word },
): Setting<Word> {
  const accepts = `one of ${said.of.join(', ')}`;
  return {
    ...common(said),
    kind: 'choice',
    default: said.default,
    accepts,
    defaultText: said.default,
    read: (raw) => {
      const word = said.of.find((candidate) => candidate === raw);
      return word === undefined ? fail(`is ${shown(raw)}, but takes ${accepts}`) : ok(word);
    },
  };
}

/** Yes or no: true or false in the file, also yes/no, on/off, 1/0 as text. */
export function flag(said: Said & { readonly default: boolean }): Setting<boolean> {
  const accepts = 'true or false';
  return {
    ...common(said),
    kind: 'flag',
    default: said.default,
    accepts,
    defaultText: String(said.default),
    read: (raw) => {
      const word = typeof raw === 'string' ? raw.toLowerCase() : raw;
      if (word === true || word === 'true' || word === 'yes' || word === 'on' || word === '1') return ok(true);
      if (word === false || word === 'false' || word === 'no' || word === 'off' || word === '0') return ok(false);
      return fail(`is ${shown(raw)}, but takes ${accepts}`);
    },
  };
}

/**
 * Several texts: a sequence in the file, separated by commas in the environment and on the command line.
 *
 * @param said.check judges each entry: a clause that says what is wrong, or `undefined`
 */
export function list(
  said: Said & {
    readonly default: readonly string[];
    /** Fewest entries. */
    readonly min?: number;
    /** Most entries; 64 when left out. */
    readonly max?: number;
    /** What one entry is, in words. */
    readonly accepts?: string;
    readonly check?: (entry: string) => string | undefined;
  },
): Setting<readonly string[]> {
  const { min = 0, max = 64, check } = said;
  const accepts = `a list of ${said.accepts ?? 'texts'}`;
  return {
    ...common(said),
    kind: 'list',
    default: said.default,
    accepts,
    defaultText: `[${said.default.map(quoted).join(', ')}]`,
    read: (raw) => {
      const entries = typeof raw === 'string' ? splitAtCommas(raw) : raw;
      if (!Array.isArray(entries)) return fail(`is ${shown(raw)}, but takes ${accepts}`);
      if (entries.length < min || entries.length > max) {
        return fail(`has ${String(entries.length)} entries, but takes ${String(min)} to ${String(max)}`);
      }
      const values: string[] = [];
      for (const entry of entries as readonly unknown[]) {
        if (typeof entry !== 'string') return fail(`has the entry ${shown(entry)}, but takes ${accepts}`);
        const wrong = check?.(entry);
        if (wrong !== undefined) return fail(`has the entry ${shown(entry)}, which ${wrong}`);
        values.push(entry);
      }
      return ok(values);
    },
  };
}

const common = (said: Said): { readonly doc: string; readonly reload: Reload; readonly secret: boolean } => ({
  doc: said.doc,
  reload: said.reload ?? 'restart',
  secret: said.secret ?? false,
});

function within(
  value: number | undefined,
  bounds: { readonly min: number; readonly max: number },
  accepts: string,
): Result<number, string> {
  if (value === undefined) return fail(`takes ${accepts}`);
  if (value < bounds.min || value > bounds.max) return fail(`is ${String(value)}, but takes ${accepts}`);
  return ok(value);
}

function wholeNumber(raw: unknown): number | undefined {
  if (typeof raw === 'number') return Number.isSafeInteger(raw) ? raw : undefined;
  return typeof raw === 'string' && /^-?\d{1,15}$/.test(raw) ? Number(raw) : undefined;
}

/** Milliseconds of each unit that a length of time may be written in. */
const unitLengths: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function lengthOfTime(raw: unknown, unit: 'seconds' | 'milliseconds'): number | undefined {
  const plain = wholeNumber(raw);
  if (plain !== undefined || typeof raw !== 'string') return plain;
  if (!/^(?:\d{1,9}(?:ms|s|m|h|d))+$/.test(raw)) return undefined;
  let total = 0;
  for (const [, count, name] of raw.matchAll(/(\d+)(ms|s|m|h|d)/g)) {
    total += Number(count) * (unitLengths[name ?? ''] ?? 0);
  }
  const value = unit === 'seconds' ? total / 1000 : total;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A length of time in its largest whole unit: 3600 seconds is '1h'. */
function spoken(value: number, unit: 'seconds' | 'milliseconds'): string {
  const length = unit === 'seconds' ? value * 1000 : value;
  if (length === 0) return '0s';
  for (const name of ['d', 'h', 'm', 's']) {
    const one = unitLengths[name] ?? 1;
    if (length % one === 0) return `${String(length / one)}${name}`;
  }
  return `${String(length)}ms`;
}

const splitAtCommas = (raw: string): readonly string[] =>
  raw.trim() === '' ? [] : raw.split(',').map((entry) => entry.trim());

const quoted = (value: string): string => JSON.stringify(value);

/** A wrong value as a fault shows it: short, and on one line. */
function shown(raw: unknown): string {
  const written = raw === undefined || typeof raw === 'bigint' ? String(raw) : JSON.stringify(raw);
  return written.length > 60 ? `${written.slice(0, 57)}...` : written;
}
