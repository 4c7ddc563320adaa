import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CliCall, CliCommand } from '../../../cli/command.ts';
import { commands } from '../../../cli/commands/index.ts';
import { runProgram } from '../../../cli/program.ts';
import { createFakeTerminal } from '../../support/fake-terminal.ts';

function recorder(): { readonly command: CliCommand; readonly calls: CliCall[] } {
  const calls: CliCall[] = [];
  const command: CliCommand = {
    path: ['user', 'add'],
    summary: 'Adds.',
    arguments: [{ name: '<user>', doc: 'who' }],
    options: [
      { flags: '--set <assignment>', doc: 'a setting', repeated: true },
      { flags: '-l, --listen <address...>', doc: 'where' },
    ],
    run(call) {
      calls.push(call);
      return Promise.resolve(1);
    },
  };
  return { command, calls };
}

test('a command gets its arguments and options, and its status is the status of the process', async () => {
  const { command, calls } = recorder();
  const args = ['user', 'add', '--set', 'a.b=1', 'alice@example.org', '--set', 'c.d=2', '--listen', 'x', 'y'];
  assert.equal(await runProgram([command], args, createFakeTerminal({})), 1);
  assert.deepEqual(calls, [
    { arguments: ['alice@example.org'], options: { set: ['a.b=1', 'c.d=2'], listen: ['x', 'y'] } },
  ]);
});

test('a wrong use is told with what is near, and ends with status 2', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['usr'], /unknown command 'usr'[\s\S]*Did you mean user/],
    [['user', 'ad'], /unknown command 'ad'/],
    [['user', 'add'], /missing required argument 'user'/],
    [['user', 'add', 'a', '--sett', 'x'], /unknown option '--sett'[\s\S]*Did you mean --set/],
    [['user', 'add', 'a', 'b'], /too many arguments/],
  ];
  for (const [args, text] of cases) {
    const terminal = createFakeTerminal({});
    assert.equal(await runProgram([recorder().command], args, terminal), 2, args.join(' '));
    assert.match(terminal.complained.join('\n'), text);
  }
});

test('help and version go to standard output and end with status 0', async () => {
  const help = createFakeTerminal({});
  assert.equal(await runProgram(commands, ['--help'], help), 0);
  assert.match(help.said.join('\n'), /pharos user add alice@example\.org/);
  const version = createFakeTerminal({});
  assert.equal(await runProgram(commands, ['--version'], version), 0);
  assert.deepEqual(version.said, ['1.2.3']);
});

test('every command has a help text', async () => {
  for (const { path, summary } of commands) {
    const terminal = createFakeTerminal({});
    assert.equal(await runProgram(commands, [...path, '--help'], terminal), 0);
    assert.ok(terminal.said.join('\n').includes(summary.slice(0, 30)), path.join(' '));
  }
});

test('check-config tells all faults with status 2, and otherwise what is set and where', async () => {
  const wrong = createFakeTerminal({ environment: { PHAROS_LOG_LEVEL: 'loud' } });
  assert.equal(await runProgram(commands, ['check-config', '--listen', 'udp:x', '--set', 'log.formt=json'], wrong), 2);
  const text = wrong.complained.join('\n');
  assert.match(text, /The configuration has 3 faults:/);
  assert.match(text, /PHAROS_LOG_LEVEL: log\.level is "loud", but takes one of debug, info, warn, error/);
  assert.match(text, /--listen: server\.listen has the entry "udp:x", which is not of the form/);
  assert.match(text, /--set log\.formt: there is no setting called log\.formt\. Did you mean log\.format\./);

  const good = createFakeTerminal({ environment: { PHAROS_DOMAIN: 'example.org' } });
  assert.equal(await runProgram(commands, ['check-config', '--log-level', 'debug'], good), 0);
  assert.match(good.said.join('\n'), /server\.domains = \["example\.org"\] {2}\(PHAROS_DOMAIN\)/);
  assert.match(good.said.join('\n'), /log\.level = "debug" {2}\(--log-level\)/);
});
