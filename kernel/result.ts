/** The outcome of something that can fail in an expected way; an exception is a bug (style R6). */
export type Result<Value, Fault> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly fault: Fault };

export const ok = <Value>(value: Value): { readonly ok: true; readonly value: Value } => ({ ok: true, value });

export const fail = <Fault>(fault: Fault): { readonly ok: false; readonly fault: Fault } => ({ ok: false, fault });

/** Ends every `switch` over a closed set: the compiler refuses a case that was left out. */
export function unreachable(impossible: never): never {
  throw new Error(`impossible value: ${JSON.stringify(impossible)}`);
}
