import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takePassword } from '../../../cli/password.ts';
import { ok } from '../../../kernel/result.ts';
import { createFakeTerminal } from '../../support/fake-terminal.ts';

const call = (options: Readonly<Record<string, unknown>>): Parameters<typeof takePassword>[0] => ({
  arguments: [],
  options,
});

test('a person types the password twice', async () => {
  const terminal = createFakeTerminal({ secrets: ['secret', 'secret'] });
  assert.deepEqual(await takePassword(call({}), 'alice@example.org', terminal), ok('secret'));
});

test('two different passwords, an empty one, or giving up, change nothing', async () => {
  for (const secrets of [['one', 'other'], [''], [undefined], ['one', undefined]]) {
    const outcome = await takePassword(call({}), 'alice@example.org', createFakeTerminal({ secrets }));
    assert.ok(!outcome.ok && outcome.fault.endsWith('nothing was changed.'), JSON.stringify(secrets));
  }
});

test('--password-stdin takes the first line of standard input', async () => {
  const terminal = createFakeTerminal({ input: ['secret', 'more'] });
  assert.deepEqual(await takePassword(call({ passwordStdin: true }), 'a@b', terminal), ok('secret'));
  assert.equal((await takePassword(call({ passwordStdin: true }), 'a@b', createFakeTerminal({ input: [] }))).ok, false);
  assert.equal(
    (await takePassword(call({ passwordStdin: true }), 'a@b', createFakeTerminal({ input: [''] }))).ok,
    false,
  );
});

test('--password is taken with a warning', async () => {
  const terminal = createFakeTerminal({});
  assert.deepEqual(await takePassword(call({ password: 'secret' }), 'a@b', terminal), ok('secret'));
  assert.match(terminal.complained[0] ?? '', /can be seen by others/);
});

test('with nobody to ask, the fault says what to do', async () => {
  const outcome = await takePassword(call({}), 'a@b', createFakeTerminal({}));
  assert.ok(!outcome.ok && outcome.fault.includes('--password-stdin'));
});
