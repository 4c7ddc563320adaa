import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, isBound } from './ports.ts';
import { eventually } from './programs.ts';
import { writeScenario } from './scenario.ts';
import { type Sipp, type SippAddress, startSipp } from './sipp.ts';
import { passwordOf } from './stage.ts';

/** One phone of a call: a sipp with a scenario of `sipp/calls`. */
export interface Phone {
  /** '' for a contact where nobody waits, 'silent' for a UDP socket that reads and never answers. */
  readonly scenario: string;
  readonly user: string;
  /** How the server reaches it and it the server; UDP over IPv4 when left out. */
  readonly over?: 'udp4' | 'tcp4' | 'udp6' | 'tcp6';
  /** Further values of its scenario; `{port}` in one is the server's port, `{called}` that of the first phone that waits. */
  readonly values?: Readonly<Record<string, string>>;
  /** The contact it registers in place of its own address; '' for none. Only of phones that are called. */
  readonly contact?: string;
}

/** A call: phones that wait, and one that calls. */
export interface Call {
  readonly called: readonly Phone[];
  readonly caller: Phone;
}

/** Where a call takes place: `Stage` is one. */
export interface Exchange {
  readonly folder: string;
  at(key: string): SippAddress;
}

/**
 * Plays a call to its end.
 *
 * @param where  of the caller
 * @param calledWhere  of those who are called, when that is elsewhere
 * @returns what went wrong, a text for each phone whose scenario failed; empty when everything went as written
 */
export async function playCall(
  call: Call,
  name: string,
  where: Exchange,
  calledWhere: Exchange = where,
): Promise<readonly string[]> {
  const folder = join(where.folder, name);
  const waiting: { readonly phone: Phone; readonly sipp: Sipp }[] = [];
  const faults: string[] = [];
  const endAll = (): void => {
    for (const { sipp } of waiting.splice(0)) sipp.kill();
  };
  try {
    const ports: number[] = [];
    for (const [at, phone] of call.called.entries()) {
      const port = await freePort(hostOf(phone));
      ports.push(port);
      const sipp = await openCalled(phone, calledWhere, join(folder, `called-${String(at)}`), port);
      if (sipp !== undefined) waiting.push({ phone, sipp });
    }
    const values = replaced(call.caller.values, '{called}', String(ports[0]));
    const port = await freePort(hostOf(call.caller));
    const { run } = start({ ...call.caller, values }, where, join(folder, 'caller'), port, call.caller.scenario);
    const runs = waiting.map((one) => ({ phone: one.phone, run: one.sipp.run }));
    for (const { phone, run: ended } of [{ phone: call.caller, run }, ...runs]) {
      faults.push(...(await faultsOf(phone, ended)));
      // The others wait for what will never come.
      if (faults.length > 0) endAll();
    }
  } finally {
    endAll();
  }
  return faults;
}

/** One phone at work, the other side being another program. */
export interface PhoneAtWork {
  /** What went wrong, once its scenario has ended; empty when everything went as written. */
  readonly faults: Promise<readonly string[]>;
}

/** Registers a phone and lets it wait for a call. */
export async function ring(phone: Phone, where: Exchange, name: string): Promise<PhoneAtWork> {
  const sipp = await openCalled(phone, where, join(where.folder, name), await freePort(hostOf(phone)));
  return { faults: faultsOf(phone, sipp?.run) };
}

/** Starts a phone that calls. */
export async function startCaller(phone: Phone, where: Exchange, name: string): Promise<PhoneAtWork> {
  const port = await freePort(hostOf(phone));
  return { faults: faultsOf(phone, start(phone, where, join(where.folder, name), port, phone.scenario).run) };
}

async function faultsOf({ user, scenario }: Phone, run: Sipp['run'] | undefined): Promise<readonly string[]> {
  const { code, errors } = (await run) ?? { code: 0, errors: '' };
  return code === 0 ? [] : [`${user} (${scenario}) ended with ${String(code)}: ${errors}`];
}

/** Registers a phone and lets it wait at the address it registered. */
async function openCalled(phone: Phone, exchange: Exchange, folder: string, port: number): Promise<Sipp | undefined> {
  const over = phone.over ?? 'udp4';
  const transport = transportOf(phone);
  const { port: serverPort } = exchange.at(over);
  const own = `sip:${phone.user}@[local_ip]:[local_port]${transport === 'tcp' ? ';transport=tcp' : ''}`;
  const contact = phone.contact?.replace('{port}', String(serverPort)) ?? own;
  if (contact !== '') {
    // Over UDP from the port where it will wait, so that the contact is what it seems, whatever it is called over.
    const values = { params: '', rport: ';rport', ...phone.values, contact };
    const binder: Phone = { ...phone, over: over.endsWith('6') ? 'udp6' : 'udp4', values };
    const { code, errors } = await start(binder, exchange, join(folder, 'bind'), port, 'bind').run;
    if (code !== 0) throw new Error(`${phone.user} cannot register: ${errors}`);
  }
  if (phone.scenario === '') return undefined;
  if (phone.scenario === 'silent') return openSilent(hostOf(phone), port);
  const sipp = start(phone, exchange, folder, port, phone.scenario);
  await eventually(`${phone.user} waits at ${String(port)}`, () => isBound(transport, port), 5000);
  return sipp;
}

async function openSilent(host: string, port: number): Promise<Sipp> {
  const socket = createSocket(host === '::1' ? 'udp6' : 'udp4');
  socket.bind({ address: host, port });
  await once(socket, 'listening');
  return { run: Promise.resolve({ code: 0, errors: '' }), kill: () => socket.close() };
}

function start(phone: Phone, exchange: Exchange, folder: string, port: number, scenario: string): Sipp {
  const server = exchange.at(phone.over ?? 'udp4');
  mkdirSync(folder, { recursive: true });
  const file = writeScenario(folder, scenario, {
    user: phone.user,
    password: passwordOf(phone.user),
    domain: 'example.org',
    headers: '',
    furtherVia: '',
    expects: '^INVITE',
    cseq: '2',
    ...replaced(phone.values, '{port}', String(server.port)),
  });
  return startSipp({
    file,
    folder,
    transport: transportOf(phone),
    host: hostOf(phone),
    port,
    server,
  });
}

const hostOf = ({ over }: Phone): string => (over?.endsWith('6') === true ? '::1' : '127.0.0.1');
const transportOf = ({ over }: Phone): 'udp' | 'tcp' => (over?.startsWith('tcp') === true ? 'tcp' : 'udp');

const replaced = (values: Phone['values'], mark: string, by: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values ?? {}).map(([key, value]) => [key, value.replaceAll(mark, by)]));
