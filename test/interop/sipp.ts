import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Scenario files are data: they stay beside the source. */
const scenarios = fileURLToPath(new URL('../../../test/interop/sipp/', import.meta.url));

/** What one run of sipp came to: `code` 0 when every call went as the scenario says. */
export interface SippRun {
  readonly code: number | null;
  /** What sipp wrote into its error file, or to the screen when there is none. */
  readonly errors: string;
}

/** The users of the scenarios' fields: name, and what sipp puts in place of an Authorization header field. */
export function writeUsers(folder: string, users: readonly (readonly [name: string, password: string])[]): string {
  const lines = users.map(([name, password]) => `${name};[authentication username=${name} password=${password}]`);
  const file = join(folder, 'users.csv');
  writeFileSync(file, `SEQUENTIAL\n${lines.join('\n')}\n`);
  return file;
}

/** Runs one scenario, one call for each of `calls` users, all over one socket or connection. */
export async function runSipp(options: {
  readonly scenario: string;
  readonly folder: string;
  readonly users: string;
  readonly calls: number;
  readonly transport: 'udp' | 'tcp';
  readonly server: { readonly host: string; readonly port: number };
}): Promise<SippRun> {
  const { scenario, folder, users, calls, transport, server } = options;
  const sixth = server.host.includes(':');
  const args = [
    ...['-sf', join(scenarios, `${scenario}.xml`), '-inf', users],
    ...['-i', server.host, '-t', transport === 'udp' ? 'u1' : 't1'],
    ...['-m', String(calls), '-r', String(calls), '-l', String(calls)],
    ...['-timeout', '20s', '-timeout_error', '-nostdin', '-trace_err'],
    // sipp's own digest uri is `sip:host:port`, and without brackets around an IPv6 address, which is no URI.
    ...(sixth ? ['-auth_uri', 'example.org'] : []),
    `${sixth ? `[${server.host}]` : server.host}:${String(server.port)}`,
  ];
  const child = spawn('sipp', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let screen = '';
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.on('data', (chunk: Buffer) => {
      screen += chunk.toString();
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  const files = readdirSync(folder).filter((name) => name.includes(`_${String(child.pid)}_errors`));
  const errors = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  return { code, errors: errors === '' ? screen : errors };
}
