import { existsSync } from 'node:fs';
import { openRemoteDoor } from '../../admin/control-door.ts';
import { migrate as migrateFile } from '../../db/migrate.ts';
import { controlSocketOf } from '../../server/control-socket.ts';
import type { CliCommand } from '../command.ts';
import { sentence } from '../door.ts';
import { complainOfSettings, readSettings, settingsOptions } from '../settings.ts';

/** `pharos migrate`: brings the database to the schema of this program; `pharos serve` does the same at its start. */
export const migrate: CliCommand = {
  path: ['migrate'],
  summary: 'Brings the database to the schema of this version; serve does so by itself.',
  options: settingsOptions,
  async run(call, terminal) {
    const settings = readSettings(call, terminal);
    if (!settings.ok) {
      complainOfSettings(settings.fault, terminal);
      return 2;
    }
    const { server } = settings.value.values;
    if (server.database === ':memory:') {
      terminal.complain('A database in memory has nothing to migrate: name a file with --database.');
      return 2;
    }
    const socket = controlSocketOf(server);
    const running = socket === undefined ? undefined : await openRemoteDoor(socket);
    if (running?.ok === true) {
      await running.value.close();
      terminal.complain(
        `A server has ${server.database} open and has migrated it at its start; there is nothing to do.`,
      );
      return 1;
    }
    const isNew = !existsSync(server.database);
    const migrated = migrateFile(server.database);
    if (!migrated.ok) {
      terminal.complain(sentence(migrated.fault));
      return 1;
    }
    const { from, to } = migrated.value;
    if (isNew) terminal.say(`${server.database} is made, with schema ${String(to)}.`);
    else if (from === to) terminal.say(`${server.database} has schema ${String(to)} already.`);
    else terminal.say(`${server.database} is brought from schema ${String(from)} to ${String(to)}.`);
    return 0;
  },
};
