/**
 * A state machine as a table (style R5): for each state, what each input leads to and which actions it calls for.
 * A missing cell means "ignored there".
 */
export type Machine<State extends string, Input extends string, Action extends string> = {
  readonly [S in State]: { readonly [I in Input]?: Transition<State, Action> };
};

export interface Transition<State extends string, Action extends string> {
  readonly to: State;
  readonly do?: readonly Action[];
}

/** The transition that `input` causes in `state`, or `undefined` where the table ignores it. */
export function transition<State extends string, Input extends string, Action extends string>(
  machine: Machine<State, Input, Action>,
  state: State,
  input: Input,
): Transition<State, Action> | undefined {
  return machine[state][input];
}
