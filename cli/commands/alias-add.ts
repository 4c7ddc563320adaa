import type { CliCommand } from '../command.ts';
import { throughDoor } from '../door.ts';
import { settingsOptions } from '../settings.ts';

/** `pharos alias add alice.smith@example.org alice@example.org`. */
export const aliasAdd: CliCommand = {
  path: ['alias', 'add'],
  summary: 'Gives a user another name, or a telephone number.',
  arguments: [
    { name: '<alias>', doc: 'user@domain, or tel: and a number such as tel:+15550100' },
    { name: '<user>', doc: 'whom it stands for: user@domain' },
  ],
  options: settingsOptions,
  run(call, terminal) {
    const [alias = '', target = ''] = call.arguments;
    return throughDoor(call, terminal, async (door) => {
      const outcome = await door.call('alias.add', { alias, target });
      if (outcome.ok) terminal.say(`${alias} is ${target}.`);
      return outcome;
    });
  },
};
