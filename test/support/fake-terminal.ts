import type { Environment } from '../../config/load.ts';
import type { Terminal } from '../../cli/command.ts';

export interface FakeTerminal extends Terminal {
  readonly said: readonly string[];
  readonly complained: readonly string[];
}

/** A terminal that remembers what was written and has its answers prepared. */
export function createFakeTerminal(given: {
  readonly environment?: Environment;
  readonly input?: readonly string[];
  /** Answers to questions; a person sits there when this is given. */
  readonly secrets?: readonly (string | undefined)[];
}): FakeTerminal {
  const said: string[] = [];
  const complained: string[] = [];
  const secrets = [...(given.secrets ?? [])];
  return {
    said,
    complained,
    say: (line) => void said.push(line),
    complain: (line) => void complained.push(line),
    write: (text) => void said.push(text),
    writeError: (text) => void complained.push(text),
    version: '1.2.3',
    outputIsTerminal: false,
    inputIsTerminal: given.secrets !== undefined,
    askSecret: () => Promise.resolve(secrets.shift()),
    async *inputLines() {
      for (const line of given.input ?? []) yield await Promise.resolve(line);
    },
    environment: given.environment ?? {},
  };
}
