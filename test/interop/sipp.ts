import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenarioFolder } from './scenario.ts';

/** What one run of sipp came to: `code` 0 when every call went as the scenario says. */
export interface SippRun {
  readonly code: number | null;
  /** What sipp wrote into its error file, or to the screen when there is none. */
  readonly errors: string;
}

/** A sipp at work. */
export interface Sipp {
  readonly run: Promise<SippRun>;
  /** Ends it before it has ended by itself. */
  kill(): void;
}

/** A numeric address with its port. */
export interface SippAddress {
  readonly host: string;
  readonly port: number;
}

/** The users of the scenarios' fields: name, and what sipp puts in place of an Authorization header field. */
export function writeUsers(folder: string, users: readonly (readonly [name: string, password: string])[]): string {
  const lines = users.map(([name, password]) => `${name};[authentication username=${name} password=${password}]`);
  const file = join(folder, 'users.csv');
  writeFileSync(file, `SEQUENTIAL\n${lines.join('\n')}\n`);
  return file;
}

/** Runs one scenario, one call for each of `calls` users, all over one socket or connection. */
export function runSipp(options: {
  readonly scenario: string;
  readonly folder: string;
  readonly users: string;
  readonly calls: number;
  readonly transport: 'udp' | 'tcp';
  readonly server: SippAddress;
}): Promise<SippRun> {
  const { scenario, folder, users, calls, transport, server } = options;
  return startSipp({
    file: join(scenarioFolder, `${scenario}.xml`),
    folder,
    transport,
    host: server.host,
    server,
    more: ['-inf', users, '-r', String(calls), '-l', String(calls)],
    calls,
  }).run;
}

/** Starts one scenario; one that begins with `recv` waits for calls. */
export function startSipp(options: {
  /** The scenario file, complete. */
  readonly file: string;
  /** Where it may write. */
  readonly folder: string;
  readonly transport: 'udp' | 'tcp';
  readonly host: string;
  /** Its own port; any when left out. */
  readonly port?: number;
  readonly server: SippAddress;
  readonly calls?: number;
  readonly more?: readonly string[];
}): Sipp {
  const { file, folder, transport, host, port, server, calls = 1, more = [] } = options;
  const sixth = server.host.includes(':');
  const args = [
    ...['-sf', file, '-i', host, '-t', transport === 'udp' ? 'u1' : 't1'],
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...['-m', String(calls), ...more],
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
  const finish = async (): Promise<SippRun> => {
    const [code] = (await once(child, 'close')) as [number | null];
    const files = readdirSync(folder).filter((name) => name.includes(`_${String(child.pid)}_errors`));
    const errors = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
    return { code, errors: errors === '' ? screen : errors };
  };
  return {
    run: finish(),
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}
