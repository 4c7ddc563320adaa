import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ended } from './ended.ts';
import { freePort } from './ports.ts';
import { eventually } from './programs.ts';

/** A baresip of Debian's package, driven over its control port. */
export interface Baresip {
  /** Runs one command of its menu ('presence_online', 'contacts'); what it printed. */
  command(name: string, params?: string): Promise<string>;
  /** The traffic and messages it printed so far. */
  readonly output: () => string;
  stop(): Promise<void>;
}

export async function startBaresip(options: {
  readonly folder: string;
  readonly user: string;
  readonly password: string;
  readonly server: { readonly host: string; readonly port: number };
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** Those whose presence it watches. */
  readonly contacts?: readonly string[];
  /** Seconds its publications live; it refreshes at 90 %. 0, as when left out: it publishes nothing. */
  readonly pubint?: number;
  /** The file of the authority it trusts, for TLS. */
  readonly authority?: string;
}): Promise<Baresip> {
  const { folder, user, password, server, transport, contacts = [], pubint = 0, authority } = options;
  mkdirSync(folder, { recursive: true });
  const [sipPort, controlPort] = [await freePort(), await freePort()];
  const address = `${server.host}:${String(server.port)}`;
  const config = [
    `sip_listen 127.0.0.1:${String(sipPort)}`,
    'net_interface 127.0.0.1',
    'module_path /usr/lib/baresip/modules',
    ...['account', 'contact', 'presence', 'menu', 'ctrl_tcp'].map((module) => `module_app ${module}.so`),
    // What a call needs, without a sound card: one codec, and a device that is only a name.
    ...['g711', 'aubridge'].map((module) => `module ${module}.so`),
    ...['audio_source', 'audio_player', 'audio_alert'].map((device) => `${device} aubridge,nowhere`),
    ...(authority === undefined ? [] : [`sip_cafile ${authority}`]),
    `ctrl_tcp_listen 127.0.0.1:${String(controlPort)}`,
  ];
  writeFileSync(join(folder, 'config'), `${config.join('\n')}\n`);
  const outbound = `outbound="sip:${address};transport=${transport}"`;
  const account = `<sip:${user}@example.org;transport=${transport}>;auth_user=${user};auth_pass=${password};regint=60;pubint=${String(pubint)};${outbound}`;
  writeFileSync(join(folder, 'accounts'), `${account}\n`);
  const lines = contacts.map((contact) => `"${contact}" <sip:${contact}@example.org>;presence=p2p`);
  writeFileSync(join(folder, 'contacts'), `${lines.join('\n')}\n`);
  const child = spawn('baresip', ['-s', '-v', '-f', folder], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.on('data', (chunk: Buffer) => {
      output += plain(chunk.toString());
    });
  }
  await eventually(`the baresip of ${user} is ready`, () => output.includes('baresip is ready.'));
  return {
    command: async (name, params = '') => plain(await control(controlPort, name, params)),
    output: () => output,
    stop: () => ended(child),
  };
}

/** Without the escapes that colour a terminal. */
const plain = (text: string): string => text.replaceAll(/\u001b\[[0-9;]*m/g, '');

/** One command over ctrl_tcp: a netstring with JSON each way; events that come between are passed over. */
async function control(port: number, command: string, params: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const text = JSON.stringify({ command, params, token: 'pharos' });
  socket.write(`${String(text.length)}:${text},`);
  let received = '';
  try {
    for await (const chunk of socket) {
      received += String(chunk);
      for (const [, json] of received.matchAll(/\d+:(\{.*?\}),(?=\d+:|$)/gs)) {
        if (json === undefined) continue;
        const message = JSON.parse(json) as { readonly token?: string; readonly data?: string };
        if (message.token === 'pharos') return message.data ?? '';
      }
    }
  } finally {
    socket.destroy();
  }
  throw new Error(`baresip closed the control connection: ${received}`);
}
