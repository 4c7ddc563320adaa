import { duration } from '../../config/section.ts';
import type { CliCommand } from '../command.ts';
import { throughDoor } from '../door.ts';
import { settingsOptions } from '../settings.ts';

const length = duration({ default: 3600, min: 1, max: 315_360_000, unit: 'seconds', doc: '' });

/** `pharos ban add 203.0.113.7 --for 1d`. */
export const banAdd: CliCommand = {
  path: ['ban', 'add'],
  summary: 'Shuts an address or a network out: nothing it sends is read.',
  arguments: [{ name: '<source>', doc: 'an address, or a network such as 203.0.113.0/24' }],
  options: [
    { flags: '--for <time>', doc: "how long, such as '30m' or '7d'; an hour when left out" },
    { flags: '--reason <text>', doc: 'for the list' },
    ...settingsOptions,
  ],
  run(call, terminal) {
    const source = call.arguments[0] ?? '';
    const seconds = length.read(call.options['for'] ?? '1h');
    if (!seconds.ok) {
      terminal.complain(`--for ${seconds.fault}.`);
      return Promise.resolve(2);
    }
    return throughDoor(call, terminal, async (door) => {
      const outcome = await door.call('ban.add', { source, seconds: seconds.value, reason: call.options['reason'] });
      if (outcome.ok) terminal.say(`${source} is banned.`);
      return outcome;
    });
  },
};
