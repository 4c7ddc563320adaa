import { Command, CommanderError } from 'commander';
import type { CliCommand, ExitStatus, Terminal } from './command.ts';

/** One line about each command that only groups others. */
const groups: Readonly<Record<string, string>> = {
  user: 'Adds, lists, changes and removes accounts.',
  alias: 'Other names of users.',
  ban: 'Who is shut out.',
};

/** Reads the command line, runs the command it names and says how the process is to end. The one door to commander. */
export async function runProgram(
  commands: readonly CliCommand[],
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitStatus> {
  let status: ExitStatus = 0;
  const program = prepared(new Command('pharos'), terminal)
    .description('Presence and event server for SIP.')
    .version(terminal.version, '-V, --version', 'print the version')
    .addHelpText(
      'after',
      '\nStart here: pharos serve --domain example.org\nThen:       pharos user add alice@example.org',
    );
  for (const command of commands) {
    const target = placeOf(program, command.path, terminal).summary(command.summary).description(command.summary);
    for (const argument of command.arguments ?? []) target.argument(argument.name, argument.doc);
    for (const { flags, doc, repeated } of command.options ?? []) {
      if (repeated === true) target.option(flags, doc, collect);
      else target.option(flags, doc);
    }
    target.action(async () => {
      status = await command.run({ arguments: target.processedArgs, options: target.opts() }, terminal);
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
}

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

function placeOf(program: Command, path: readonly string[], terminal: Terminal): Command {
  let place = program;
  path.forEach((name, depth) => {
    const known = place.commands.find((command) => command.name() === name);
    place =
      known ?? prepared(place.command(name).description(depth < path.length - 1 ? (groups[name] ?? '') : ''), terminal);
  });
  return place;
}

/** Faults are sentences on standard error, and thrown rather than ending the process. */
const prepared = (command: Command, terminal: Terminal): Command =>
  command
    .exitOverride()
    .showHelpAfterError('Run it with --help for what it takes.')
    .configureOutput({
      writeOut: (text) => {
        terminal.say(text.trimEnd());
      },
      writeErr: (text) => {
        terminal.complain(text.trimEnd());
      },
    });
