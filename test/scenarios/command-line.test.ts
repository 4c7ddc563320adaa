import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pharos-cli-'));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

function spawnPharos(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  });
}

/** Runs a command to its end. */
function run(
  folder: string,
  args: readonly string[],
  input = '',
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawnPharos(folder, args, environment);
  child.stdin.end(input);
  return ended(child);
}

function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  return new Promise((resolve) => {
    child.once('close', (status) => {
      resolve({ status, out, err });
    });
  });
}

interface Serving {
  readonly child: ChildProcessWithoutNullStreams;
  readonly end: Promise<Ended>;
  /** Fulfilled when standard output or standard error has said this. */
  said(text: string): Promise<string>;
}

function serve(t: TestContext, folder: string, args: readonly string[] = []): Serving {
  const child = spawnPharos(folder, ['serve', '--domain', 'example.org', '--listen', 'udp:127.0.0.1:0', ...args]);
  t.after(() => {
    child.kill('SIGKILL');
  });
  let all = '';
  const waiting: (() => void)[] = [];
  const take = (chunk: unknown): void => {
    all += String(chunk);
    for (const check of waiting) check();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  return {
    child,
    end: ended(child),
    said: (text) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (all.includes(text)) resolve(all);
        };
        waiting.push(check);
        child.once('close', () => {
          reject(new Error(`it ended without saying ${text}: ${all}`));
        });
        check();
      }),
  };
}

const user = ['--domain', 'example.org'];

test('serve makes the database, says what to do next, and ends with 0 on SIGTERM', async (t) => {
  const folder = folderOf(t);
  const serving = serve(t, folder);
  const said = await serving.said('Ctrl-C stops the server.');
  assert.match(said, /Pharos \d+\.\d+\.\d+ is ready\./);
  assert.match(said, /udp:127\.0\.0\.1:\d+/);
  assert.match(said, /\.\/data\/pharos\.sqlite \(made just now\), 0 accounts/);
  assert.equal(statSync(join(folder, 'data/pharos.sqlite')).mode & 0o077, 0, 'only the owner may read the database');
  assert.equal(statSync(join(folder, 'data/pharos.sqlite.sock')).mode & 0o777, 0o600);
  serving.child.kill('SIGTERM');
  const { status, out } = await serving.end;
  assert.equal(status, 0);
  for (const line of out.trim().split('\n'))
    assert.equal(typeof JSON.parse(line), 'object', 'every line of standard output is JSON');
  assert.equal(existsSync(join(folder, 'data/pharos.sqlite.sock')), false, 'the control socket is gone');
});

test('accounts are changed through the running server, and on the database when none runs', async (t) => {
  const folder = folderOf(t);
  const added = await run(folder, ['user', 'add', 'alice@example.org', '--password-stdin', ...user], 'secret\n');
  assert.deepEqual(added, { status: 0, out: 'alice@example.org is added and can register.\n', err: '' });

  const serving = serve(t, folder);
  assert.match(await serving.said('Ctrl-C'), /1 account/);
  const bob = await run(folder, ['user', 'add', 'bob@example.org', '--password', 'secret', ...user]);
  assert.equal(bob.status, 0);
  assert.match(bob.err, /Warning: a password on the command line can be seen/);
  assert.equal((await run(folder, ['user', 'list', ...user])).out, 'alice@example.org\nbob@example.org\n');
  const again = await run(folder, ['user', 'add', 'bob@example.org', '--password-stdin', ...user], 'x\n');
  assert.deepEqual(again, {
    status: 1,
    out: '',
    err: 'bob@example.org exists already; change its password with: pharos user passwd bob@example.org.\n',
  });
  assert.equal(
    (await run(folder, ['user', 'passwd', 'bob@example.org', '--password-stdin', ...user], 'y\n')).status,
    0,
  );
  assert.equal((await run(folder, ['user', 'remove', 'bob@example.org', ...user])).status, 0);
  const nobody = await run(folder, ['user', 'remove', 'bob@example.org', ...user]);
  assert.deepEqual(nobody, { status: 1, out: '', err: 'There is no account bob@example.org.\n' });
  const elsewhere = await run(folder, ['user', 'add', 'x@example.net', '--password-stdin', ...user], 'x\n');
  assert.match(elsewhere.err, /^example\.net is not a domain of this server \(example\.org\): see --domain\.\n$/);
  serving.child.kill('SIGTERM');
  await serving.end;

  assert.equal((await run(folder, ['user', 'list', ...user])).out, 'alice@example.org\n');
});

test('an import tells what it did; a file with faults imports nothing', async (t) => {
  const folder = folderOf(t);
  const many = Array.from({ length: 1_200 }, (_, at) => `u${String(at)}@example.org,pw-${String(at)}`).join('\n');
  writeFileSync(join(folder, 'users.csv'), many);
  assert.deepEqual(await run(folder, ['user', 'import', 'users.csv', ...user]), {
    status: 0,
    out: '1200 added, 0 replaced, 0 were there already.\n',
    err: '',
  });
  const again = await run(
    folder,
    ['user', 'import', '-', '--replace', ...user],
    'u1@example.org,new\nv1@example.org,x\n',
  );
  assert.equal(again.out, '1 added, 1 replaced, 0 were there already.\n');
  writeFileSync(join(folder, 'wrong.csv'), 'w1@example.org,x\nnonsense\n');
  const wrong = await run(folder, ['user', 'import', 'wrong.csv', ...user]);
  assert.deepEqual(wrong, {
    status: 1,
    out: '',
    err: 'wrong.csv:2: this is not user@domain,password.\nNothing was imported.\n',
  });
  assert.equal((await run(folder, ['user', 'import', 'none.csv', ...user])).err, 'There is no file none.csv.\n');
  const list = await run(folder, ['user', 'list', '--json', ...user]);
  assert.equal(list.out.trim().split('\n').length, 1_201);
});

test('a port in use ends the start with 1 and names the port', async (t) => {
  const folder = folderOf(t);
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve);
  });
  t.after(() => socket.close());
  const port = String(socket.address().port);
  const { status, err } = await run(folder, ['serve', '--listen', `udp:127.0.0.1:${port}`]);
  assert.equal(status, 1);
  assert.match(err, new RegExp(`^Cannot listen on udp port ${port} on 127\\.0\\.0\\.1: another program has it`));
});

test('a second server on one database is told so, with 1', async (t) => {
  const folder = folderOf(t);
  await serve(t, folder).said('Ctrl-C');
  const second = await run(folder, ['serve', '--listen', 'udp:127.0.0.1:0']);
  assert.equal(second.status, 1);
  assert.match(second.err, /pharos\.sqlite/);
});

test('a faulty configuration ends with 2 and all its faults, before anything is started', async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'pharos.yaml'), 'server:\n  domans: [example.org]\nlog:\n  level: loud\n');
  const { status, err } = await run(folder, ['serve'], '', { PHAROS_LISTEN: 'udp:nowhere' });
  assert.equal(status, 2);
  assert.match(err, /The configuration has 3 faults:/);
  assert.match(err, /pharos\.yaml:2:3: there is no setting called server\.domans\. Did you mean server\.domains\./);
  assert.match(err, /pharos\.yaml:4:3: log\.level is "loud"/);
  assert.match(err, /PHAROS_LISTEN: server\.listen has the entry/);
  assert.equal(existsSync(join(folder, 'data')), false);
});

test('SIGHUP takes what is live, names what waits for a restart, and refuses a faulty file whole', async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'pharos.yaml');
  writeFileSync(file, 'log:\n  level: info\n');
  const serving = serve(t, folder);
  await serving.said('Ctrl-C');
  writeFileSync(file, 'log:\n  level: debug\n  format: text\nregistrar:\n  expiresMin: 90\n');
  serving.child.kill('SIGHUP');
  assert.match(
    await serving.said('"event":"reloaded"'),
    /"applied":"log\.level registrar\.expiresMin","needRestart":"log\.format"/,
  );
  writeFileSync(file, 'log:\n  level: loud\n');
  serving.child.kill('SIGHUP');
  assert.match(await serving.said('"event":"reload-refused"'), /pharos\.yaml:2:3: log\.level is \\"loud\\"/);
  serving.child.kill('SIGINT');
  assert.equal((await serving.end).status, 0);
});

test('migrate makes a database, says when there is nothing to do, and leaves a running server alone', async (t) => {
  const folder = folderOf(t);
  assert.match((await run(folder, ['migrate'])).out, /^\.\/data\/pharos\.sqlite is made, with schema \d+\.\n$/);
  assert.match((await run(folder, ['migrate'])).out, /has schema \d+ already\.\n$/);
  await serve(t, folder).said('Ctrl-C');
  const running = await run(folder, ['migrate']);
  assert.equal(running.status, 1);
  assert.match(running.err, /^A server has \.\/data\/pharos\.sqlite open/);
});
