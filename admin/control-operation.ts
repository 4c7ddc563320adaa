import type { Result } from '../kernel/result.ts';

/** Arguments as they came: any JSON value, judged by the operation. */
export type ControlArgs = Readonly<Record<string, unknown>>;

/**
 * Something the running server does for its operator: one name, arguments in, lines out. `pharos user` uses it now; a
 * trace may give lines for as long as the caller listens.
 */
export interface ControlOperation {
  /** `user.add`, `trace.follow`. */
  readonly op: string;
  /** One sentence for docs/operate.md. */
  readonly doc: string;
  /**
   * @param signal aborted when the caller has gone or the server stops
   * @returns the lines of the answer, each any JSON value
   * @fault a sentence for the operator
   */
  run(args: ControlArgs, signal: AbortSignal): Promise<Result<Iterable<unknown> | AsyncIterable<unknown>, string>>;
}

/** One line from the caller. */
export interface ControlRequest {
  readonly op: string;
  readonly args: ControlArgs;
}

/** Lines to the caller: any number of items, then one end or fault. */
export type ControlLine = { readonly item: unknown } | { readonly end: true } | { readonly fault: string };

/** Where the command line has its operations done: by the running server, or by itself on the database. */
export interface ControlDoor {
  /** Gives each line of the answer to `onItem`. */
  call(op: string, args: ControlArgs, onItem?: (item: unknown) => void): Promise<Result<void, string>>;
  close(): Promise<void>;
}
