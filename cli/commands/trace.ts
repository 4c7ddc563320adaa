import { closeSync, openSync, writeSync } from 'node:fs';
import type { Result } from '../../kernel/result.ts';
import { fail, ok } from '../../kernel/result.ts';
import { followedPacket } from '../../trace/followed-packet.ts';
import type { Followed } from '../../trace/followers.ts';
import { messageLine, wholeMessage } from '../../trace/message-line.ts';
import { captureStart } from '../../trace/pcapng.ts';
import type { CliCall, CliCommand, Terminal } from '../command.ts';
import { throughServer } from '../door.ts';
import { settingsOptions } from '../settings.ts';

/** `pharos trace`: shows the messages of the running server until Ctrl-C. */
export const trace: CliCommand = {
  path: ['trace'],
  summary: 'Shows SIP messages of the running server as they come and go, until Ctrl-C.',
  options: [
    { flags: '-u, --user <user>', doc: 'calls of a user: alice, alice@example.org, +493012345' },
    { flags: '--call-id <text>', doc: 'one call' },
    { flags: '-m, --method <names>', doc: 'calls with these methods in them, with commas: INVITE,REGISTER' },
    { flags: '--peer <address>', doc: 'what a peer sends and gets: 192.0.2.7 or 192.0.2.7:5060' },
    { flags: '-f, --full', doc: 'whole messages instead of one line each' },
    { flags: '--secrets', doc: 'digest responses, tokens and SRTP keys as they are instead of x' },
    { flags: '--count <number>', doc: 'ends after so many messages' },
    { flags: '--json', doc: 'one JSON object a line' },
    { flags: '-w, --write <file>', doc: 'writes them to a new file for Wireshark too (pcapng)' },
    ...settingsOptions,
  ],
  async run(call, terminal) {
    const asked = argsOf(call);
    if (!asked.ok) {
      terminal.complain(asked.fault);
      return 2;
    }
    if (terminal.outputIsTerminal) terminal.complain('Waiting for messages; Ctrl-C ends.');
    const show = shower(call, terminal);
    return throughServer(call, terminal, async (door) => {
      const file = openCapture(call.options['write'], terminal.version);
      if (!file.ok) return file;
      let fault: string | undefined;
      const outcome = await door.call('trace.follow', asked.value, (item) => {
        // The server and this program are one version: what it gives is what it says it gives.
        const followed = item as Followed;
        show(followed);
        if ('leftOut' in followed || fault !== undefined) return;
        const written = file.value.write(followedPacket(followed));
        if (written.ok) return;
        fault = written.fault;
        void door.close();
      });
      file.value.close();
      return fault === undefined ? outcome : fail(fault);
    });
  },
};

function argsOf({ options }: CliCall): Result<Readonly<Record<string, unknown>>, string> {
  const { user, callId, method, peer, count } = options;
  if (count !== undefined && !(typeof count === 'string' && /^\d{1,9}$/.test(count)))
    return fail('--count takes a whole number.');
  const whole = options['full'] === true || options['write'] !== undefined;
  const secrets = options['secrets'] === true;
  return ok({ user, callId, method, peer, whole, secrets, ...(count === undefined ? {} : { count: Number(count) }) });
}

function shower({ options }: CliCall, terminal: Terminal): (followed: Followed) => void {
  if (options['json'] === true) {
    return (followed) => {
      terminal.say(JSON.stringify(followed));
    };
  }
  const isFull = options['full'] === true;
  return (followed) => {
    if ('leftOut' in followed) {
      const noun = followed.leftOut === 1 ? 'message' : 'messages';
      terminal.complain(`${String(followed.leftOut)} ${noun} left out: more came than could be shown.`);
    } else terminal.say(isFull ? wholeMessage(followed) : messageLine(followed));
  };
}

/** The file of `--write`, or one that takes everything and keeps nothing. */
interface CaptureOut {
  /** @fault a sentence */
  write(packet: Buffer | undefined): Result<void, string>;
  close(): void;
}

const noFile: CaptureOut = { write: () => ok(undefined), close: () => undefined };

/** Written at once, packet by packet, so that the file is whole whenever Ctrl-C comes. */
function openCapture(path: unknown, version: string): Result<CaptureOut, string> {
  if (typeof path !== 'string') return ok(noFile);
  const attempt = <Value>(act: () => Value): Result<Value, string> => {
    try {
      return ok(act());
    } catch (error) {
      return fail(`${path} cannot be written (${error instanceof Error ? error.message : String(error)})`);
    }
  };
  const opened = attempt(() => openSync(path, 'wx', 0o600));
  if (!opened.ok) return opened;
  const write = (packet: Buffer): Result<void, string> => attempt(() => void writeSync(opened.value, packet));
  const begun = write(captureStart(`Pharos ${version}`));
  if (!begun.ok) return begun;
  return ok({
    write: (packet) => (packet === undefined ? ok(undefined) : write(packet)),
    close() {
      closeSync(opened.value);
    },
  });
}
