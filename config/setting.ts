import type { Result } from '../kernel/result.ts';
import type { Milliseconds, Seconds } from '../kernel/clock.ts';

/** When a changed value takes effect: at once on reload (SIGHUP), or at the next start. */
export type Reload = 'live' | 'restart';

/** One declared setting: how its value is read and what the manual says about it. Made by the functions of section.ts. */
export interface Setting<Value> {
  readonly kind: 'integer' | 'text' | 'choice' | 'list' | 'flag' | 'duration';
  readonly default: Value;
  /** One or more sentences for the manual. */
  readonly doc: string;
  readonly reload: Reload;
  /** True for what must not be printed: a key, a password. */
  readonly secret: boolean;
  /** What values are taken, in words: 'whole number from 60 to 86400, in seconds'. */
  readonly accepts: string;
  /** The default as a person writes it in the file. */
  readonly defaultText: string;
  /**
   * Reads one value from the file (any JSON value) or from text (environment, command line).
   *
   * @fault a clause that says what is wrong and what is taken, to be put after the setting's name
   */
  read(raw: unknown): Result<Value, string>;
}

/** A number that carries its unit in the type. */
export type InUnit<Unit extends string> = Unit extends 'seconds'
  ? Seconds
  : Unit extends 'milliseconds'
    ? Milliseconds
    : number;

/** Settings that belong together, by name (camelCase). The section's own name is given once, in server/sections.ts. */
export type Section = Readonly<Record<string, Setting<unknown>>>;

/** The values of a section: `export type EventsConfig = Values<typeof eventsSection>` (style R14). */
export type Values<S extends Section> = {
  readonly [Name in keyof S]: S[Name] extends Setting<infer Value> ? Value : never;
};

/** All sections of the server by name. */
export type Sections = Readonly<Record<string, Section>>;

/** The values of all sections. */
export type AllValues<All extends Sections> = { readonly [Name in keyof All]: Values<All[Name]> };
