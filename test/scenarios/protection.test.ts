import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { digestOf, ha1Of } from '../../sip-stack/digest/algorithm.ts';
import { createLoadAgent, type LoadAgent, type Seen } from '../../tools/live/load.ts';
import { runCommand, type ServerProcess, startServer } from '../../tools/live/server-process.ts';

const domain = 'example.org';

/** A user at an agent: answers one challenge, keeps the nonce. */
function user(agent: LoadAgent, name: string) {
  let nonce = '';
  let count = 0;
  let cseq = 0;
  const send = (method: string, uri: string, headers: readonly string[]): Promise<Seen> => {
    cseq += 1;
    count += 1;
    const nc = count.toString(16).padStart(8, '0');
    const ha1 = ha1Of('MD5', name, domain, 'pw');
    const response = digestOf('MD5', `${ha1}:${nonce}:${nc}:c:auth:${digestOf('MD5', `${method}:${uri}`)}`);
    const proof =
      `Digest username="${name}", realm="${domain}", nonce="${nonce}", uri="${uri}", response="${response}", ` +
      `algorithm=MD5, qop=auth, cnonce="c", nc=${nc}`;
    return agent.request(method, uri, [
      `From: <sip:${name}@${domain}>;tag=t${String(cseq)}`,
      `To: <${method === 'REGISTER' ? `sip:${name}@${domain}` : uri}>`,
      `Call-ID: ${name}-${String(cseq)}-${String(agent.port)}`,
      `CSeq: ${String(cseq)} ${method}`,
      `Contact: <sip:${name}@127.0.0.1:${String(agent.port)}>`,
      ...headers,
      ...(nonce === '' ? [] : [`Authorization: ${proof}`]),
    ]);
  };
  return {
    send,
    async register(): Promise<number> {
      const first = await send('REGISTER', `sip:${domain}`, ['Expires: 600']);
      if (first.status !== 401) return first.status;
      nonce = /nonce="([^"]+)"/.exec(first.text)?.[1] ?? nonce;
      count = 0;
      return (await send('REGISTER', `sip:${domain}`, ['Expires: 600'])).status;
    },
  };
}

describe('a server that is abused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pharos-protection-'));
  const database = join(folder, 'pharos.sqlite');
  let server: ServerProcess;
  const agents: LoadAgent[] = [];
  const agent = async (patience?: number): Promise<LoadAgent> => {
    const made = await createLoadAgent(() => server.ports['udp4'] ?? 0, patience);
    agents.push(made);
    return made;
  };
  before(async () => {
    for (const name of ['alice', 'bob']) {
      const added = await runCommand(
        ['user', 'add', `${name}@${domain}`, '--password-stdin', '--database', database, '--domain', domain],
        'pw\n',
      );
      assert.equal(added.code, 0, added.output);
    }
    server = await startServer({
      database,
      domain,
      listen: ['udp:127.0.0.1:0'],
      set: ['abuse.unlimited=', 'abuse.userRates=SUBSCRIBE 1/h burst 5'],
    });
  });
  after(async () => {
    for (const each of agents) each.close();
    await server.end('SIGTERM');
    rmSync(folder, { recursive: true });
  });

  it('holds a client that floods with SUBSCRIBE, and no other behind its address', async () => {
    const shared = await agent();
    const [baresip, bob] = [user(shared, 'alice'), user(shared, 'bob')];
    assert.equal(await baresip.register(), 200);
    assert.equal(await bob.register(), 200);
    const subscribe = (who: typeof bob) =>
      who.send('SUBSCRIBE', `sip:bob@${domain}`, ['Event: presence', 'Expires: 600', 'Accept: application/pidf+xml']);
    const answers = await Promise.all(Array.from({ length: 40 }, () => subscribe(baresip)));
    const refused = answers.filter(({ status }) => status === 503);
    assert.equal(refused.length, 35);
    assert.ok(refused.every((answer) => Number(answer.header('Retry-After')) > 0));
    assert.equal((await subscribe(bob)).status, 200);
    assert.equal(await baresip.register(), 200, 'and its other requests go on');
  });

  it('is no open relay (RFC 3261 §26.3.1.3)', async () => {
    const stranger = await agent();
    const call = (from: string, uri: string) =>
      stranger.request('OPTIONS', uri, [
        `From: <${from}>;tag=1`,
        `To: <${uri}>`,
        `Call-ID: relay-${from}`,
        'CSeq: 1 OPTIONS',
      ]);
    assert.equal((await call('sip:eve@elsewhere.example', 'sip:carol@third.example')).status, 403);
    const asked = await call(`sip:alice@${domain}`, 'sip:carol@third.example');
    assert.equal(asked.status, 407);
    assert.match(asked.header('Proxy-Authenticate'), /^Digest realm="example.org"/);
  });

  it('shuts a scanner out at its first request, says so, and lets the operator lift it', async () => {
    const scanner = await agent(1000);
    const scan = (at: number) =>
      scanner.request('REGISTER', `sip:${domain}`, [
        `From: <sip:${String(at)}@${domain}>;tag=1`,
        `To: <sip:${String(at)}@${domain}>`,
        `Call-ID: scan-${String(at)}`,
        'CSeq: 1 REGISTER',
        'User-Agent: friendly-scanner',
      ]);
    assert.equal((await scan(100)).status, 403);
    await assert.rejects(scan(101), /no answer/);
    const source = `127.0.0.1:${String(scanner.port)}`;
    assert.ok(server.log.some(({ event, source: banned }) => event === 'source-banned' && banned === source));
    const lifted = await runCommand(['ban', 'remove', source, '--database', database, '--domain', domain]);
    assert.equal(lifted.code, 0, lifted.output);
    assert.equal((await scan(102)).status, 403);
  });
});
