import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { startControl } from '../../../admin/control.ts';
import { openLocalDoor, openRemoteDoor } from '../../../admin/control-door.ts';
import type { ControlOperation } from '../../../admin/control-operation.ts';
import { limits } from '../../../kernel/limits.ts';
import { silentLog } from '../../../kernel/log.ts';
import { fail, ok } from '../../../kernel/result.ts';

function socketPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pharos-control-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  return join(folder, 'p.sock');
}

async function* forever(signal: AbortSignal, onEnd: () => void): AsyncGenerator<number> {
  try {
    for (let count = 0; !signal.aborted; count += 1) {
      yield count;
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    onEnd();
  }
}

function operationsFor(onEnd: () => void = () => undefined): readonly ControlOperation[] {
  const of = (op: string, run: ControlOperation['run']): ControlOperation => ({ op, doc: '', run });
  return [
    of('echo', (args) => Promise.resolve(ok([args['one'], args['two']]))),
    of('refuse', () => Promise.resolve(fail('no such thing'))),
    of('throw', () => {
      throw new Error('broken');
    }),
    of('follow', (_args, signal) => Promise.resolve(ok(forever(signal, onEnd)))),
  ];
}

async function started(t: TestContext, onEnd?: () => void): Promise<string> {
  const path = socketPath(t);
  const control = await startControl({ log: silentLog, operations: operationsFor(onEnd) }, path);
  assert.ok(control.ok);
  t.after(() => control.value.stop());
  return path;
}

/** Speaks raw lines; gives what came until the connection closed or `lines` lines are there. */
function raw(path: string, text: string, lines: number): Promise<string> {
  return new Promise((resolve) => {
    let got = '';
    const socket = connect({ path }, () => socket.write(text));
    socket.on('data', (chunk) => {
      got += String(chunk);
      if (got.split('\n').length > lines) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(got);
    });
  });
}

test('an operation answers with its items, then the end', async (t) => {
  const path = await started(t);
  const door = await openRemoteDoor(path);
  assert.ok(door.ok);
  const items: unknown[] = [];
  assert.deepEqual(
    await door.value.call('echo', { one: 'å\n', two: { deep: [1] } }, (item) => items.push(item)),
    ok(undefined),
  );
  assert.deepEqual(items, ['å\n', { deep: [1] }]);
  assert.deepEqual(await door.value.call('refuse', {}), fail('no such thing'));
  await door.value.close();
});

test('only the owner may use the socket', async (t) => {
  assert.equal(statSync(await started(t)).mode & 0o777, 0o600);
});

test('an unknown operation, a line that is no request and an operation that throws are answered with a fault', async (t) => {
  const path = await started(t);
  const got = await raw(path, '{"op":"nothing"}\nnonsense\n[]\n{"op":"throw"}\n{"op":"echo","args":{"one":1}}\n', 7);
  const lines = got
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.match(String(lines[0]?.['fault']), /no operation nothing; it has echo, refuse, throw, follow/);
  assert.match(String(lines[1]?.['fault']), /one JSON object/);
  assert.match(String(lines[2]?.['fault']), /one JSON object/);
  assert.match(String(lines[3]?.['fault']), /failed at this/);
  assert.deepEqual(lines.slice(4), [{ item: 1 }, {}, { end: true }]);
});

test('a request line without end, and requests without number, close the connection', async (t) => {
  const path = await started(t);
  assert.equal(await raw(path, 'x'.repeat(limits.controlLineBytesMax + 2), 1), '');
  const many = '{"op":"follow"}\n'.repeat(limits.controlRequestsWaitingMax + 10);
  assert.ok((await raw(path, many, 1e9)).length < 1e6);
});

test('an answer without end stops when the caller has gone', async (t) => {
  let ended = (): void => undefined;
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const path = await started(t, ended);
  assert.ok((await raw(path, '{"op":"follow"}\n', 3)).startsWith('{"item":0}\n{"item":1}\n'));
  await end;
});

test('a caller waiting for an answer hears when the server stops', async (t) => {
  const path = socketPath(t);
  const control = await startControl({ log: silentLog, operations: operationsFor() }, path);
  assert.ok(control.ok);
  const door = await openRemoteDoor(path);
  assert.ok(door.ok);
  const outcome = await door.value.call('follow', {}, () => void control.value.stop());
  assert.equal(outcome.ok, false);
});

test('without a server the remote door is absent, and a socket left behind is taken over', async (t) => {
  const path = socketPath(t);
  assert.deepEqual(await openRemoteDoor(path), fail('absent'));
  writeFileSync(path, '');
  assert.deepEqual(await openRemoteDoor(path), fail('absent'));
  const control = await startControl({ log: silentLog, operations: [] }, path);
  assert.ok(control.ok);
  await control.value.stop();
});

test('a socket on which another process listens is left alone', async (t) => {
  const path = socketPath(t);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen({ path }, resolve));
  t.after(() => other.close());
  const control = await startControl({ log: silentLog, operations: [] }, path);
  assert.equal(control.ok, false);
});

test('a name too long for a socket is a fault with a sentence', async () => {
  const control = await startControl({ log: silentLog, operations: [] }, `/tmp/${'x'.repeat(200)}`);
  assert.ok(!control.ok && /longer than/.test(control.fault));
});

test('the local door runs the same operations without a server', async () => {
  let closed = false;
  const door = openLocalDoor(operationsFor(), () => {
    closed = true;
    return Promise.resolve();
  });
  const items: unknown[] = [];
  assert.deepEqual(await door.call('echo', { one: 1, two: 2 }, (item) => items.push(item)), ok(undefined));
  assert.deepEqual(items, [1, 2]);
  assert.deepEqual(await door.call('refuse', {}), fail('no such thing'));
  await door.close();
  assert.equal(closed, true);
});
