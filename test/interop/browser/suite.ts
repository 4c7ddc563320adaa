import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { presenceDocument } from '../../../tools/demo/presence-text.ts';
import { openUserAgent, type UserAgent } from '../../../tools/demo/user-agent.ts';
import { type Authority, createAuthority } from '../../support/certificates.ts';
import { ring, startCaller } from '../call.ts';
import { missing } from '../programs.ts';
import { openStage, passwordOf, type Stage } from '../stage.ts';
import type { BrowserPhone, OpenBrowserPhone } from './browser-phone.ts';
import { installWebGlobals } from './web-globals.ts';

const bob = 'sip:bob@example.org';

/** What a library of the web does with the server, and through it with clients on UDP: once over WS, once over WSS. */
export function browserPhoneSuite(name: string, open: OpenBrowserPhone): void {
  describe(name, { skip: missing('sipp') }, () => {
    let authority: Authority;
    let stage: Stage;

    before(async () => {
      authority = createAuthority();
      installWebGlobals(readFileSync(authority.file, 'utf8'));
      const { chain, key } = authority.issue({ addresses: ['127.0.0.1'], dns: ['example.org'] });
      stage = await openStage({
        users: ['alice', 'bob', ...['ws', 'wss'].flatMap((kind) => [`called-${kind}`, `ending-${kind}`])],
        listen: ['udp:127.0.0.1:0', 'ws:127.0.0.1:0', 'wss:127.0.0.1:0'],
        set: [`tls.certificates=${chain}:${key}`],
      });
    });

    after(async () => {
      await stage.close();
      authority.remove();
    });

    for (const kind of ['ws', 'wss'] as const) {
      describe(`over ${kind}`, () => {
        let alice: BrowserPhone;
        let agent: UserAgent;

        before(async () => {
          const { host, port } = stage.at(`${kind}4`);
          const url = `${kind}://${host}:${String(port)}`;
          alice = await open({ user: 'alice', domain: stage.domain, password: passwordOf('alice'), url });
          const account = { user: 'bob', domain: stage.domain, password: passwordOf('bob') };
          agent = await openUserAgent({ ...account, server: stage.at('udp4'), transport: 'udp' });
        });

        after(async () => {
          await alice.close();
          agent.close();
        });

        test('registers with digest (RFC 7118 §5, RFC 3261 §22)', async () => {
          await alice.register();
        });

        test('calls a phone on UDP, and is hung up on (RFC 7118 §8)', async () => {
          const called = await ring({ scenario: 'answers-and-ends', user: `ending-${kind}` }, stage, `ending-${kind}`);
          const call = await alice.call(`sip:ending-${kind}@example.org`);
          await call.ended;
          assert.deepEqual(await called.faults, []);
        });

        test('calls a phone on UDP, and hangs up (RFC 7118 §8)', async () => {
          const called = await ring({ scenario: 'answers', user: `called-${kind}` }, stage, `called-${kind}`);
          const call = await alice.call(`sip:called-${kind}@example.org`);
          call.hangUp();
          await call.ended;
          assert.deepEqual(await called.faults, []);
        });

        test('is called from UDP over its own connection, and hangs up (RFC 7118 §5)', async () => {
          const values = { uri: 'sip:alice@example.org' };
          const phone = { scenario: 'callee-ends', user: `called-${kind}`, values };
          const caller = await startCaller(phone, stage, `caller-${kind}`);
          const call = await alice.answerNext();
          call.hangUp();
          await call.ended;
          assert.deepEqual(await caller.faults, []);
        });

        test('is called from UDP, and is hung up on (RFC 7118 §5)', async () => {
          const values = { uri: 'sip:alice@example.org' };
          const phone = { scenario: 'caller-ends', user: `called-${kind}`, values };
          const caller = await startCaller(phone, stage, `caller-ending-${kind}`);
          const call = await alice.answerNext();
          await call.ended;
          assert.deepEqual(await caller.faults, []);
        });

        test('sends a MESSAGE to UDP and gets one from there (RFC 3428 §4)', async () => {
          const headers = [
            ['Contact', `<${agent.contact}>`],
            ['Expires', '600'],
          ] as const;
          const registered = await agent.ask({ method: 'REGISTER', uri: 'sip:example.org', to: bob, headers });
          assert.equal(registered.status, 200);
          const [, request] = await Promise.all([alice.message(bob, 'Grüße'), agent.nextNotify()]);
          assert.equal(request.method, 'MESSAGE');
          assert.equal(request.body.toString('utf8'), 'Grüße');
          const body = { contentType: 'text/plain', text: 'Und zurück' };
          const answer = await agent.ask({ method: 'MESSAGE', uri: 'sip:alice@example.org', body });
          assert.equal(answer.status, 200);
          assert.equal(await alice.nextMessage(), 'Und zurück');
        });

        test('watches somebody whose presence comes over UDP (RFC 3856 §6.9)', async () => {
          const watch = alice.watch(bob);
          assert.match(await watch.nextNotify(), /<basic>closed<\/basic>/);
          const text = presenceDocument(bob, 'phone', { basic: 'open', note: 'Here' });
          const published = await agent.ask({
            method: 'PUBLISH',
            uri: bob,
            headers: [
              ['Event', 'presence'],
              ['Expires', '600'],
            ],
            body: { contentType: 'application/pidf+xml', text },
          });
          assert.equal(published.status, 200);
          assert.match(await watch.nextNotify(), /<basic>open<\/basic>[^]*Here/);
          const headers = [
            ['Event', 'presence'],
            ['Expires', '0'],
            ['SIP-If-Match', published.headers.first('sip-etag') ?? ''],
          ] as const;
          assert.equal((await agent.ask({ method: 'PUBLISH', uri: bob, headers })).status, 200);
          assert.match(await watch.nextNotify(), /<basic>closed<\/basic>/);
          await watch.end();
        });

        test('takes its registration back (RFC 3261 §10.2.2)', async () => {
          await alice.unregister();
          const body = { contentType: 'text/plain', text: 'Still there?' };
          const answer = await agent.ask({ method: 'MESSAGE', uri: 'sip:alice@example.org', body });
          assert.equal(answer.status, 480);
        });
      });
    }
  });
}
