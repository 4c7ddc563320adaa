import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { presenceDocument } from '../../tools/demo/presence-text.ts';
import { openUserAgent, type UserAgent } from '../../tools/demo/user-agent.ts';
import { runCommand, type ServerProcess, startServer } from '../../tools/live/server-process.ts';
import { type Baresip, startBaresip } from './baresip.ts';
import { eventually, missing } from './programs.ts';

const domain = 'example.org';
const users = ['alice', 'bob'] as const;
const alice = `sip:alice@${domain}`;

/**
 * Seconds a publication of baresip lives. baresip 1.0 publishes twice at its start, both as initial (its timer runs while the
 * PUBLISH of its registration is unanswered), and forgets the first entity-tag: that publication, being of a device of its
 * own by RFC 3903 §4.1, stays open until it expires.
 */
const pubint = 5;

describe('baresip', { skip: missing('baresip') }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'pharos-baresip-'));
  let server: ServerProcess;
  let alices: Baresip;
  let bobs: Baresip;
  let laptop: UserAgent;

  const start = (
    user: string,
    place: string,
    transport: 'udp' | 'tcp',
    contacts: readonly string[],
  ): Promise<Baresip> =>
    startBaresip({
      folder: join(folder, place),
      user,
      password: `pw-${user}`,
      server: { host: '127.0.0.1', port: server.ports[`${transport}4`] ?? 0 },
      transport,
      contacts,
      pubint,
    });
  const sees = (watcher: () => Baresip, contact: string, status: string, patience?: number): Promise<void> =>
    eventually(
      `${contact} is ${status}`,
      async () => (await watcher().command('contacts')).includes(`${status} ${contact} `),
      patience,
    );
  const publish = async (tag: string | undefined, expires: number, activity?: string): Promise<string> => {
    const says = { basic: 'open', note: 'Laptop', ...(activity === undefined ? {} : { activity }) } as const;
    const body = { contentType: 'application/pidf+xml', text: presenceDocument(alice, 'laptop', says) };
    const response = await laptop.ask({
      method: 'PUBLISH',
      uri: alice,
      headers: [
        ['Event', 'presence'],
        ['Expires', String(expires)],
        ...(tag === undefined ? [] : [['SIP-If-Match', tag] as const]),
      ],
      ...(expires === 0 ? {} : { body }),
    });
    assert.equal(response.status, 200);
    return response.headers.first('sip-etag') ?? '';
  };

  before(async () => {
    const database = join(folder, 'pharos.sqlite');
    for (const user of users) {
      const args = ['user', 'add', `${user}@${domain}`, '--password-stdin', '--database', database, '--domain', domain];
      const added = await runCommand(args, `pw-${user}\n`);
      assert.equal(added.code, 0, added.output);
    }
    server = await startServer({ database, domain, set: [`esc.expiresMin=${String(pubint)}`] });
    const at = { host: '127.0.0.1', port: server.ports['udp4'] ?? 0 };
    laptop = await openUserAgent({ user: 'alice', domain, password: 'pw-alice', server: at, transport: 'udp' });
    alices = await start('alice', 'alice', 'udp', ['bob']);
    bobs = await start('bob', 'bob', 'tcp', ['alice']);
  });

  after(async () => {
    laptop.close();
    await Promise.all([alices.stop(), bobs.stop()]);
    assert.equal(await server.end('SIGTERM'), 0);
    rmSync(folder, { recursive: true });
  });

  test('two register with digest, one over UDP and one over TCP (RFC 3261 §22)', async () => {
    for (const phone of [alices, bobs]) {
      await eventually('registered', async () => / OK /.test(await phone.command('reginfo')));
      assert.match(phone.output(), /SIP\/2\.0 401[\s\S]+Authorization: Digest [\s\S]+200 OK \(\) \[1 binding\]/);
    }
    assert.match(alices.output(), /UDP 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+\s+REGISTER/);
    assert.match(bobs.output(), /TCP 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+\s+REGISTER/);
  });

  test('they see each other go online and offline (RFC 3856 §6.9)', async () => {
    await sees(() => bobs, 'alice', 'Online');
    await sees(() => alices, 'bob', 'Online');
    await Promise.all([alices.command('presence_offline'), bobs.command('presence_offline')]);
    await Promise.all([sees(() => bobs, 'alice', 'Offline'), sees(() => alices, 'bob', 'Offline')]);
    await Promise.all([alices.command('presence_online'), bobs.command('presence_online')]);
    await Promise.all([sees(() => bobs, 'alice', 'Online'), sees(() => alices, 'bob', 'Online')]);
  });

  test('one sees the other busy, and a second device beside the first (RFC 4480 §3.2)', async () => {
    await sees(() => bobs, 'alice', 'Online');
    const busy = await publish(undefined, 600, 'busy');
    await sees(() => bobs, 'alice', 'Busy');
    await eventually('two devices, both open', () => lastNotified(bobs).match(/<basic>open<\/basic>/g)?.length === 2);
    const last = lastNotified(bobs);
    assert.match(last, /<tuple id="t4109[^]*<contact>sip:alice@example\.org<\/contact>/, 'the phone');
    assert.match(last, /<tuple id="laptop[^]*<note>Laptop<\/note>/, 'the laptop');

    const idle = await publish(busy, 600);
    await sees(() => bobs, 'alice', 'Online');

    await alices.command('presence_offline');
    await eventually('one open, one closed', () => /<basic>open[^]*<basic>closed/.test(lastNotified(bobs)));
    await sees(() => bobs, 'alice', 'Online');
    await publish(idle, 0);
    await sees(() => bobs, 'alice', 'Offline');
  });

  test('a device that is switched off leaves the other open (RFC 3903 §4.5)', async () => {
    await alices.command('presence_online');
    await publish(undefined, 600);
    await eventually('both devices', () => lastNotified(bobs).match(/<basic>open<\/basic>/g)?.length === 2);
    await alices.stop();
    await eventually('the laptop alone', () => {
      const last = lastNotified(bobs);
      return last.includes('Laptop') && !last.includes('t4109');
    });
    await sees(() => bobs, 'alice', 'Online');
  });
});

/** The document in the NOTIFY that baresip printed last. */
const lastNotified = (phone: Baresip): string =>
  /NOTIFY sip:[^]*$/.exec(phone.output().slice(Math.max(0, phone.output().lastIndexOf('NOTIFY sip:'))))?.[0] ?? '';
