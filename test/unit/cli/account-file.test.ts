import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAccountLines } from '../../../cli/account-file.ts';

async function* linesOf(text: string): AsyncGenerator<string> {
  for (const line of text.split('\n')) yield await Promise.resolve(line);
}

const read = (text: string): ReturnType<typeof readAccountLines> => readAccountLines(linesOf(text), 'users.csv');

test('lines of user@domain,password are read; empty lines and comments are left out', async () => {
  const outcome = await read('\uFEFF# accounts\n\nalice@example.org,secret\n  bob@example.org , has, a comma \r\n');
  assert.ok(outcome.ok);
  assert.deepEqual(outcome.value, [
    { line: 3, user: 'alice@example.org', password: 'secret' },
    { line: 4, user: 'bob@example.org', password: ' has, a comma' },
  ]);
});

test('quoted fields keep commas, spaces and doubled quotes', async () => {
  const outcome = await read('"alice@example.org","a ""quoted"", one "\nbob@example.org,"x"\n');
  assert.ok(outcome.ok);
  assert.deepEqual(
    outcome.value.map(({ password }) => password),
    ['a "quoted", one ', 'x'],
  );
});

test('all wrong lines are told with their numbers, and nothing is given', async () => {
  const outcome = await read(
    'alice\nalice@example.org\nalice@example.org,\n"alice@example.org,x\n@example.org,x\na@b@c,x\nbob@example.org,b\n',
  );
  assert.ok(!outcome.ok);
  assert.deepEqual(
    outcome.fault,
    [1, 2, 3, 4, 5, 6].map((line) => `users.csv:${String(line)}: this is not user@domain,password.`),
  );
});

test('of very many wrong lines the first twenty are told and the rest counted', async () => {
  const outcome = await read('wrong\n'.repeat(1_000));
  assert.ok(!outcome.ok);
  assert.equal(outcome.fault.length, 21);
  assert.equal(outcome.fault[20], '... and 980 lines more.');
});
