import type { CliCommand } from '../command.ts';
import { throughDoor } from '../door.ts';
import { settingsOptions } from '../settings.ts';

/** `pharos user remove alice@example.org`. */
export const userRemove: CliCommand = {
  path: ['user', 'remove'],
  summary: 'Removes an account; what it registered and published runs out by itself.',
  arguments: [{ name: '<user>', doc: 'user@domain' }],
  options: settingsOptions,
  run(call, terminal) {
    const user = call.arguments[0] ?? '';
    return throughDoor(call, terminal, async (door) => {
      const outcome = await door.call('user.remove', { user });
      if (outcome.ok) terminal.say(`${user} is removed.`);
      return outcome;
    });
  },
};
