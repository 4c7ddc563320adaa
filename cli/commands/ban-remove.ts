import type { CliCommand } from '../command.ts';
import { throughDoor } from '../door.ts';
import { settingsOptions } from '../settings.ts';

/** `pharos ban remove 203.0.113.7`. */
export const banRemove: CliCommand = {
  path: ['ban', 'remove'],
  summary: 'Lifts a ban.',
  arguments: [{ name: '<source>', doc: 'as the list names it' }],
  options: settingsOptions,
  run(call, terminal) {
    const source = call.arguments[0] ?? '';
    return throughDoor(call, terminal, async (door) => {
      const outcome = await door.call('ban.remove', { source });
      if (outcome.ok) terminal.say(`${source} is no longer banned.`);
      return outcome;
    });
  },
};
