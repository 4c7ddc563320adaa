import type { AliasSummary } from '../../admin/alias-operations.ts';
import type { CliCommand } from '../command.ts';
import { throughDoor } from '../door.ts';
import { settingsOptions } from '../settings.ts';

/** `pharos alias list`. */
export const aliasList: CliCommand = {
  path: ['alias', 'list'],
  summary: 'Lists the other names of users, one a line.',
  options: [{ flags: '--json', doc: 'one JSON object a line' }, ...settingsOptions],
  run(call, terminal) {
    const asJson = call.options['json'] === true;
    return throughDoor(call, terminal, async (door) =>
      door.call('alias.list', {}, (item) => {
        // The answer of our own operation.
        const { alias, target } = item as AliasSummary;
        terminal.say(asJson ? JSON.stringify(item) : `${alias} -> ${target}`);
      }),
    );
  },
};
