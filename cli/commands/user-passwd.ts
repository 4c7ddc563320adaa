import type { CliCommand } from '../command.ts';
import { sentence, throughDoor } from '../door.ts';
import { passwordOptions, takePassword } from '../password.ts';
import { settingsOptions } from '../settings.ts';

/** `pharos user passwd alice@example.org`. */
export const userPasswd: CliCommand = {
  path: ['user', 'passwd'],
  summary: 'Changes the password of an account.',
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
      const outcome = await door.call('user.passwd', { user, password: password.value });
      if (outcome.ok) terminal.say(`The password of ${user} is changed.`);
      return outcome;
    });
  },
};
