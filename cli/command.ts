import type { Environment } from '../config/load.ts';

/** How the process ends: 0 done; 1 it could not be done; 2 it was asked wrongly (usage or configuration). */
export type ExitStatus = 0 | 1 | 2;

/** The person (or script) at the other end. */
export interface Terminal {
  /** Results: standard output. */
  say(line: string): void;
  /** What went wrong, warnings and notes: standard error. */
  complain(line: string): void;
  /** Text as it is, to standard output and standard error. */
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Of this program. */
  readonly version: string;
  /** True when lines go to a person. */
  readonly outputIsTerminal: boolean;
  /** True when a person can be asked. */
  readonly inputIsTerminal: boolean;
  /** Asks for a password without showing it; `undefined` when the person gave up. */
  askSecret(question: string): Promise<string | undefined>;
  /** Standard input, line by line. */
  inputLines(): AsyncIterable<string>;
  readonly environment: Environment;
}

/** An option as commander writes it: `--listen <address...>`. */
export interface CliOption {
  readonly flags: string;
  readonly doc: string;
  /** May be given several times; the values are a list then. */
  readonly repeated?: boolean;
}

/** What was written on the command line. */
export interface CliCall {
  readonly arguments: readonly (string | undefined)[];
  /** By camelCase name. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** One command of `pharos`: one file in cli/commands, one line in cli/commands/index.ts. */
export interface CliCommand {
  /** `['user', 'add']` for `pharos user add`. */
  readonly path: readonly string[];
  readonly summary: string;
  /** `<user>` required, `[file]` optional, with a text each. */
  readonly arguments?: readonly { readonly name: string; readonly doc: string }[];
  readonly options?: readonly CliOption[];
  run(call: CliCall, terminal: Terminal): Promise<ExitStatus>;
}
