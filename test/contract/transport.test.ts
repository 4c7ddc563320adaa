import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import type { Flow, TransportFacts } from '../../sip-stack/flow.ts';
import { transportKinds } from '../../sip-stack/transport/index.ts';
import type { TransportKind } from '../../sip-stack/transport/kind.ts';
import type { BoundAddress } from '../../sip-stack/transport/layer-port.ts';
import type { SipMessage } from '../../sip-stack/wire/message.ts';
import { createTransportEnd } from '../support/transport-ends.ts';

/** Nothing here takes long; what does not come at all must fail, not hang. */
const bounded = { timeout: 10_000 };

type End = ReturnType<typeof createTransportEnd>;

/** Every end opened, so that the suite can show that nothing is left behind. */
const ends: End[] = [];
after(() => Promise.all(ends.map((end) => end.layer.stop())));

async function listening(kind: TransportKind, host: string, options: Parameters<typeof createTransportEnd>[0] = {}) {
  const end = createTransportEnd({ ...options, kinds: [kind] });
  ends.push(end);
  const opened = await end.layer.listen([{ transport: kind.facts, host, port: 0 }]);
  assert.ok(opened.ok);
  const [at] = opened.value;
  assert.ok(at !== undefined && at.port > 0);
  return { ...end, at };
}

/** An OPTIONS of `bodyBytes` bytes of body, sent over `facts`. */
function optionsRequest(facts: TransportFacts, bodyBytes = 0, callId = 'c1'): Buffer {
  const head = [
    'OPTIONS sip:there SIP/2.0',
    `Via: SIP/2.0/${facts.viaToken} 127.0.0.1:5060;branch=z9hG4bK${callId};rport`,
    'Max-Forwards: 70',
    'From: <sip:a@example.com>;tag=1',
    'To: <sip:b@example.com>',
    `Call-ID: ${callId}`,
    'CSeq: 1 OPTIONS',
    `Content-Length: ${String(bodyBytes)}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), Buffer.alloc(bodyBytes, 'x')]);
}

const callIds = (told: readonly { readonly message: SipMessage }[]): readonly string[] =>
  told.map((each) => each.message.callId);

/** Everything that stops a send is known within a loop turn or two on loopback. */
const failure = (flow: Flow, bytes: Buffer): Promise<string> => new Promise((resolve) => flow.send(bytes, resolve));

/** UDP once on each of the back-ends that this machine has. */
const kindsAndBackends: readonly (readonly [name: string, kind: TransportKind])[] = [
  ...transportKinds.map((kind) => [kind.facts.viaToken, kind] as const),
  ...transportKinds
    .filter((kind) => kind.facts.uriParam === 'udp')
    .map((kind) => {
      const start: TransportKind['start'] = (context) =>
        kind.start({ ...context, settings: { ...context.settings, datagramBackend: 'node' } });
      return ['UDP one by one', { facts: kind.facts, start }] as const;
    }),
];

for (const [name, kind] of kindsAndBackends) {
  const { facts } = kind;

  for (const host of ['127.0.0.1', '::1']) {
    test(`${name}: carries a message each way over ${host}`, bounded, async () => {
      const [a, b] = [await listening(kind, host), await listening(kind, host)];
      a.layer.connect(facts, b.at).send(optionsRequest(facts, 0, 'there'));
      const [there] = await b.listener.until('message');
      assert.equal(there?.message.kind, 'request');
      assert.equal(there.flow.remote.host, host);
      assert.equal(there.flow.transport, facts);
      there.flow.send(optionsRequest(facts, 0, 'back'));
      const [back] = await a.listener.until('message');
      assert.equal(back?.message.callId, 'back');
    });

    test(`${name}: names itself to peers so that they reach it over ${host}`, bounded, async () => {
      const wildcard = host === '::1' ? '::' : '0.0.0.0';
      const [a, b] = [await listening(kind, host), await listening(kind, wildcard)];
      a.layer.connect(facts, { host, port: b.at.port }).send(optionsRequest(facts));
      const [first] = await b.listener.until('message');
      assert.ok(first);
      const reached = host === '::1' ? `[::1]:${String(b.at.port)}` : `127.0.0.1:${String(b.at.port)}`;
      assert.equal(b.layer.sentBy(first.flow), reached);
      assert.ok(b.layer.contact(first.flow).startsWith(`sip:${reached}`));
      assert.equal(b.layer.contact(first.flow).includes(`transport=${facts.uriParam}`), facts.uriParam !== 'udp');
    });
  }

  test(`${name}: takes IPv4 and IPv6 on one port`, bounded, async () => {
    const end = createTransportEnd({ kinds: [kind] });
    ends.push(end);
    const four = await end.layer.listen([{ transport: facts, host: '0.0.0.0', port: 0 }]);
    assert.ok(four.ok);
    const six = await end.layer.listen([{ transport: facts, host: '::', port: four.value[0]?.port ?? 0 }]);
    assert.ok(six.ok);
    assert.equal(end.layer.bound.length, 2);
  });

  test(`${name}: says which address cannot be listened on`, bounded, async () => {
    const { at } = await listening(kind, '127.0.0.1');
    const second = createTransportEnd({ kinds: [kind] });
    ends.push(second);
    const fault = `${facts.uriParam}:127.0.0.1:${String(at.port)}: EADDRINUSE`;
    assert.deepEqual(await second.layer.listen([at]), { ok: false, fault });
    assert.deepEqual(second.layer.bound, []);
  });

  test(`${name}: a flow is found again by its key while it can carry a message (RFC 5626 §3.2)`, bounded, async () => {
    const [a, b] = [await listening(kind, '127.0.0.1'), await listening(kind, '127.0.0.1')];
    const out = a.layer.connect(facts, b.at);
    out.send(optionsRequest(facts));
    const [first] = await b.listener.until('message');
    assert.ok(first);
    assert.equal(first.flow.open, true);
    b.layer.flow(first.flow.key)?.send(optionsRequest(facts, 0, 'by-key'));
    const [back] = await a.listener.until('message');
    assert.equal(back?.message.callId, 'by-key');
    assert.equal(b.layer.flow(`${first.flow.key}9`)?.remote.port === first.flow.remote.port, false);
    assert.equal(b.layer.flow('nonsense'), undefined);
    await b.layer.stop();
    assert.equal(first.flow.open, false);
    assert.equal(b.layer.flow(first.flow.key), undefined);
  });

  test(`${name}: carries a big message and many small ones in order`, bounded, async () => {
    const [a, b] = [await listening(kind, '127.0.0.1'), await listening(kind, '127.0.0.1')];
    const flow = a.layer.connect(facts, b.at);
    flow.send(optionsRequest(facts, 60_000, 'big'));
    const sent = Array.from({ length: 50 }, (_, index) => `m${String(index)}`);
    for (const callId of sent) flow.send(optionsRequest(facts, 100, callId));
    const told = await b.listener.until('message', 51);
    assert.deepEqual(callIds(told), ['big', ...sent]);
    assert.equal(told[0]?.message.body.length, 60_000);
  });

  test(`${name}: garbage is told as malformed, and does no harm to others`, bounded, async () => {
    const [a, b, c] = [
      await listening(kind, '127.0.0.1'),
      await listening(kind, '127.0.0.1'),
      await listening(kind, '127.0.0.1'),
    ];
    a.layer.connect(facts, b.at).send(Buffer.from('\xff\xfe garbage \x00\r\n\r\n', 'latin1'));
    const [malformed] = await b.listener.until('malformed');
    assert.ok(malformed && malformed.fault.status >= 400);
    c.layer.connect(facts, b.at).send(optionsRequest(facts, 0, 'fine'));
    const [fine] = await b.listener.until('message');
    assert.equal(fine?.message.callId, 'fine');
  });

  test(`${name}: keepalives are no messages (RFC 5626 §4.4)`, bounded, async () => {
    const [a, b] = [await listening(kind, '127.0.0.1'), await listening(kind, '127.0.0.1')];
    const flow = a.layer.connect(facts, b.at);
    flow.send(Buffer.from('\r\n\r\n'));
    flow.send(optionsRequest(facts, 0, 'after'));
    await b.listener.until('message');
    assert.deepEqual(
      b.listener.told.map((each) => each.kind),
      ['message'],
    );
    const counted = b.samples().find((sample) => sample.name === 'pharos_transport_keepalives_total');
    assert.equal(counted?.value, 1);
  });

  test(`${name}: a listener that throws loses its message, not the server`, bounded, async () => {
    const a = await listening(kind, '127.0.0.1');
    const b = await listening(kind, '127.0.0.1', {
      onTold(told) {
        if (told.kind === 'message' && told.message.callId === 'bug') throw new Error('a fault of ours');
      },
    });
    const flow = a.layer.connect(facts, b.at);
    flow.send(optionsRequest(facts, 0, 'bug'));
    flow.send(optionsRequest(facts, 0, 'next'));
    const told = await b.listener.until('message', 2);
    assert.deepEqual(callIds(told), ['bug', 'next']);
    assert.equal(b.logged.filter((line) => line.event === 'message-failed').length, 1);
  });

  test(`${name}: a send that cannot be is told once, never thrown (RFC 3261 §18.4)`, bounded, async () => {
    const [a, b] = [await listening(kind, '127.0.0.1'), await listening(kind, '127.0.0.1')];
    const flow = a.layer.connect(facts, b.at);
    flow.send(optionsRequest(facts));
    await b.listener.until('message');
    await a.layer.stop();
    assert.equal(flow.open, false);
    assert.match(await failure(flow, optionsRequest(facts)), /./);
    assert.match(await failure(a.layer.connect(facts, b.at), optionsRequest(facts)), /./);
    const absent: TransportFacts = { ...facts, uriParam: 'absent' };
    assert.equal(await failure(a.layer.connect(absent, b.at), optionsRequest(facts)), 'no transport absent');
  });

  if (!facts.reliable) continue;

  test(`${name}: requests both ways share one connection (RFC 3261 §18.1.1)`, bounded, async () => {
    const [a, b] = [await listening(kind, '127.0.0.1'), await listening(kind, '127.0.0.1')];
    const out = a.layer.connect(facts, b.at);
    assert.equal(a.layer.connect(facts, b.at), out);
    out.send(optionsRequest(facts));
    const [first] = await b.listener.until('message');
    assert.ok(first);
    assert.equal(b.layer.connect(facts, first.flow.remote), first.flow);
    b.layer.connect(facts, first.flow.remote).send(optionsRequest(facts, 0, 'back'));
    const [back] = await a.listener.until('message');
    assert.equal(back?.flow, out);
  });

  test(`${name}: the death of a connection is told at both ends, once`, bounded, async () => {
    const [a, b] = [await listening(kind, '127.0.0.1'), await listening(kind, '127.0.0.1')];
    a.layer.connect(facts, b.at).send(optionsRequest(facts));
    const [first] = await b.listener.until('message');
    await a.layer.stop();
    const [gone] = await b.listener.until('closed');
    assert.equal(gone?.flow, first?.flow);
    assert.equal(gone?.flow.open, false);
    await b.layer.stop();
    for (const end of [a, b]) assert.equal((await end.listener.until('closed')).length, 1);
  });

  test(`${name}: a peer that is not there is told to every sender (RFC 3261 §18.4)`, bounded, async () => {
    const [a, b] = [await listening(kind, '127.0.0.1'), await listening(kind, '127.0.0.1')];
    await b.layer.stop();
    const flow = a.layer.connect(facts, b.at);
    const reasons = await Promise.all([failure(flow, optionsRequest(facts)), failure(flow, optionsRequest(facts))]);
    assert.deepEqual(reasons, ['ECONNREFUSED', 'ECONNREFUSED']);
    await a.listener.until('closed');
  });
}

test('TCP: a message in pieces is one message, two in one piece are two (RFC 3261 §18.3)', bounded, async () => {
  const tcp = transportKinds.find((kind) => kind.facts.uriParam === 'tcp');
  assert.ok(tcp);
  const b = await listening(tcp, '127.0.0.1');
  const socket = connect(b.at.port, '127.0.0.1').setNoDelay(true);
  const [one, two] = [optionsRequest(tcp.facts, 10, 'one'), optionsRequest(tcp.facts, 10, 'two')];
  for (const byte of one) {
    socket.write(Buffer.from([byte]));
    await new Promise(setImmediate);
  }
  socket.write(Buffer.concat([two, Buffer.from('\r\n\r\n'), optionsRequest(tcp.facts, 0, 'three')]));
  assert.deepEqual(callIds(await b.listener.until('message', 3)), ['one', 'two', 'three']);
  const pong = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  assert.equal(pong.toString(), '\r\n');
  socket.destroy();
  await b.listener.until('closed');
});

test('TCP: what is answered to a malformed message goes out before the connection is closed', bounded, async () => {
  const tcp = transportKinds.find((kind) => kind.facts.uriParam === 'tcp');
  assert.ok(tcp);
  const b = await listening(tcp, '127.0.0.1', {
    onTold(told) {
      if (told.kind === 'malformed') told.flow.send(Buffer.from(`SIP/2.0 ${String(told.fault.status)} x\r\n\r\n`));
    },
  });
  const socket = connect(b.at.port, '127.0.0.1');
  const heard: Buffer[] = [];
  socket.on('data', (chunk) => heard.push(chunk));
  socket.write('nonsense\r\n\r\n');
  await new Promise((resolve) => socket.once('close', resolve));
  assert.match(Buffer.concat(heard).toString(), /^SIP\/2\.0 400 /);
});

test('a machine without a family loses only the wildcard of that family', bounded, async () => {
  const end = createTransportEnd({
    kinds: transportKinds.map((kind) => ({
      facts: kind.facts,
      start: (context) => {
        const transport = kind.start(context);
        const listen = (at: BoundAddress) =>
          at.host.includes(':') ? Promise.resolve({ ok: false as const, fault: 'EAFNOSUPPORT' }) : transport.listen(at);
        return { ...transport, listen };
      },
    })),
  });
  ends.push(end);
  const [{ facts } = assert.fail('no kinds')] = transportKinds;
  const opened = await end.layer.listen([
    { transport: facts, host: '0.0.0.0', port: 0 },
    { transport: facts, host: '::', port: 0 },
  ]);
  assert.ok(opened.ok);
  assert.deepEqual(
    opened.value.map((at) => at.host),
    ['0.0.0.0'],
  );
  assert.equal(end.logged[0]?.event, 'family-not-available');
  assert.equal((await end.layer.listen([{ transport: facts, host: '::', port: 0 }])).ok, false);
  assert.equal((await end.layer.listen([{ transport: facts, host: '2001:db8::1', port: 0 }])).ok, false);
});
