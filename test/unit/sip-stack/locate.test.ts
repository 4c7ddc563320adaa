import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../kernel/limits.ts';
import type { TransportFacts } from '../../../sip-stack/flow.ts';
import { tcp, tls, udp, wss } from '../../support/transport-facts.ts';
import { all, kept, listening, locateOn, written } from './locate/bed.ts';

const over = (transport: TransportFacts, host: string, port: number, whenLarge?: TransportFacts): object =>
  whenLarge === undefined
    ? { kind: 'address', transport, peer: { host, port } }
    : { kind: 'address', transport, peer: { host, port }, whenLarge };

test('goes over the kept flow while it is open, else to the Contact', async () => {
  const { locate } = locateOn();
  const uri = 'sip:bob@192.0.2.1:5070;transport=udp';
  assert.deepEqual(locate.destination(uri, 'kept'), { kind: 'flow', flow: kept });
  assert.deepEqual(locate.destination(uri, 'dead'), over(udp, '192.0.2.1', 5070));
  assert.deepEqual(locate.destination(uri, 'forgotten'), over(udp, '192.0.2.1', 5070));
  // An open flow is the only way: it is kept because the Contact leads nowhere.
  assert.deepEqual(await all(locate.candidates(uri, 'kept')), ['flow']);
  assert.deepEqual(await all(locate.candidates(uri, 'dead')), ['udp 192.0.2.1:5070']);
  assert.equal(locate.candidates(uri, 'kept').more, false);
});

test('takes a numeric host at once, UDP when nothing is asked for (RFC 3263 §4.1)', () => {
  const { locate, resolver } = locateOn();
  assert.deepEqual(locate.destination('sip:bob@192.0.2.1:5070', ''), over(udp, '192.0.2.1', 5070, tcp));
  assert.deepEqual(locate.destination('sip:bob@192.0.2.1', ''), over(udp, '192.0.2.1', 5060, tcp));
  assert.deepEqual(locate.destination('sip:192.0.2.1', ''), over(udp, '192.0.2.1', 5060, tcp));
  assert.deepEqual(locate.destination('sip:bob@[2001:DB8:0::1]:5071', ''), over(udp, '2001:db8::1', 5071, tcp));
  assert.deepEqual(resolver.asked, []);
});

test('takes TLS for a sips URI with a numeric host, and at which port (RFC 3263 §4.1, RFC 3261 §19.1.2)', () => {
  const { locate } = locateOn();
  const secure = { kind: 'address', transport: tls, domain: '192.0.2.1' };
  assert.deepEqual(locate.destination('sips:bob@192.0.2.1', ''), {
    ...secure,
    peer: { host: '192.0.2.1', port: 5061 },
  });
  const asked = { host: '192.0.2.1', port: 5071 };
  assert.deepEqual(locate.destination('sips:bob@192.0.2.1:5071;transport=tcp', ''), { ...secure, peer: asked });
  assert.deepEqual(locate.destination('sip:bob@192.0.2.1:5071;transport=tls', ''), { ...secure, peer: asked });
  assert.deepEqual(locate.destination('sips:bob@192.0.2.1:5071;transport=ws', ''), {
    ...secure,
    transport: wss,
    peer: asked,
  });
});

test('remembers numeric hosts, within bounds', () => {
  const { locate } = locateOn();
  const first = locate.destination('sip:bob@192.0.2.1', '');
  assert.equal(locate.destination('sip:bob@192.0.2.1', ''), first);
  for (let count = 0; count < limits.peersRememberedMax; count += 1)
    void locate.destination(`sip:u${String(count)}@192.0.2.1`, '');
  assert.notEqual(locate.destination('sip:bob@192.0.2.1', ''), first);
});

test('does what the URI asks for: transport, and maddr in place of the host (RFC 3263 §4)', () => {
  const { locate } = locateOn();
  assert.deepEqual(locate.destination('sip:bob@192.0.2.1;transport=TCP', ''), over(tcp, '192.0.2.1', 5060));
  assert.deepEqual(locate.destination('sip:bob@192.0.2.1;transport=udp', ''), over(udp, '192.0.2.1', 5060));
  assert.deepEqual(locate.destination('sip:bob@a.example;maddr=192.0.2.9', ''), over(udp, '192.0.2.9', 5060, tcp));
});

test('offers no way for large requests that is not there', () => {
  const onlyUdp = locateOn({ bound: listening(udp) });
  assert.deepEqual(onlyUdp.locate.destination('sip:bob@192.0.2.1', ''), over(udp, '192.0.2.1', 5060));
  const onlyTcp = locateOn({ bound: listening(tcp) });
  assert.deepEqual(onlyTcp.locate.destination('sip:bob@192.0.2.1', ''), over(tcp, '192.0.2.1', 5060));
});

test('gives an address found by name with the others, at once while DNS remembers (RFC 3263 §4.3)', async () => {
  const { locate, resolver } = locateOn({ zone: { 'pc.example A': ['192.0.2.7', '192.0.2.8'] } });
  const found = await locate.destination('sip:bob@PC.example:5072', '');
  assert.equal(written(found), 'udp 192.0.2.7:5072');
  assert.ok(found?.kind === 'address' && found.others !== undefined);
  assert.deepEqual(await all(found.others), ['udp 192.0.2.8:5072']);
  resolver.remembers = true;
  const again = locate.destination('sip:bob@pc.example:5072', '');
  assert.ok(!(again instanceof Promise));
  assert.equal(written(again), 'udp 192.0.2.7:5072');
  const alone = locateOn({ zone: { 'pc.example A': ['192.0.2.7'] } });
  const only = await alone.locate.destination('sip:bob@pc.example:5072', '');
  assert.ok(only?.kind === 'address' && only.others === undefined);
});

test('says why there is no way', async () => {
  const cases: readonly (readonly [uri: string, reason: RegExp])[] = [
    ['sips:bob@192.0.2.1;transport=udp', /sips cannot go over udp/],
    ['tel:+1234', /no way to a tel URI/],
    ['pres:bob@example.com', /no way to a pres URI/],
    ['sip:bob@192.0.2.1;transport=sctp', /transport sctp is not spoken/],
    ['sip:bob@192.0.2.1:0', /port|malformed/],
    ['sip:bob@255.255.255.255', /not the address of one host/],
    ['sip:bob@0.0.0.0', /not the address of one host/],
    ['sip:bob@192.0.2.1;maddr=224.0.0.1', /not the address of one host/],
    ['sip:bob@[ff02::1]', /not the address of one host/],
    ['sip:bob@nowhere.example', /no address of nowhere.example/],
    ['not a uri', /./],
    ['', /./],
  ];
  for (const [uri, reason] of cases) {
    const { locate, reasons } = locateOn();
    assert.equal(await locate.destination(uri, ''), undefined, uri);
    assert.equal(reasons.length, 1, uri);
    assert.match(reasons[0] ?? '', reason, uri);
    const candidates = locate.candidates(uri, '');
    assert.equal(await candidates.next(), undefined, uri);
    assert.match(candidates.reason, reason, uri);
  }
  const deaf = locateOn({ bound: [] });
  assert.equal(await deaf.locate.destination('sip:bob@192.0.2.1', ''), undefined);
  assert.deepEqual(deaf.reasons, ['no transport is listening']);
  const plain = locateOn({ known: [udp, tcp] });
  assert.equal(await plain.locate.destination('sips:bob@192.0.2.1', ''), undefined);
  assert.deepEqual(plain.reasons, ['sips needs TLS, which is not spoken']);
});

test('does not let a name lead to an address that is no single host', async () => {
  const { ways, reasons } = locateOn({ zone: { 'trap.example A': ['224.0.0.1', '0.0.0.0'] } });
  assert.deepEqual(await ways('sip:bob@trap.example'), []);
  assert.deepEqual(reasons, ['no address of a family we speak']);
});
