import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { decodeHep } from '../support/hep-decoder.ts';
import { readPcapng } from '../support/pcapng-reader.ts';

const program = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  /** Standard output and standard error so far. */
  readonly text: () => string;
  said(pattern: RegExp): Promise<RegExpExecArray>;
  ended(): Promise<number | null>;
}

function pharos(t: TestContext, folder: string, args: readonly string[]): Running {
  const child = spawn(process.execPath, [program, ...args], { cwd: folder });
  const closed = once(child, 'close');
  let text = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      text += String(chunk);
      for (const check of waiting) check();
    });
  t.after(() => {
    child.kill('SIGKILL');
  });
  return {
    child,
    text: () => text,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const found = pattern.exec(text);
          if (found === null) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        void closed.then(() => {
          check();
          reject(new Error(`it ended without saying ${String(pattern)}: ${text}`));
        });
        check();
      }),
    async ended() {
      await closed;
      return child.exitCode;
    },
  };
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pharos-trace-'));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

interface Serving extends Running {
  readonly port: number;
}

async function serve(t: TestContext, folder: string, args: readonly string[] = []): Promise<Serving> {
  const server = pharos(t, folder, ['serve', '-d', 'example.org', '--listen', 'udp:127.0.0.1:0', ...args]);
  const [, port] = await server.said(/udp:127\.0\.0\.1:(\d+)[^]*Ctrl-C stops/);
  return { ...server, port: Number(port) };
}

/** Sends OPTIONS to the server and gives its answer. */
async function ping(port: number, callId: string): Promise<string> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const answered = once(socket, 'message');
  const text = [
    'OPTIONS sip:example.org SIP/2.0',
    `Via: SIP/2.0/UDP 127.0.0.1:${String(socket.address().port)};branch=z9hG4bK${callId};rport`,
    'Max-Forwards: 70',
    'From: <sip:probe@example.net>;tag=f',
    'To: <sip:example.org>',
    `Call-ID: ${callId}`,
    'CSeq: 1 OPTIONS',
    'Authorization: Digest username="probe", response="0123456789abcdef0123456789abcdef"',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
  socket.send(text, port, '127.0.0.1');
  const [answer] = (await answered) as unknown as readonly [Buffer];
  socket.close();
  return answer.toString('latin1');
}

/** Follows; waits until the server has seen the follower, so that no message is missed. */
async function follow(t: TestContext, folder: string, args: readonly string[]): Promise<Running> {
  const following = pharos(t, folder, ['trace', ...args]);
  for (;;) {
    const metrics = pharos(t, folder, ['metrics']);
    await metrics.ended();
    if (/^pharos_trace_followers [1-9]/m.test(metrics.text())) return following;
    assert.equal(following.child.exitCode, null, following.text());
  }
}

test('pharos trace shows what comes and goes, with a capture file, and ends when it has shown enough', async (t) => {
  const folder = folderOf(t);
  const { port } = await serve(t, folder);
  const following = await follow(t, folder, ['--method', 'OPTIONS', '--count', '2', '--write', 'my.pcapng']);
  assert.match(await ping(port, 'seen'), /^SIP\/2\.0 \d{3} /);
  assert.equal(await following.ended(), 0);
  const [came, went] = following.text().split('\n');
  assert.match(
    came ?? '',
    / <- udp 127\.0\.0\.1:\d+ +OPTIONS sip:example\.org +probe@example\.net > example\.org seen$/,
  );
  assert.match(went ?? '', / -> udp 127\.0\.0\.1:\d+ +!?\d{3} .*\(OPTIONS\)/);
  const { packets } = readPcapng(readFileSync(join(folder, 'my.pcapng')));
  assert.deepEqual(
    packets.map(({ direction }) => direction),
    ['inbound', 'outbound'],
  );
  assert.match(String(packets[0]?.data), /response="x{32}"/);
});

test('a filter leaves others out, --json and --full tell it all, --secrets keeps them', async (t) => {
  const folder = folderOf(t);
  const { port } = await serve(t, folder);
  const following = await follow(t, folder, ['--call-id', 'wanted', '--json', '--full', '--secrets', '--count', '2']);
  await ping(port, 'other');
  await ping(port, 'wanted');
  assert.equal(await following.ended(), 0);
  const lines = following.text().trim().split('\n');
  const [first] = lines.map((line) => JSON.parse(line) as { readonly callId: string; readonly message: string });
  assert.equal(lines.length, 2);
  assert.equal(first?.callId, 'wanted');
  assert.match(first.message, /response="0123456789abcdef0123456789abcdef"/);
});

test('a capture file and a copy for Homer begin and end on SIGHUP, and are whole when the server stops', async (t) => {
  const folder = folderOf(t);
  const homer = createSocket('udp4');
  homer.bind(0, '127.0.0.1');
  await once(homer, 'listening');
  t.after(() => homer.close());
  const config = (trace: string): void => {
    writeFileSync(join(folder, 'pharos.yaml'), `server:\n  domains: [example.org]\n${trace}`);
  };
  config('');
  const server = await serve(t, folder);
  await ping(server.port, 'before');
  config(`trace:\n  captureFile: sip.pcapng\n  hepServer: 127.0.0.1:${String(homer.address().port)}\n`);
  server.child.kill('SIGHUP');
  await server.said(/homer-followed/);
  const copied = once(homer, 'message');
  await ping(server.port, 'during');
  const [copy] = (await copied) as unknown as readonly [Buffer];
  const hep = decodeHep(copy);
  assert.deepEqual([hep.correlationId, hep.destinationPort, hep.destination], ['during', server.port, '127.0.0.1']);
  server.child.kill('SIGTERM');
  assert.equal(await server.ended(), 0);
  const file = join(folder, 'sip.pcapng');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const { packets } = readPcapng(readFileSync(file));
  assert.equal(packets.length, 2);
  assert.match(String(packets[0]?.data), /Call-ID: during/);
});

test('without a server the commands say so, and leave no file', async (t) => {
  const folder = folderOf(t);
  for (const args of [['trace', '--write', 'x.pcapng'], ['metrics'], ['status']]) {
    const run = pharos(t, folder, args);
    assert.equal(await run.ended(), 1);
    assert.match(run.text(), /No server listens on/);
  }
  assert.equal(existsSync(join(folder, 'x.pcapng')), false);
});

test('status and metrics tell of the running server', async (t) => {
  const folder = folderOf(t);
  const { port } = await serve(t, folder);
  await ping(port, 'counted');
  const status = pharos(t, folder, ['status', '--interval', '0']);
  assert.equal(await status.ended(), 0);
  assert.match(status.text(), /^Pharos \d[^]*listening +udp:127\.0\.0\.1:\d+[^]*subscriptions +presence 0 active/);
  const metrics = pharos(t, folder, ['metrics']);
  assert.equal(await metrics.ended(), 0);
  assert.match(
    metrics.text(),
    /^# TYPE pharos_sip_requests_total counter\n(?:.*\n)*pharos_sip_requests_total\{method="OPTIONS"\} 1$/m,
  );
  assert.match(metrics.text(), /^process_resident_memory_bytes [1-9]\d+$/m);
  const wrong = pharos(t, folder, ['trace', '--peer', 'nobody']);
  assert.equal(await wrong.ended(), 1);
  assert.match(wrong.text(), /[Nn]obody is not the address/);
});
