import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aliasOperations } from '../../../admin/alias-operations.ts';
import { banOperations } from '../../../admin/ban-operations.ts';
import type { ControlOperation } from '../../../admin/control-operation.ts';
import { fail, ok } from '../../../kernel/result.ts';

const run = async (operations: readonly ControlOperation[], op: string, args: Record<string, unknown>) => {
  const operation = operations.find((one) => one.op === op);
  assert.ok(operation !== undefined, op);
  const outcome = await operation.run(args, new AbortController().signal);
  return outcome.ok ? [...(outcome.value as Iterable<unknown>)] : outcome.fault;
};

function bans() {
  const calls: unknown[] = [];
  const operations = banOperations({
    add: (...given) => {
      calls.push(given);
      return Promise.resolve(ok(undefined));
    },
    remove: (source) => Promise.resolve(fail(`${source} is not banned`)),
    list: () => [{ source: '192.0.2.7', reason: 'spam', until: '2026-01-01T00:00:00.000Z' }],
  });
  return { operations, calls };
}

test('ban.add hands on source, reason and length; without a reason it is the operator', async () => {
  const { operations, calls } = bans();
  assert.deepEqual(await run(operations, 'ban.add', { source: '192.0.2.7', seconds: 60, reason: 'spam' }), []);
  assert.deepEqual(await run(operations, 'ban.add', { source: '192.0.2.8', seconds: 1 }), []);
  assert.deepEqual(calls, [
    ['192.0.2.7', 'spam', 60],
    ['192.0.2.8', 'operator', 1],
  ]);
});

for (const args of [
  {},
  { source: '' },
  { source: '192.0.2.7' },
  { source: '192.0.2.7', seconds: 0 },
  { source: '192.0.2.7', seconds: 1.5 },
  { source: '192.0.2.7', seconds: '60' },
  { source: 'x'.repeat(2000), seconds: 60 },
]) {
  test(`ban.add refuses ${JSON.stringify(args).slice(0, 60)}`, async () => {
    const { operations, calls } = bans();
    assert.equal(typeof (await run(operations, 'ban.add', args)), 'string');
    assert.deepEqual(calls, []);
  });
}

test('ban.remove tells the fault, ban.list the bans', async () => {
  const { operations } = bans();
  assert.equal(await run(operations, 'ban.remove', { source: '192.0.2.9' }), '192.0.2.9 is not banned');
  assert.deepEqual(await run(operations, 'ban.list', {}), [
    { source: '192.0.2.7', reason: 'spam', until: '2026-01-01T00:00:00.000Z' },
  ]);
});

test('alias operations want both names, and tell faults', async () => {
  const operations = aliasOperations({
    add: (alias, target) => Promise.resolve(alias === 'a@x' && target === 'b@x' ? ok(undefined) : fail('no')),
    remove: () => Promise.resolve(ok(undefined)),
    list: () => [{ alias: 'a@x', target: 'b@x' }],
  });
  assert.deepEqual(await run(operations, 'alias.add', { alias: 'a@x', target: 'b@x' }), []);
  assert.equal(await run(operations, 'alias.add', { alias: 'a@x', target: 'c@x' }), 'no');
  assert.equal(await run(operations, 'alias.add', { alias: 'a@x' }), 'target is missing');
  assert.equal(await run(operations, 'alias.add', { target: 'b@x' }), 'alias is missing');
  assert.deepEqual(await run(operations, 'alias.remove', { alias: 'a@x' }), []);
  assert.deepEqual(await run(operations, 'alias.list', {}), [{ alias: 'a@x', target: 'b@x' }]);
});
