import { createInterface } from 'node:readline';
import type { Environment } from '../config/load.ts';
import type { Terminal } from './command.ts';

/** Longest password typed. */
const secretLengthMax = 1024;

/** The terminal of this process. */
export function createTerminal(version: string, environment: Environment): Terminal {
  const { stdin, stdout, stderr } = process;
  // A reader that has gone (`pharos user list | head`) is no fault of ours.
  stdout.on('error', () => undefined);
  stderr.on('error', () => undefined);
  return {
    say(line) {
      stdout.write(`${line}\n`);
    },
    complain(line) {
      stderr.write(`${line}\n`);
    },
    write(text) {
      stdout.write(text);
    },
    writeError(text) {
      stderr.write(text);
    },
    version,
    outputIsTerminal: stdout.isTTY,
    inputIsTerminal: stdin.isTTY,
    askSecret: (question) => askSecret(question),
    inputLines: () => createInterface({ input: stdin, crlfDelay: Infinity }),
    environment,
  };
}

/** Reads keys one by one, since a terminal left to itself would show them. */
function askSecret(question: string): Promise<string | undefined> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise((resolve) => {
    let typed = '';
    const end = (answer: string | undefined): void => {
      stdin.off('data', onKeys);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      resolve(answer);
    };
    const onKeys = (keys: string): void => {
      for (const key of keys) {
        if (key === '\r' || key === '\n') {
          end(typed);
          return;
        }
        if (key === '\u0003' || key === '\u0004') {
          end(undefined);
          return;
        }
        if (key === '\u007f' || key === '\b') typed = typed.slice(0, -1);
        else if (key >= ' ' && typed.length < secretLengthMax) typed += key;
      }
    };
    stdin.on('data', onKeys);
  });
}
