import type { Result } from '../kernel/result.ts';
import { fail, ok } from '../kernel/result.ts';
import type { CliCall, CliOption, Terminal } from './command.ts';

/** How a command that needs a password is given one. */
export const passwordOptions: readonly CliOption[] = [
  { flags: '--password-stdin', doc: 'read the password from the first line of standard input' },
  { flags: '--password <text>', doc: 'the password itself: others on this machine can see it; for trials only' },
];

/**
 * Takes the password from standard input, an option, or a person who types it twice.
 *
 * @fault a sentence
 */
export async function takePassword(call: CliCall, user: string, terminal: Terminal): Promise<Result<string, string>> {
  const given = call.options['password'];
  if (typeof given === 'string') {
    terminal.complain(
      'Warning: a password on the command line can be seen by others on this machine; better: --password-stdin.',
    );
    return given === '' ? fail('The password is empty.') : ok(given);
  }
  if (call.options['passwordStdin'] === true) {
    for await (const line of terminal.inputLines()) return line === '' ? fail('The password is empty.') : ok(line);
    return fail('Standard input was empty: the password is expected on its first line.');
  }
  if (!terminal.inputIsTerminal) {
    return fail('There is nobody to ask for the password: give it on standard input, with --password-stdin.');
  }
  const first = await terminal.askSecret(`Password for ${user}: `);
  if (first === undefined || first === '') return fail('No password was given; nothing was changed.');
  const second = await terminal.askSecret('Again: ');
  return first === second ? ok(first) : fail('The two passwords differ; nothing was changed.');
}
