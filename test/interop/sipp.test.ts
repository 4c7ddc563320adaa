import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runCommand, type ServerProcess, startServer } from '../../tools/live/server-process.ts';
import { type Capture, captureOrReason } from './capture.ts';
import { missing } from './programs.ts';
import { runSipp, writeUsers } from './sipp.ts';

const calls = 8;
const names = Array.from({ length: calls }, (_, index) => `sipp${String(index)}`);

const scenarios = {
  register: 'REGISTER: digest, 423, refresh, fetch, 420, 403, removal (RFC 3261 §10.3)',
  publish: 'PUBLISH: initial, refresh, modify, remove; 412, 423, 489, 415, 400, 403 (RFC 3903 §6)',
  subscribe: 'SUBSCRIBE: NOTIFY, refresh, unsubscribe; 489, 406, 481 (RFC 6665 §4.2)',
} as const;

const paths = [
  { transport: 'udp', host: '127.0.0.1', key: 'udp4' },
  { transport: 'tcp', host: '127.0.0.1', key: 'tcp4' },
  { transport: 'udp', host: '::1', key: 'udp6' },
  { transport: 'tcp', host: '::1', key: 'tcp6' },
] as const;

describe('sipp', { skip: missing('sipp') }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'pharos-sipp-'));
  const users = writeUsers(
    folder,
    names.map((name) => [name, `pw-${name}`]),
  );
  let server: ServerProcess;
  let capture: Capture | string;

  before(async () => {
    const database = join(folder, 'pharos.sqlite');
    for (const name of names) {
      const args = ['user', 'add', `${name}@example.org`, '--password-stdin'];
      const added = await runCommand([...args, '--database', database, '--domain', 'example.org'], `pw-${name}\n`);
      assert.equal(added.code, 0, added.output);
    }
    const listen = paths.map(({ transport, host }) => `${transport}:${host.includes(':') ? `[${host}]` : host}:0`);
    server = await startServer({ database, listen });
    capture = await captureOrReason(join(folder, 'sipp.pcap'), Object.values(server.ports));
  });

  after(async () => {
    assert.equal(await server.end('SIGTERM'), 0);
    rmSync(folder, { recursive: true });
  });

  for (const { transport, host, key } of paths) {
    for (const [scenario, title] of Object.entries(scenarios)) {
      test(`${transport} over ${host}: ${title}`, async () => {
        const at = { host, port: server.ports[key] ?? 0 };
        const { code, errors } = await runSipp({ scenario, folder, users, calls, transport, server: at });
        assert.equal(code, 0, errors);
      });
    }
  }

  test('tshark finds no malformed packet in all of that', async (context) => {
    if (typeof capture === 'string') {
      context.skip(capture);
      return;
    }
    const { sipPackets, malformed } = await capture.stop();
    // Each call of each scenario is more than ten requests with their answers.
    assert.ok(sipPackets > calls * paths.length * 50, `only ${String(sipPackets)} SIP packets were seen`);
    assert.deepEqual(malformed, []);
  });
});
