import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { after, test } from 'node:test';
import type { Flow, TransportFacts } from '../../sip-stack/flow.ts';
import { transportKinds } from '../../sip-stack/transport/index.ts';
import type { TransportKind } from '../../sip-stack/transport/kind.ts';
import type { BoundAddress } from '../../sip-stack/transport/layer-port.ts';
import type { Tap } from '../../sip-stack/transport/tap.ts';
import type { SipMessage } from '../../sip-stack/wire/message.ts';
import { createAuthority } from '../support/certificates.ts';
import { dial, dialPlain } from '../support/stream-peers.ts';
import { createTransportEnd } from '../support/transport-ends.ts';
import type { Told } from '../support/transport-ends.ts';
import { withWebSocketClient } from '../support/websocket-client.ts';

/** Nothing here takes long; what does not come at all must fail, not hang. */
const bounded = { timeout: 10_000 };

type End = ReturnType<typeof createTransportEnd>;

/** Every end opened, so that the suite can show that nothing is left behind. */
const ends: End[] = [];
const authority = createAuthority();
after(async () => {
  await Promise.all(ends.map((end) => end.layer.stop()));
  authority.remove();
});

/** What every end shows over TLS, to peers that know it by its address. */
const certificates = authority.certificates([authority.issue({ dns: ['localhost'], addresses: ['127.0.0.1', '::1'] })]);

async function listening(kind: TransportKind, host: string, options: Parameters<typeof createTransportEnd>[0] = {}) {
  const end = createTransportEnd({ given: { certificates }, ...options, kinds: [withWebSocketClient(kind)] });
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

const udp = transportKinds.find((kind) => kind.facts.uriParam === 'udp') ?? assert.fail('no UDP');

const gauge = (end: End, name: string): number => end.samples().find((sample) => sample.name === name)?.value ?? 0;

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
    const end = createTransportEnd({ kinds: [kind], given: { certificates } });
    ends.push(end);
    const four = await end.layer.listen([{ transport: facts, host: '0.0.0.0', port: 0 }]);
    assert.ok(four.ok);
    const six = await end.layer.listen([{ transport: facts, host: '::', port: four.value[0]?.port ?? 0 }]);
    assert.ok(six.ok);
    assert.equal(end.layer.bound.length, 2);
  });

  test(`${name}: says which address cannot be listened on`, bounded, async () => {
    const { at } = await listening(kind, '127.0.0.1');
    const second = createTransportEnd({ kinds: [kind], given: { certificates } });
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

for (const kind of transportKinds.filter((each) => each.facts.reliable)) {
  const { facts } = kind;
  const { viaToken: name, uriParam } = facts;
  const hasFrames = uriParam === 'ws' || uriParam === 'wss';
  const answering = {
    onTold(told: Told): void {
      if (told.kind === 'malformed') told.flow.send(Buffer.from(`SIP/2.0 ${String(told.fault.status)} x\r\n\r\n`));
      if (told.kind === 'message') told.flow.send(Buffer.from(`SIP/2.0 200 ${told.message.callId}\r\n\r\n`));
    },
  };

  test(
    `${name}: what is answered to garbage goes out before the connection is closed (RFC 3261 §18.3)`,
    bounded,
    async () => {
      const b = await listening(kind, '127.0.0.1', answering);
      const peer = await dial(uriParam, b.at.port);
      peer.write('nonsense\r\n\r\n');
      await peer.closed;
      assert.match(peer.heard(), /^SIP\/2\.0 400 /);
      await b.listener.until('closed');
    },
  );

  test(
    `${name}: a Content-Length that lies is refused, and costs a stream its connection (RFC 3261 §18.3)`,
    bounded,
    async () => {
      const b = await listening(kind, '127.0.0.1', answering);
      const peer = await dial(uriParam, b.at.port);
      const lie = optionsRequest(facts, 0, 'lie')
        .toString('latin1')
        .replace('Content-Length: 0', 'Content-Length: 999999999');
      peer.write(Buffer.from(lie, 'latin1'));
      await peer.until('SIP/2.0 4');
      const [told] = await b.listener.until('malformed');
      assert.equal(told?.fault.request?.callId, 'lie');
      if (!hasFrames) {
        await peer.closed;
        return;
      }
      // A frame has its own bounds: the next one is not touched (RFC 7118 §5).
      peer.write(optionsRequest(facts, 0, 'next'));
      await peer.until('SIP/2.0 200 next');
      peer.destroy();
      await peer.closed;
    },
  );

  test(`${name}: NUL bytes are neither taken for a message nor harmful`, bounded, async () => {
    const b = await listening(kind, '127.0.0.1', answering);
    const peer = await dial(uriParam, b.at.port);
    peer.write(Buffer.concat([Buffer.alloc(500), Buffer.from('\r\n\r\n')]));
    await Promise.all([peer.closed, b.listener.until('closed')]);
    assert.deepEqual(
      b.listener.told.map((each) => each.kind),
      ['malformed', 'closed'],
    );
  });

  test(
    `${name}: a peer that does not read is dropped, its senders are told, memory stays bounded`,
    bounded,
    async () => {
      const b = await listening(kind, '127.0.0.1');
      const peer = await dial(uriParam, b.at.port);
      peer.write(optionsRequest(facts));
      const [first] = await b.listener.until('message');
      assert.ok(first);
      peer.pause();
      const failures: string[] = [];
      for (let sent = 0; sent < 2000 && first.flow.open; sent += 1) {
        first.flow.send(optionsRequest(facts, 60_000), (reason) => failures.push(reason));
        if (sent % 50 === 0) await new Promise(setImmediate);
      }
      assert.equal(first.flow.open, false);
      await b.listener.until('closed');
      assert.ok(failures.length > 0);
      assert.ok(failures.every((reason) => reason === 'peer reads too slowly'));
      const line = b.logged.find(({ event }) => event === 'peer-reads-too-slowly');
      assert.ok(Number(line?.fields['backlogBytes']) < 2 * 1_048_576);
      peer.destroy();
    },
  );

  test(`${name}: what is begun and never finished is closed in time`, bounded, async () => {
    const b = await listening(kind, '127.0.0.1');
    const silent = await dialPlain(b.at.port);
    const slow = await dialPlain(b.at.port);
    // The beginning of a request, of an HTTP request, and of a TLS record.
    slow.write(
      uriParam === 'tls' || uriParam === 'wss' ? Buffer.from([22, 3, 1, 2, 0, 1]) : 'GET / HTTP/1.1\r\nHost: x\r\n',
    );
    while (gauge(b, 'pharos_transport_connections') < 2) await new Promise(setImmediate);
    b.time.advance(30_100);
    await Promise.all([silent.closed, slow.closed]);
    assert.equal((await b.listener.until('closed', 2)).length, 2);
    const events = b.logged.map(({ event }) => event).filter((event) => event.endsWith('-unfinished'));
    assert.deepEqual(events, Array(2).fill(uriParam === 'tcp' ? 'message-unfinished' : 'handshake-unfinished'));
  });

  test(`${name}: who is not admitted is dropped before anything is read`, bounded, async () => {
    const admission = { admits: (host: string) => host !== '127.0.0.1', onMalformed: () => undefined };
    const b = await listening(kind, '127.0.0.1', { given: { certificates, admission } });
    const peer = await dialPlain(b.at.port);
    await peer.closed;
    assert.deepEqual(b.listener.told, []);
  });

  test(`${name}: a tap hears what comes and goes, whole`, bounded, async () => {
    const heard: string[] = [];
    const tap: Tap = {
      active: true,
      onReceived: (bytes, flow) => heard.push(`${flow.transport.uriParam} < ${bytes.toString('latin1')}`),
      onSent: (bytes, flow) => heard.push(`${flow.transport.uriParam} > ${bytes.toString('latin1')}`),
    };
    const b = await listening(kind, '127.0.0.1', { ...answering, given: { certificates, tap } });
    const peer = await dial(uriParam, b.at.port);
    const request = optionsRequest(facts, 20, 'tapped');
    peer.write(request);
    await peer.until('200 tapped');
    assert.deepEqual(heard, [
      `${uriParam} < ${request.toString('latin1')}`,
      `${uriParam} > SIP/2.0 200 tapped\r\n\r\n`,
    ]);
    peer.destroy();
    await peer.closed;
  });

  if (hasFrames) continue;

  test(`${name}: a message in pieces is one message, two in one piece are two (RFC 3261 §18.3)`, bounded, async () => {
    const b = await listening(kind, '127.0.0.1');
    const peer = await dial(uriParam, b.at.port);
    const [one, two] = [optionsRequest(facts, 10, 'one'), optionsRequest(facts, 10, 'two')];
    for (const byte of one) {
      peer.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    peer.write(Buffer.concat([two, Buffer.from('\r\n\r\n'), optionsRequest(facts, 0, 'three')]));
    assert.deepEqual(callIds(await b.listener.until('message', 3)), ['one', 'two', 'three']);
    await peer.until('\r\n');
    assert.equal(peer.heard(), '\r\n');
    peer.destroy();
    await b.listener.until('closed');
  });
}

test('UDP: who is not admitted is dropped before it is read, and counted', bounded, async () => {
  const seen: string[] = [];
  const admission = {
    admits(host: string, port = 0) {
      seen.push(`${host}:${String(port)}`);
      return seen.length !== 1;
    },
    onMalformed: () => undefined,
  };
  for (const datagramBackend of ['auto', 'node'] as const) {
    seen.length = 0;
    const [a, b] = [
      await listening(udp, '127.0.0.1'),
      await listening(udp, '127.0.0.1', { given: { admission }, settings: { datagramBackend } }),
    ];
    const flow = a.layer.connect(udp.facts, b.at);
    flow.send(optionsRequest(udp.facts, 0, 'dropped'));
    flow.send(optionsRequest(udp.facts, 0, 'taken'));
    assert.deepEqual(callIds(await b.listener.until('message')), ['taken']);
    assert.deepEqual(seen, Array(2).fill(`127.0.0.1:${String(a.at.port)}`));
    assert.equal(b.samples().find(({ name }) => name === 'pharos_transport_dropped_total')?.value, 1);
  }
});

test('UDP: a STUN Binding request on the SIP port is answered there (RFC 5626 §8)', bounded, async () => {
  for (const host of ['127.0.0.1', '::1']) {
    const b = await listening(udp, host);
    const socket = createSocket(host === '::1' ? 'udp6' : 'udp4');
    const answered = new Promise<Buffer>((resolve) => socket.once('message', resolve));
    const request = Buffer.from('000100002112a442b7e7a701bc34d686fa87dfae', 'hex');
    await new Promise<void>((resolve) => socket.send(request.subarray(0, 12), b.at.port, host, () => resolve()));
    socket.send(request, b.at.port, host);
    const answer = await answered;
    assert.equal(answer.readUInt16BE(0), 0x0101);
    assert.equal(answer.readUInt16BE(26) ^ 0x2112, socket.address().port);
    assert.deepEqual(answer.subarray(4, 20), request.subarray(4));
    assert.deepEqual(b.listener.told, []);
    socket.close();
  }
});

test('UDP: a tap hears datagrams, also those that are no message; faults are told to the door', bounded, async () => {
  const heard: string[] = [];
  const faults: string[] = [];
  const tap: Tap = {
    active: true,
    onReceived: (bytes) => heard.push(`< ${bytes.toString('latin1')}`),
    onSent: (bytes) => heard.push(`> ${bytes.toString('latin1')}`),
  };
  const admission = {
    admits: () => true,
    onMalformed: (host: string, port = 0) => faults.push(`${host}:${String(port)}`),
  };
  const [a, b] = [await listening(udp, '127.0.0.1'), await listening(udp, '127.0.0.1', { given: { tap, admission } })];
  a.layer.connect(udp.facts, b.at).send(Buffer.from('nonsense\r\n\r\n'));
  const [told] = await b.listener.until('malformed');
  told?.flow.send(Buffer.from('SIP/2.0 400 x\r\n\r\n'));
  assert.deepEqual(heard, ['< nonsense\r\n\r\n', '> SIP/2.0 400 x\r\n\r\n']);
  assert.deepEqual(faults, [`127.0.0.1:${String(a.at.port)}`]);
});

test('a machine without a family loses only the wildcard of that family', bounded, async () => {
  const end = createTransportEnd({
    given: { certificates },
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
