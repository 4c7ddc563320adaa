import type { CliCommand } from '../command.ts';
import { complainOfSettings, fileOf, listenOptions, readSettings, settingsOptions } from '../settings.ts';

/** `pharos check-config`: judges the configuration without starting anything. */
export const checkConfig: CliCommand = {
  path: ['check-config'],
  summary: 'Tells all faults of the configuration, or what it sets.',
  options: [...settingsOptions, ...listenOptions],
  run(call, terminal) {
    const settings = readSettings(call, terminal);
    if (!settings.ok) {
      complainOfSettings(settings.fault, terminal);
      return Promise.resolve(2);
    }
    const { values, origins } = settings.value;
    const all: Readonly<Record<string, Readonly<Record<string, unknown>>>> = values;
    terminal.say(`The configuration is good (file: ${fileOf(call, terminal) ?? 'none'}).`);
    if (origins.size === 0) terminal.say('Nothing is set: every setting has its default.');
    for (const [path, place] of origins) {
      const [section = '', name = ''] = path.split('.');
      terminal.say(`  ${path} = ${JSON.stringify(all[section]?.[name])}  (${place})`);
    }
    return Promise.resolve(0);
  },
};
