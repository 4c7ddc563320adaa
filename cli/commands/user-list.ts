import type { CliCommand } from '../command.ts';
import { throughDoor } from '../door.ts';
import { settingsOptions } from '../settings.ts';

/** `pharos user list`. */
export const userList: CliCommand = {
  path: ['user', 'list'],
  summary: 'Lists the accounts, one a line.',
  options: [{ flags: '--json', doc: 'one JSON object a line, with the time of creation' }, ...settingsOptions],
  run(call, terminal) {
    const asJson = call.options['json'] === true;
    return throughDoor(call, terminal, async (door) => {
      let count = 0;
      const outcome = await door.call('user.list', {}, (item) => {
        count += 1;
        terminal.say(asJson ? JSON.stringify(item) : userOf(item));
      });
      if (outcome.ok && count === 0)
        terminal.complain('There are no accounts yet. Add one with: pharos user add alice@example.org');
      return outcome;
    });
  },
};

const userOf = (item: unknown): string =>
  typeof item === 'object' && item !== null && 'user' in item ? String(item.user) : '';
