import { dirname } from 'node:path';
import type { Result } from '../../kernel/result.ts';
import { ok } from '../../kernel/result.ts';
import { tuneCollector } from '../../server/collector.ts';
import { runServer } from '../../server/main.ts';
import type { Config } from '../../server/sections.ts';
import type { CliCall, CliCommand } from '../command.ts';
import { complainOfSettings, fileOf, listenOptions, readSettings, settingsOptions } from '../settings.ts';

/** `pharos serve`: runs the server until SIGTERM or SIGINT. */
export const serve: CliCommand = {
  path: ['serve'],
  summary: 'Runs the server; SIGTERM or Ctrl-C stops it, SIGHUP reads the configuration again.',
  options: [...settingsOptions, ...listenOptions],
  run(call, terminal) {
    const settings = readSettings(call, terminal);
    if (!settings.ok) {
      complainOfSettings(settings.fault, terminal);
      return Promise.resolve(2);
    }
    tuneCollector();
    const reread = (): Result<Config, Exclude<ReturnType<typeof readSettings>, { readonly ok: true }>['fault']> => {
      const next = readSettings(call, terminal);
      return next.ok ? ok(next.value.values) : next;
    };
    return runServer(
      {
        version: terminal.version,
        output: { write: terminal.write },
        errors: { write: terminal.writeError },
        outputIsTerminal: terminal.outputIsTerminal,
        folder: dirname(fileOf(call, terminal) ?? './'),
        options: sameServer(call),
        reread,
      },
      settings.value.values,
    );
  },
};

/** The options of this start that `pharos user` needs too. */
function sameServer(call: CliCall): string {
  const options = ['config', 'domain', 'database'].flatMap((name) => {
    const value = call.options[name];
    return typeof value === 'string' ? [`--${name} ${value}`] : [];
  });
  return options.join(' ');
}
