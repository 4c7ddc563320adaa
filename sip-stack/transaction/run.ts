import { transition } from '../../kernel/machine.ts';
import type { Machine } from '../../kernel/machine.ts';

/** What has a state. */
export interface Stateful<State extends string> {
  state: State;
}

/**
 * The one runner of the transaction tables: moves `subject` as the table says, then performs the actions in order. The
 * state is set first, so that an action may give rise to the next input (a timer of zero length does).
 *
 * @returns whether the table had a cell; `false` means that the input was ignored
 */
export function run<State extends string, Input extends string, Action extends string, Subject extends Stateful<State>>(
  machine: Machine<State, Input, Action>,
  subject: Subject,
  input: Input,
  perform: (subject: Subject, action: Action) => void,
): boolean {
  const cell = transition(machine, subject.state, input);
  if (cell === undefined) return false;
  subject.state = cell.to;
  if (cell.do !== undefined) {
    for (const action of cell.do) perform(subject, action);
  }
  return true;
}
