import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calledDialog, callerDialog, createPhone, named } from '../support/phone.ts';
import type { Phone, PhoneDialog } from '../support/phone.ts';
import type { Served } from '../support/served.ts';
import { createServed } from '../support/served.ts';

/** Runs a scenario against a whole server with its own steps and settings. */
async function play(
  run: (served: Served) => Promise<void>,
  settings: readonly (readonly [string, string])[] = [],
): Promise<void> {
  const served = await createServed(settings);
  try {
    await run(served);
  } finally {
    await served.stop();
  }
}

const silent = (...phones: readonly Phone[]): void => {
  for (const phone of phones) assert.deepEqual(phone.inbox.map(named), [], phone.uri);
};

test('a call: INVITE, 180, 200, ACK, BYE from the one who was called, 200 (RFC 3665 §3.2)', () =>
  play(async (served) => {
    const alice = await served.registered('alice', 1);
    const bob = await served.registered('bob', 2);
    alice.request('INVITE', bob.uri, { headers: ['X-Odd:  kept as it is'], body: 'v=0\r\n' });
    await served.settle();
    const invite = bob.takeRequest('INVITE');
    assert.equal(invite.uri, 'sip:bob@198.51.100.2:5060');
    assert.equal(invite.body.toString(), 'v=0\r\n');
    assert.ok(bob.texts.at(-1)?.includes('\r\nX-Odd:  kept as it is\r\n'));
    bob.respond(invite, 180);
    bob.respond(invite, 200, { body: 'v=0\r\n' });
    await served.settle();
    alice.takeResponse('180 INVITE');
    const ok = alice.takeResponse('200 INVITE');
    alice.within(callerDialog(ok), 'ACK', 1);
    await served.settle();
    const ack = bob.takeRequest('ACK');
    assert.deepEqual([ack.uri, ack.headers.has('route')], ['sip:bob@198.51.100.2:5060', false]);
    bob.within(calledDialog(invite, 'tag-bob'), 'BYE', 7);
    await served.settle();
    alice.respond(alice.takeRequest('BYE'), 200);
    await served.settle();
    bob.takeResponse('200 BYE');
    silent(alice, bob);
  }));

test('a 200 sent again until its ACK goes through each time (RFC 6026 §7.1, RFC 3261 §13.3.1.4)', () =>
  play(async (served) => {
    const alice = await served.registered('alice', 1);
    const bob = await served.registered('bob', 2);
    alice.request('INVITE', bob.uri);
    await served.settle();
    const invite = bob.takeRequest('INVITE');
    for (let count = 0; count < 3; count += 1) {
      bob.respond(invite, 200);
      await served.settle(500);
    }
    for (let count = 0; count < 2; count += 1) alice.takeResponse('200 INVITE');
    const ok = callerDialog(alice.takeResponse('200 INVITE'));
    for (let count = 0; count < 2; count += 1) alice.within(ok, 'ACK', 1, { branch: 'z9hG4bK-ack' });
    await served.settle();
    bob.takeRequest('ACK');
    bob.takeRequest('ACK');
    silent(alice, bob);
  }));

test('one user, two phones: one answers, the other stops ringing (RFC 3261 §16.7 step 10)', () =>
  play(async (served) => {
    const alice = await served.registered('alice', 1);
    const desk = await served.registered('bob', 2);
    const mobile = await served.registered('bob', 3);
    alice.request('INVITE', desk.uri);
    await served.settle();
    const [first, second] = [desk.takeRequest('INVITE'), mobile.takeRequest('INVITE')];
    desk.respond(first, 180, { tag: 'desk' });
    mobile.respond(second, 180, { tag: 'mobile' });
    mobile.respond(second, 200, { tag: 'mobile' });
    await served.settle();
    alice.takeResponse('180 INVITE');
    alice.takeResponse('180 INVITE');
    assert.equal(alice.takeResponse('200 INVITE').headers.first('to'), `<${desk.uri}>;tag=mobile`);
    const cancel = desk.takeRequest('CANCEL');
    assert.equal(cancel.headers.first('reason'), 'SIP;cause=200;text="Call completed elsewhere"');
    desk.respond(cancel, 200);
    desk.respond(first, 487, { tag: 'desk' });
    await served.settle();
    desk.takeRequest('ACK');
    silent(alice, desk, mobile);
  }));

test('busy, and busy everywhere (RFC 3665 §3.8)', () =>
  play(async (served) => {
    const alice = await served.registered('alice', 1);
    const bob = await served.registered('bob', 2);
    alice.request('INVITE', bob.uri, { branch: 'z9hG4bKbusy' });
    await served.settle();
    bob.respond(bob.takeRequest('INVITE'), 486);
    await served.settle();
    bob.takeRequest('ACK');
    const busy = alice.takeResponse('486 INVITE');
    alice.request('ACK', bob.uri, { branch: 'z9hG4bKbusy', to: busy.headers.first('to') ?? '', contact: '' });
    await served.settle(10_000);
    silent(alice, bob);
  }));

test('the caller hangs up before anybody answers (RFC 3665 §3.9)', () =>
  play(async (served) => {
    const alice = await served.registered('alice', 1);
    const bob = await served.registered('bob', 2);
    alice.request('INVITE', bob.uri, { branch: 'z9hG4bKcall' });
    await served.settle();
    const invite = bob.takeRequest('INVITE');
    bob.respond(invite, 180);
    await served.settle();
    alice.takeResponse('180 INVITE');
    alice.request('CANCEL', bob.uri, { branch: 'z9hG4bKcall', contact: '' });
    await served.settle();
    alice.takeResponse('200 CANCEL');
    bob.respond(bob.takeRequest('CANCEL'), 200);
    bob.respond(invite, 487);
    await served.settle();
    alice.takeResponse('487 INVITE');
    bob.takeRequest('ACK');
    silent(bob);
  }));

test('nobody picks up: cancelled at Timer C (RFC 3261 §16.8)', () =>
  play(async (served) => {
    const alice = await served.registered('alice', 1);
    const bob = await served.registered('bob', 2);
    alice.request('INVITE', bob.uri);
    await served.settle();
    const invite = bob.takeRequest('INVITE');
    bob.respond(invite, 180);
    await served.settle();
    alice.takeResponse('180 INVITE');
    await served.settle(185_000);
    bob.respond(bob.takeRequest('CANCEL'), 200);
    bob.respond(invite, 487);
    await served.settle();
    alice.takeResponse('487 INVITE');
  }));

test('nobody is there at all: 100, then 408 (RFC 3261 §16.6 step 7)', () =>
  play(async (served) => {
    const alice = await served.registered('alice', 1);
    await served.registered('bob', 2);
    alice.request('INVITE', 'sip:bob@example.org');
    await served.settle(300);
    alice.takeResponse('100 INVITE');
    await served.settle(32_000);
    alice.takeResponse('408 INVITE');
  }));

test('provisional responses made reliable: PRACK, UPDATE, and REFER within the dialog (RFC 3262, RFC 3311, RFC 3515)', () =>
  play(async (served) => {
    const alice = await served.registered('alice', 1);
    const bob = await served.registered('bob', 2);
    alice.request('INVITE', bob.uri, { headers: ['Require: 100rel', 'Supported: timer'] });
    await served.settle();
    const invite = bob.takeRequest('INVITE');
    assert.equal(invite.headers.first('require'), '100rel');
    bob.respond(invite, 183, { headers: ['RSeq: 1', 'Require: 100rel'] });
    await served.settle();
    const progress = alice.takeResponse('183 INVITE');
    assert.equal(progress.headers.first('rseq'), '1');
    const dialog = callerDialog(progress);
    for (const [method, cseq, header] of [
      ['PRACK', 2, 'RAck: 1 1 INVITE'],
      ['UPDATE', 3, 'X: y'],
      ['REFER', 4, 'Refer-To: <sip:carol@example.org>'],
      ['FOO', 5, 'X: y'],
    ] as const) {
      alice.within(dialog, method, cseq, { headers: [header] });
      await served.settle();
      bob.respond(bob.takeRequest(method), 202);
      await served.settle();
      alice.takeResponse(`202 ${method}`);
    }
    silent(alice, bob);
  }));

test('a MESSAGE to a user, to nobody, and to one who is nowhere (RFC 3428 §8, RFC 3261 §16.5)', () =>
  play(async (served) => {
    const alice = await served.registered('alice', 1);
    const bob = await served.registered('bob', 2);
    alice.request('MESSAGE', bob.uri, { body: 'hello', headers: ['Content-Type: text/plain'] });
    await served.settle();
    const message = bob.takeRequest('MESSAGE');
    assert.equal(message.body.toString(), 'hello');
    bob.respond(message, 200);
    await served.settle();
    alice.takeResponse('200 MESSAGE');
    alice.request('MESSAGE', 'sip:nobody@example.org', { cseq: 2 });
    alice.request('MESSAGE', 'sip:carol@example.org', { cseq: 3 });
    await served.settle();
    alice.takeResponse('404 MESSAGE');
    alice.takeResponse('480 MESSAGE');
    silent(alice, bob);
  }));

test('a stranger may not relay through us (RFC 3261 §26.3.1.3)', () =>
  play(async (served) => {
    const stranger = served.network;
    const heard: string[] = [];
    const at = { host: '203.0.113.9', port: 5060 };
    stranger.attach(at, (bytes) => heard.push(bytes.toString('latin1').slice(8, 11)));
    const text = [
      'INVITE sip:x@198.51.100.2 SIP/2.0',
      'Via: SIP/2.0/UDP 203.0.113.9:5060;branch=z9hG4bKs',
      'Max-Forwards: 70',
      'From: <sip:mallory@far.example>;tag=1',
      'To: <sip:x@198.51.100.2>',
      'Call-ID: s',
      'CSeq: 1 INVITE',
      'Content-Length: 0',
      '\r\n',
    ].join('\r\n');
    stranger.deliver(at, Buffer.from(text));
    await served.settle();
    assert.deepEqual(heard, ['403']);
  }));

/** A phone of another domain, which nobody trusts. */
const strangerOf = ({ network }: Served, last = 9): Phone =>
  createPhone({ user: 'eve', domain: 'far.example', at: { host: `203.0.113.${String(last)}`, port: 5060 }, network });

/** Eve of another domain calls bob, who answers. */
async function calledBy(eve: Phone, bob: Phone, served: Served): Promise<{ eve: PhoneDialog; bob: PhoneDialog }> {
  eve.request('INVITE', bob.uri);
  await served.settle();
  const invite = bob.takeRequest('INVITE');
  bob.respond(invite, 200);
  await served.settle();
  const dialog = callerDialog(eve.takeResponse('200 INVITE'));
  eve.within(dialog, 'ACK', 1);
  await served.settle();
  bob.takeRequest('ACK');
  return { eve: dialog, bob: calledDialog(invite, 'tag-bob') };
}

test('a forged To tag and a Route to us open no relay to another domain (RFC 3261 §26.3.1.3)', () =>
  play(async (served) => {
    const eve = strangerOf(served);
    const victim = strangerOf(served, 10);
    const ways = ['<sip:192.0.2.1;lr>', '<sip:192.0.2.1:5060;lr;dlg=AAAAAAAAAAAA>', '<sip:example.org;lr>'];
    for (const [at, route] of ways.entries()) {
      eve.within(
        {
          from: '<sip:eve@far.example>;tag=1',
          to: '<sip:bob@example.org>;tag=made-up',
          callId: `forged-${String(at)}`,
          target: 'sip:x@203.0.113.10',
          routes: [route],
        },
        'INVITE',
        1,
      );
      await served.settle();
      eve.takeResponse('403 INVITE');
    }
    // As if the seal of one call were good for another.
    const bob = await served.registered('bob', 2);
    const call = await calledBy(eve, bob, served);
    eve.within({ ...call.eve, target: 'sip:x@203.0.113.10', callId: 'another' }, 'INVITE', 1);
    await served.settle();
    eve.takeResponse('403 INVITE');
    silent(eve, victim, bob);
  }));

test('a call goes on after a restart of the server: re-INVITE, and BYE (RFC 3261 §16.6 step 4)', () =>
  play(async (served) => {
    const eve = strangerOf(served);
    const bob = await served.registered('bob', 2);
    const call = await calledBy(eve, bob, served);
    await served.restart();
    bob.within(call.bob, 'INVITE', 5);
    await served.settle();
    eve.respond(eve.takeRequest('INVITE'), 200);
    await served.settle();
    bob.takeResponse('200 INVITE');
    bob.within(call.bob, 'ACK', 5);
    await served.settle();
    eve.takeRequest('ACK');
    eve.within(call.eve, 'BYE', 2);
    await served.settle();
    bob.respond(bob.takeRequest('BYE'), 200);
    await served.settle();
    eve.takeResponse('200 BYE');
    silent(eve, bob);
  }));

test('target refresh: what follows goes to the new contact, the route set stays (RFC 3261 §12.2, RFC 3311 §5.1)', () =>
  play(async (served) => {
    const eve = strangerOf(served);
    const bob = await served.registered('bob', 2);
    const call = await calledBy(eve, bob, served);
    const moved = strangerOf(served, 10);
    const elsewhere = served.phone('bob', 3);
    // Eve moves by UPDATE, bob by re-INVITE.
    moved.within(call.eve, 'UPDATE', 2);
    await served.settle();
    const update = bob.takeRequest('UPDATE');
    assert.deepEqual(
      [update.headers.has('record-route'), update.headers.first('contact')],
      [false, '<sip:eve@203.0.113.10:5060>'],
    );
    bob.respond(update, 200);
    await served.settle();
    moved.takeResponse('200 UPDATE');
    const toMoved = { ...call.bob, target: 'sip:eve@203.0.113.10:5060' };
    elsewhere.within(toMoved, 'INVITE', 5);
    await served.settle();
    const again = moved.takeRequest('INVITE');
    assert.equal(again.headers.has('record-route'), true);
    moved.respond(again, 200);
    await served.settle();
    elsewhere.takeResponse('200 INVITE');
    elsewhere.within(toMoved, 'ACK', 5);
    await served.settle();
    moved.takeRequest('ACK');
    const toElsewhere = { ...call.eve, target: 'sip:bob@198.51.100.3:5060' };
    for (const [method, cseq] of [
      ['INFO', 3],
      ['PRACK', 4],
      ['BYE', 5],
    ] as const) {
      moved.within(toElsewhere, method, cseq);
      await served.settle();
      const request = elsewhere.takeRequest(method);
      assert.equal(request.headers.has('record-route'), false, method);
      elsewhere.respond(request, 200);
      await served.settle();
      moved.takeResponse(`200 ${method}`);
    }
    silent(eve, bob, moved, elsewhere);
  }));

test('a contact that leads back to us: a spiral once, then a loop (RFC 5393 §4.2.2)', () =>
  play(
    async (served) => {
      const bob = served.phone('bob', 2);
      bob.request('REGISTER', 'sip:example.org', {
        to: '<sip:bob@example.org>',
        contact: 'Contact: <sip:bob@192.0.2.1:5060>',
        headers: ['Expires: 3600'],
      });
      await served.settle();
      bob.takeResponse('200 REGISTER');
      const us = { host: '192.0.2.1', port: 5060 };
      const sent: Buffer[] = [];
      let rounds = 0;
      served.network.attach(us, (bytes) => sent.push(bytes));
      bob.request('MESSAGE', 'sip:bob@example.org', { cseq: 2 });
      await served.settle();
      while (sent.length > 0 && rounds < 10) {
        rounds += 1;
        for (const bytes of sent.splice(0)) served.network.deliver(us, bytes);
        await served.settle();
      }
      bob.takeResponse('482 MESSAGE');
      // There and back, twice.
      assert.equal(rounds, 4);
    },
    [
      ['auth.trustedPeers', '198.51.100.0/24,192.0.2.1'],
      ['registrar.nat', 'never'],
    ],
  ));
