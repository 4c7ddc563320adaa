import type { CliCommand } from '../command.ts';
import { throughDoor } from '../door.ts';
import { settingsOptions } from '../settings.ts';

/** `pharos alias remove alice.smith@example.org`. */
export const aliasRemove: CliCommand = {
  path: ['alias', 'remove'],
  summary: 'Takes another name away from its user.',
  arguments: [{ name: '<alias>', doc: 'as the list names it' }],
  options: settingsOptions,
  run(call, terminal) {
    const alias = call.arguments[0] ?? '';
    return throughDoor(call, terminal, async (door) => {
      const outcome = await door.call('alias.remove', { alias });
      if (outcome.ok) terminal.say(`${alias} is no alias any more.`);
      return outcome;
    });
  },
};
