import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ended } from './ended.ts';
import { freePort } from './ports.ts';
import { eventually } from './programs.ts';

/** The linphone-daemon of Debian's linphone-cli, driven over its standard input. */
export interface Linphone {
  /** Writes one command ('call sip:bob@example.org'). */
  command(line: string): void;
  /** The answers and events it printed so far. */
  readonly output: () => string;
  stop(): Promise<void>;
}

export async function startLinphone(options: {
  /** Its home: it keeps its history and its database there. */
  readonly folder: string;
  readonly user: string;
  readonly password: string;
  readonly server: { readonly host: string; readonly port: number };
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** The file of the authority it trusts, for TLS. */
  readonly authority?: string;
}): Promise<Linphone> {
  const { folder, user, password, server, transport, authority = '' } = options;
  for (const place of ['.local/share/linphone', '.config/linphone'])
    mkdirSync(join(folder, place), { recursive: true });
  const route = `<sip:${server.host}:${String(server.port)};transport=${transport};lr>`;
  const config = join(folder, 'linphonerc');
  const sections = {
    sip: {
      // -1 is a port of the system's choice, 0 none.
      sip_port: transport === 'udp' ? -1 : 0,
      sip_tcp_port: transport === 'tcp' ? -1 : 0,
      sip_tls_port: transport === 'tls' ? -1 : 0,
      bind_address: '127.0.0.1',
      use_ipv6: 0,
      guess_hostname: 0,
      root_ca: authority,
      default_proxy: 0,
      // It looks for a route to the world otherwise, and does nothing without one.
      auto_net_state_mon: 0,
      register_only_when_network_is_up: 0,
    },
    net: { mtu: 0 },
    rtp: { audio_rtp_port: await freePort() },
    auth_info_0: { username: user, passwd: password, realm: 'example.org', domain: 'example.org' },
    proxy_0: {
      reg_proxy: route,
      reg_route: route,
      reg_identity: `sip:${user}@example.org`,
      reg_expires: 600,
      reg_sendregister: 1,
      publish: 0,
    },
  };
  const text = Object.entries(sections).map(
    ([name, values]) =>
      `[${name}]\n${Object.entries(values)
        .map(([key, value]) => `${key}=${String(value)}\n`)
        .join('')}`,
  );
  writeFileSync(config, text.join('\n'));
  const env = { PATH: process.env['PATH'], HOME: folder, LC_ALL: 'C' };
  const args = ['--config', config, '--log', join(folder, 'log'), '--disable-stats-events'];
  const child = spawn('linphone-daemon', args, { env, stdio: ['pipe', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await eventually(`the linphone of ${user} is ready`, () => output.includes('daemon-linphone>'));
  return {
    command: (line) => void child.stdin.write(`${line}\n`),
    output: () => output,
    stop: () => ended(child),
  };
}
