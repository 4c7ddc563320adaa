import type { ServerConfig } from './server-section.ts';

/** Where the control socket is; `undefined` when there is to be none. */
export function controlSocketOf(config: ServerConfig): string | undefined {
  if (config.controlSocket === 'none') return undefined;
  if (config.controlSocket !== '') return config.controlSocket;
  return config.database === ':memory:' ? undefined : `${config.database}.sock`;
}
