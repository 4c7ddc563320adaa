import { openRemoteDoor } from '../admin/control-door.ts';
import type { ControlDoor } from '../admin/control-operation.ts';
import type { Result } from '../kernel/result.ts';
import { fail } from '../kernel/result.ts';
import { controlSocketOf } from '../server/control-socket.ts';
import { openOffline } from '../server/offline.ts';
import type { CliCall, ExitStatus, Terminal } from './command.ts';
import type { Settings } from './settings.ts';
import { complainOfSettings, readSettings } from './settings.ts';

/** The running server when there is one, so that a change acts at once; else its database, opened here. */
export async function openDoor(settings: Settings): Promise<Result<ControlDoor, string>> {
  const socket = controlSocketOf(settings.values.server);
  if (socket !== undefined) {
    const remote = await openRemoteDoor(socket);
    if (remote.ok || remote.fault !== 'absent') return remote;
  }
  if (settings.values.server.database === ':memory:') {
    return fail('A database in memory is reached only through its running server: set server.controlSocket for both');
  }
  return openOffline(settings.values);
}

/** The running server, for what a database cannot tell. */
async function openServer(settings: Settings): Promise<Result<ControlDoor, string>> {
  const socket = controlSocketOf(settings.values.server);
  if (socket === undefined) return fail('The server has no control socket: see server.controlSocket');
  const remote = await openRemoteDoor(socket);
  if (remote.ok || remote.fault !== 'absent') return remote;
  return fail(`No server listens on ${socket}: give the same --database or --config as it has`);
}

type Work = (door: ControlDoor, settings: Settings) => Promise<Result<void, string>>;

/** Opens the door, does the work, closes it; faults become sentences and the exit status. */
export const throughDoor = (call: CliCall, terminal: Terminal, work: Work): Promise<ExitStatus> =>
  through(openDoor, call, terminal, work);

/** The same with the running server alone. */
export const throughServer = (call: CliCall, terminal: Terminal, work: Work): Promise<ExitStatus> =>
  through(openServer, call, terminal, work);

async function through(open: typeof openDoor, call: CliCall, terminal: Terminal, work: Work): Promise<ExitStatus> {
  const settings = readSettings(call, terminal);
  if (!settings.ok) {
    complainOfSettings(settings.fault, terminal);
    return 2;
  }
  const door = await open(settings.value);
  if (!door.ok) {
    terminal.complain(sentence(door.fault));
    return 1;
  }
  const outcome = await work(door.value, settings.value);
  await door.value.close();
  if (outcome.ok) return 0;
  terminal.complain(sentence(outcome.fault));
  return 1;
}

/** A clause as a sentence: a full stop at the end and a capital at the start, save where it starts with a name. */
export const sentence = (clause: string): string => {
  const startsWithWord = /^[a-z]+[ ,]/.test(clause);
  const text = startsWithWord ? clause.charAt(0).toUpperCase() + clause.slice(1) : clause;
  return /[.!?]$/.test(text) ? text : `${text}.`;
};
