import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, type ServerProcess, startServer } from '../../tools/live/server-process.ts';

/** A server with accounts, for other people's programs to play on. */
export interface Stage {
  readonly domain: string;
  /** For whatever the programs read and write; gone at the end. */
  readonly folder: string;
  readonly server: ServerProcess;
  /** Address of the listener 'udp4', 'tcp6', 'tls4', ... */
  at(key: string): { readonly host: string; readonly port: number };
  /** Ends the server, which has to end well. */
  close(): Promise<void>;
}

/** The password of every user of a stage. */
export const passwordOf = (user: string): string => `pw-${user}`;

export async function openStage(options: {
  readonly users: readonly string[];
  readonly domain?: string;
  readonly listen?: readonly string[];
  readonly set?: readonly string[];
}): Promise<Stage> {
  const { users, domain = 'example.org', listen, set } = options;
  const folder = mkdtempSync(join(tmpdir(), 'pharos-interop-'));
  const database = join(folder, 'pharos.sqlite');
  const accounts = join(folder, 'accounts.csv');
  writeFileSync(accounts, users.map((user) => `${user}@${domain},${passwordOf(user)}\n`).join(''));
  const imported = await runCommand(['user', 'import', accounts, '--database', database, '--domain', domain]);
  assert.equal(imported.code, 0, imported.output);
  const server = await startServer({
    database,
    domain,
    ...(listen === undefined ? {} : { listen }),
    ...(set === undefined ? {} : { set }),
  });
  return {
    domain,
    folder,
    server,
    at(key) {
      const port = server.ports[key];
      assert.ok(port !== undefined, `the server does not listen on ${key}`);
      return { host: key.endsWith('6') ? '::1' : '127.0.0.1', port };
    },
    async close() {
      const code = await server.end('SIGTERM');
      rmSync(folder, { recursive: true });
      assert.equal(code, 0);
    },
  };
}
