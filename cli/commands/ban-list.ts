import type { BanSummary } from '../../admin/ban-operations.ts';
import type { CliCommand } from '../command.ts';
import { throughDoor } from '../door.ts';
import { settingsOptions } from '../settings.ts';

/** `pharos ban list`. */
export const banList: CliCommand = {
  path: ['ban', 'list'],
  summary: 'Lists who is shut out, why and until when, one a line.',
  options: [{ flags: '--json', doc: 'one JSON object a line' }, ...settingsOptions],
  run(call, terminal) {
    const asJson = call.options['json'] === true;
    return throughDoor(call, terminal, async (door) =>
      door.call('ban.list', {}, (item) => {
        // The answer of our own operation.
        const { source, reason, until } = item as BanSummary;
        terminal.say(asJson ? JSON.stringify(item) : `${source}  until ${until}  ${reason}`);
      }),
    );
  },
};
