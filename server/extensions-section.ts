import type { Values } from '../config/section.ts';
import { list, section } from '../config/section.ts';
import { limits } from '../kernel/limits.ts';

/** An operator's own steps, event packages and methods. */
export const extensionsSection = section({
  modules: list({
    default: [],
    max: limits.extensionModulesMax,
    accepts: "files such as './my-step.mjs' and names of packages",
    check: (entry) => (entry === '' ? 'names nothing' : undefined),
    doc:
      'JavaScript modules that add steps to the proxy, event packages or methods (docs/extend.md). A name that begins with ' +
      './, ../ or / is a file, from the folder of the configuration file (the current folder without one); any other a package ' +
      'that is installed there. A module runs with all the rights of the server.',
  }),
  settings: list({
    default: [],
    max: 1024,
    accepts: "entries such as 'night-calls.from=22:00'",
    check: (entry) => (settingEntry.test(entry) ? undefined : 'is not written module.name=value'),
    doc: 'What the modules are told: the name of the module, a dot, the name of the setting, and its value.',
  }),
});
export type ExtensionsConfig = Values<typeof extensionsSection>;

/** Module, name and value of one entry; the name of a package may have dots and slashes. */
export const settingEntry = /^([^=\s]+)\.([A-Za-z][A-Za-z0-9-]*)=([\s\S]*)$/;
