import type { Status } from '../../admin/status.ts';
import type { CliCommand } from '../command.ts';
import { throughServer } from '../door.ts';
import { settingsOptions } from '../settings.ts';
import { statusLines } from '../status-lines.ts';

/** `pharos status`. */
export const status: CliCommand = {
  path: ['status'],
  summary: 'Shows the running server at a glance.',
  options: [
    { flags: '--interval <milliseconds>', doc: 'how long messages are counted for the rates; 1000 when not given' },
    { flags: '--json', doc: 'one JSON object' },
    ...settingsOptions,
  ],
  run(call, terminal) {
    const interval = call.options['interval'];
    const args = interval === undefined ? {} : { interval: Number(interval) };
    return throughServer(call, terminal, (door) =>
      door.call('status', args, (item) => {
        if (call.options['json'] === true) terminal.say(JSON.stringify(item));
        // The server and this program are one version: what it gives is what it says it gives.
        else for (const line of statusLines(item as Status)) terminal.say(line);
      }),
    );
  },
};
