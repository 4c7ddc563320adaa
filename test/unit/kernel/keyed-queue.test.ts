import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeyedQueue } from '../../../kernel/keyed-queue.ts';
import { limits } from '../../../kernel/limits.ts';

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
  fail(reason: Error): void;
}

function createGate(): Gate {
  let open = (): void => undefined;
  let fail: (reason: Error) => void = () => undefined;
  const opened = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { opened, open: () => open(), fail: (reason) => fail(reason) };
}

const never = (): never => assert.fail('the queue is not full');
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

test('an idle key runs a task at once, and without a promise when the task needs none', () => {
  const queue = createKeyedQueue<string>();
  assert.equal(
    queue.run('a', () => 5, never),
    5,
  );
  assert.equal(queue.size, 0);
});

test('tasks of one key run one after the other, those of others meanwhile', async () => {
  const queue = createKeyedQueue<string>();
  const gate = createGate();
  const seen: string[] = [];
  const first = queue.run(
    'a',
    async () => {
      seen.push('first begins');
      await gate.opened;
      seen.push('first ends');
      return 1;
    },
    () => 0,
  );
  const second = queue.run(
    'a',
    () => {
      seen.push('second');
      return 2;
    },
    () => 0,
  );
  assert.equal(
    queue.run('b', () => seen.push('other key'), never),
    2,
  );
  gate.open();
  assert.deepEqual(await Promise.all([first, second]), [1, 2]);
  assert.deepEqual(seen, ['first begins', 'other key', 'first ends', 'second']);
  await settled();
  assert.equal(queue.size, 0);
});

test('a task that fails does not keep the next one from running', async () => {
  const queue = createKeyedQueue<string>();
  const gate = createGate();
  const failing = queue.run(
    'a',
    () => gate.opened.then(() => 1),
    () => 0,
  );
  const throwing = queue.run(
    'a',
    (): number => {
      throw new Error('second');
    },
    () => 0,
  );
  const third = queue.run(
    'a',
    () => 3,
    () => 0,
  );
  gate.fail(new Error('first'));
  await assert.rejects(async () => failing, /first/);
  await assert.rejects(async () => throwing, /second/);
  assert.equal(await third, 3);
  await settled();
  assert.equal(queue.size, 0);
});

test('a task that begins another one of its key before it waits does not lose its place', async () => {
  const queue = createKeyedQueue<string>();
  const outer = createGate();
  const inner = createGate();
  let isThirdRun = false;
  void queue.run(
    'a',
    () => {
      void queue.run(
        'a',
        () => inner.opened,
        () => undefined,
      );
      return outer.opened;
    },
    () => undefined,
  );
  void queue.run(
    'a',
    () => {
      isThirdRun = true;
    },
    () => undefined,
  );
  outer.open();
  await settled();
  assert.equal(isThirdRun, false);
  inner.open();
  await settled();
  assert.equal(isThirdRun, true);
  assert.equal(queue.size, 0);
});

test('beyond limits.keyedQueueLengthMax waiting tasks the answer is that of `full`', async () => {
  const queue = createKeyedQueue<string>();
  const gate = createGate();
  const results: (string | Promise<string>)[] = [
    queue.run(
      'a',
      () => gate.opened.then(() => 'ran'),
      () => 'full',
    ),
  ];
  for (let index = 0; index <= limits.keyedQueueLengthMax; index += 1) {
    results.push(
      queue.run(
        'a',
        () => 'ran',
        () => 'full',
      ),
    );
  }
  assert.equal(results.at(-1), 'full');
  gate.open();
  const outcomes = await Promise.all(results.map(async (result) => result));
  assert.equal(outcomes.filter((outcome) => outcome === 'ran').length, limits.keyedQueueLengthMax + 1);
});
