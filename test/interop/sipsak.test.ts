import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runCommand, type ServerProcess, startServer } from '../../tools/live/server-process.ts';
import { missing } from './programs.ts';

/** Runs sipsak to its end: 0 when the answer was 200. */
async function sipsak(...args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn('sipsak', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.on('data', (chunk: Buffer) => {
      output += chunk.toString('latin1');
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('sipsak', { skip: missing('sipsak') }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'pharos-sipsak-'));
  const database = join(folder, 'pharos.sqlite');
  let server: ServerProcess;
  /** The port by an option of its own: within a URI sipsak 0.9.8 cuts it to four digits. */
  const to = (uri: string, transport: 'udp' | 'tcp'): readonly string[] => {
    const port = String(server.ports[`${transport}4`] ?? 0);
    return ['-E', transport, '-s', uri, '-r', port];
  };

  before(async () => {
    const args = ['user', 'add', 'alice@example.org', '--password-stdin', '--database', database];
    const added = await runCommand([...args, '--domain', 'example.org'], 'pw-alice\n');
    assert.equal(added.code, 0, added.output);
    server = await startServer({ database, set: ['registrar.expiresMin=15'] });
  });

  after(async () => {
    assert.equal(await server.end('SIGTERM'), 0);
    rmSync(folder, { recursive: true });
  });

  for (const transport of ['udp', 'tcp'] as const) {
    test(`OPTIONS over ${transport} is answered with what is spoken (RFC 3261 §11.2)`, async () => {
      const { code, output } = await sipsak('-vv', ...to('sip:127.0.0.1', transport));
      assert.equal(code, 0, output);
      for (const header of ['Allow: REGISTER, PUBLISH', 'Allow-Events: presence', 'Accept: application/pidf+xml']) {
        assert.ok(output.includes(header), output);
      }
    });
  }

  test('registers with digest and finds its binding (RFC 3261 §10.2)', async () => {
    const args = [
      '-U',
      '-i',
      '-C',
      'sip:alice@127.0.0.1:5999',
      '-u',
      'alice',
      '-x',
      '60',
      '-vvv',
      ...to('sip:alice@127.0.0.1', 'udp'),
    ];
    const good = await sipsak(...args, '-a', 'pw-alice');
    assert.equal(good.code, 0, good.output);
    assert.match(good.output, /Contact: <sip:alice@127\.0\.0\.1:5999>;expires=(?:60|59)/);
    const bad = await sipsak(...args, '-a', 'wrong');
    assert.notEqual(bad.code, 0, bad.output);
  });
});
