import type { CliCommand } from '../command.ts';
import { throughServer } from '../door.ts';
import { settingsOptions } from '../settings.ts';

/** `pharos metrics`. */
export const metrics: CliCommand = {
  path: ['metrics'],
  summary: 'Prints all figures of the running server in the text format of Prometheus.',
  options: settingsOptions,
  run: (call, terminal) =>
    throughServer(call, terminal, (door) =>
      door.call('metrics', {}, (line) => {
        terminal.say(String(line));
      }),
    ),
};
