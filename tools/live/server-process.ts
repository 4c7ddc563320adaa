import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The compiled program, beside this compiled file. */
const main = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

/** A Pharos running as a process of its own, as an operator runs it. */
export interface ServerProcess {
  readonly pid: number;
  /** Port of the first listener of each transport and family: 'udp4', 'tcp4', 'udp6', 'tcp6'. */
  readonly ports: Readonly<Record<string, number>>;
  /** Milliseconds from spawn to ready. */
  readonly readyAfter: number;
  /** Log lines so far, parsed. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** Sends a signal and waits for the end of the process; its exit code, null when a signal ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

export interface ServerOptions {
  readonly database: string;
  readonly domain?: string;
  /** `udp:127.0.0.1:0` and so on; UDP and TCP on 127.0.0.1 when left out. */
  readonly listen?: readonly string[];
  /** `section.name=value` settings. */
  readonly set?: readonly string[];
}

/** Runs one command of the program to its end. */
export async function runCommand(
  args: readonly string[],
  input = '',
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** Starts `pharos serve` on loopback and waits until it is ready. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const listen = options.listen ?? ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'];
  const args = [main, 'serve', '--domain', options.domain ?? 'example.org', '--database', options.database];
  for (const address of listen) args.push('--listen', address);
  for (const setting of ['log.format=json', ...(options.set ?? [])]) args.push('--set', setting);
  const begun = Date.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const log: Readonly<Record<string, unknown>>[] = [];
  const ports = await readyPorts(child, log);
  const ended = once(child, 'close') as Promise<[number | null]>;
  return {
    pid: child.pid ?? 0,
    ports,
    readyAfter: Date.now() - begun,
    log,
    async end(signal) {
      child.kill(signal);
      const [code] = await ended;
      return code;
    },
  };
}

async function readyPorts(child: ChildProcess, log: Record<string, unknown>[]): Promise<Record<string, number>> {
  if (child.stdout === null || child.stderr === null) throw new Error('no pipes');
  const ports: Record<string, number> = {};
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      reject(new Error(`the server ended with ${String(code)} before it was ready:\n${said.join('')}`));
    });
    lines.on('line', (line) => {
      said.push(`${line}\n`);
      const entry = parsed(line);
      if (entry === undefined) return;
      log.push(entry);
      if (entry['event'] !== 'started') return;
      for (const [, transport, host, port] of String(entry['listening']).matchAll(/(\w+):(\S+):(\d+)/g)) {
        ports[`${String(transport)}${host?.includes(':') === true ? '6' : '4'}`] ??= Number(port);
      }
      resolve(ports);
    });
  });
}

function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
