import type { CliCommand } from '../command.ts';
import { sentence, throughDoor } from '../door.ts';
import { passwordOptions, takePassword } from '../password.ts';
import { settingsOptions } from '../settings.ts';

/** `pharos user add alice@example.org`. */
export const userAdd: CliCommand = {
  path: ['user', 'add'],
  summary: 'Adds an account; it can register at once.',
  arguments: [{ name: '<user>', doc: 'user@domain' }],
  options: [...passwordOptions, ...settingsOptions],
  async run(call, terminal) {
    const user = call.arguments[0] ?? '';
    const password = await takePassword(call, user, terminal);
    if (!password.ok) {
      terminal.complain(sentence(password.fault));
      return 1;
    }
    return throughDoor(call, terminal, async (door) => {
      const outcome = await door.call('user.add', { user, password: password.value });
      if (outcome.ok) terminal.say(`${user} is added and can register.`);
      return outcome;
    });
  },
};
