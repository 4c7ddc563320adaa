import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { LineConnection } from '../../../net/local-socket.ts';
import { connectLocal, listenLocal } from '../../../net/local-socket.ts';

const bounds = { lineBytesMax: 1_000, connectionsMax: 2 };

function pathOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pharos-local-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  return join(folder, 's.sock');
}

async function echo(t: TestContext): Promise<string> {
  const path = pathOf(t);
  const server = await listenLocal(path, bounds, (connection) => ({
    onLine: (line) => void connection.send(`echo ${line}`),
    onClosed() {},
  }));
  assert.ok(server.ok);
  t.after(() => server.value.stop());
  return path;
}

/** A connection whose lines, and whose end, can be waited for. */
async function open(
  path: string,
): Promise<{ readonly connection: LineConnection; readonly next: () => Promise<string> }> {
  const lines: string[] = [];
  let wake = (): void => undefined;
  const take = (line: string): void => {
    lines.push(line);
    wake();
  };
  const connected = await connectLocal(path, 10_000_000, {
    onLine: take,
    onClosed: () => {
      take('(closed)');
    },
  });
  assert.ok(connected.ok);
  const next = async (): Promise<string> => {
    while (lines.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return lines.shift() ?? '';
  };
  return { connection: connected.value, next };
}

test('lines go both ways, also several in one piece and with characters of several bytes', async (t) => {
  const { connection, next } = await open(await echo(t));
  connection.send('one');
  connection.send('zwei Grüße 👋');
  assert.equal(await next(), 'echo one');
  assert.equal(await next(), 'echo zwei Grüße 👋');
  connection.close();
  assert.equal(await next(), '(closed)');
});

test('a line longer than its bound, finished or not, closes the connection', async (t) => {
  const path = await echo(t);
  const finished = await open(path);
  finished.connection.send('x'.repeat(1_001));
  assert.equal(await finished.next(), '(closed)');
});

test('connections beyond the bound are closed at once', async (t) => {
  const path = await echo(t);
  const [one, two] = [await open(path), await open(path)];
  const third = await open(path);
  assert.equal(await third.next(), '(closed)');
  one.connection.send('still here');
  assert.equal(await one.next(), 'echo still here');
  two.connection.close();
});

test('drained is fulfilled when a slow reader has read, and when it has gone', async (t) => {
  const path = pathOf(t);
  let accepted: ((connection: LineConnection) => void) | undefined;
  const connection = new Promise<LineConnection>((resolve) => (accepted = resolve));
  const server = await listenLocal(path, bounds, (each) => {
    accepted?.(each);
    return { onLine() {}, onClosed() {} };
  });
  assert.ok(server.ok);
  t.after(() => server.value.stop());
  const { next } = await open(path);
  const serving = await connection;
  let sent = 0;
  while (serving.send('y'.repeat(100_000)) && sent < 1_000) sent += 1;
  await serving.drained();
  assert.equal((await next()).length, 100_000);
  await server.value.stop();
  await serving.drained();
});
