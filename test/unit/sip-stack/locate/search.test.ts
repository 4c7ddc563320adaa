import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../../../../kernel/clock.ts';
import { limits } from '../../../../kernel/limits.ts';
import { parseVia } from '../../../../sip-stack/wire/via.ts';
import type { Zone } from '../../../support/dns-server.ts';
import { tcp, tls, udp, ws, wss } from '../../../support/transport-facts.ts';
import { all, listening, locateOn } from './bed.ts';

/** The example of RFC 3263 §4.1. */
const example: Zone = {
  'example.com NAPTR': [
    '50 50 s SIPS+D2T - _sips._tcp.example.com',
    '90 50 s SIP+D2T - _sip._tcp.example.com',
    '100 50 s SIP+D2U - _sip._udp.example.com',
  ],
  '_sips._tcp.example.com SRV': ['0 1 5061 server1.example.com'],
  '_sip._tcp.example.com SRV': ['0 1 5060 server1.example.com', '1 2 5060 server2.example.com'],
  '_sip._udp.example.com SRV': ['0 1 5060 server3.example.com'],
  'server1.example.com A': ['192.0.2.1'],
  'server2.example.com A': ['192.0.2.2'],
  'server3.example.com A': ['192.0.2.3'],
};

test('a client of TCP and UDP takes the TCP that NAPTR prefers, and nothing of another order (RFC 3263 §4.1)', async () => {
  const { ways, resolver } = locateOn({ zone: example });
  assert.deepEqual(await ways('sip:user@example.com'), ['tcp 192.0.2.1:5060', 'tcp 192.0.2.2:5060']);
  assert.deepEqual(resolver.asked.slice(0, 2), ['NAPTR example.com', 'SRV _sip._tcp.example.com']);
});

test('a client of UDP alone takes UDP (RFC 3263 §4.1)', async () => {
  const { ways } = locateOn({ zone: example, bound: listening(udp) });
  assert.deepEqual(await ways('sip:user@example.com'), ['udp 192.0.2.3:5060']);
});

test('a sip URI goes over TLS where the domain prefers that and we listen on it, with its domain (RFC 3263 §4.1)', async () => {
  const { ways } = locateOn({ zone: example, bound: listening(udp, tcp, tls) });
  assert.deepEqual(await ways('sip:user@example.com'), ['tls 192.0.2.1:5061 as example.com']);
});

test('a sips URI takes no service that is not SIPS (RFC 3263 §4.1)', async () => {
  const { ways } = locateOn({ zone: example });
  assert.deepEqual(await ways('sips:user@example.com'), ['tls 192.0.2.1:5061 as example.com']);
  const plain: Zone = { ...example, 'example.com NAPTR': ['90 50 s SIP+D2T - _sip._tcp.example.com'] };
  const without = locateOn({ zone: { ...plain, '_sips._tcp.example.com SRV': [], 'example.com A': ['192.0.2.9'] } });
  // Never over what is not secure: the domain's own address, at the port of TLS.
  assert.deepEqual(await without.ways('sips:user@example.com'), ['tls 192.0.2.9:5061 as example.com']);
});

test('passes over WebSocket, which only clients begin, however it is preferred (RFC 7118 §10.2)', async () => {
  const zone: Zone = {
    ...example,
    'example.com NAPTR': [
      '10 10 s SIPS+D2W - _wss.example.com',
      '20 10 s SIP+D2W - _ws.example.com',
      '30 10 s SIP+D2U - _sip._udp.example.com',
    ],
    '_ws.example.com SRV': ['0 0 80 server1.example.com'],
    '_wss.example.com SRV': ['0 0 443 server1.example.com'],
  };
  const { ways } = locateOn({ zone, bound: listening(udp, ws, wss) });
  assert.deepEqual(await ways('sip:user@example.com'), ['udp 192.0.2.3:5060']);
});

test('the replacement of a NAPTR record may be in another domain, in any case (RFC 3263 §4.1)', async () => {
  const zone: Zone = {
    'school.test NAPTR': ['10 50 S sip+d2u - _sip._udp.provider.test'],
    '_sip._udp.provider.test SRV': ['0 0 5080 pbx.provider.test'],
    'pbx.provider.test A': ['192.0.2.1'],
  };
  assert.deepEqual(await locateOn({ zone }).ways('sip:bob@school.test'), ['udp 192.0.2.1:5080']);
});

test('NAPTR records of one order are all tried, by preference (RFC 3403 §4.1)', async () => {
  const zone: Zone = {
    ...example,
    'example.com NAPTR': [
      '10 60 s SIP+D2U - _sip._udp.example.com',
      '10 50 s SIP+D2T - _sip._tcp.example.com',
      '10 10 u E2U+sip !^.*$!sip:x@y! _sip._udp.example.com',
    ],
  };
  assert.deepEqual(await locateOn({ zone }).ways('sip:example.com'), [
    'tcp 192.0.2.1:5060',
    'tcp 192.0.2.2:5060',
    'udp 192.0.2.3:5060',
  ]);
});

test('goes on to the next order when the best one leads to no server', async () => {
  const zone: Zone = { ...example, '_sip._tcp.example.com SRV': [] };
  assert.deepEqual(await locateOn({ zone }).ways('sip:example.com'), ['udp 192.0.2.3:5060']);
});

test('without NAPTR records it asks for the SRV records of each transport (RFC 3263 §4.1)', async () => {
  const zone: Zone = { ...example, 'example.com NAPTR': [] };
  const { ways, resolver } = locateOn({ zone });
  assert.deepEqual(await ways('sip:example.com'), ['udp 192.0.2.3:5060', 'tcp 192.0.2.1:5060', 'tcp 192.0.2.2:5060']);
  // Both at once, before the first is known.
  assert.deepEqual(resolver.asked.slice(0, 3), [
    'NAPTR example.com',
    'SRV _sip._udp.example.com',
    'SRV _sip._tcp.example.com',
  ]);
});

test('without NAPTR and SRV records it goes to the domain itself: UDP, or TLS for sips (RFC 3263 §4.1, §4.2)', async () => {
  const { ways } = locateOn({ zone: { 'a.test A': ['192.0.2.1', '192.0.2.2'] } });
  assert.deepEqual(await ways('sip:a.test'), ['udp 192.0.2.1:5060', 'udp 192.0.2.2:5060']);
  assert.deepEqual(await ways('sips:a.test'), ['tls 192.0.2.1:5061 as a.test', 'tls 192.0.2.2:5061 as a.test']);
});

test('with an explicit port nothing but addresses is looked up, 5060 included (RFC 3263 §4.2)', async () => {
  const { ways, resolver } = locateOn({ zone: { ...example, 'example.com A': ['192.0.2.9'] } });
  assert.deepEqual(await ways('sip:example.com:5060'), ['udp 192.0.2.9:5060']);
  assert.deepEqual(await ways('sip:example.com:5070;transport=tcp'), ['tcp 192.0.2.9:5070']);
  assert.deepEqual(await ways('sips:example.com:5071'), ['tls 192.0.2.9:5071 as example.com']);
  assert.ok(resolver.asked.every((question) => /^A{1,4} /.test(question)));
});

test('with an explicit transport SRV is asked for that one, without NAPTR (RFC 3263 §4.2)', async () => {
  const { ways, resolver } = locateOn({ zone: example });
  assert.deepEqual(await ways('sip:example.com;transport=udp'), ['udp 192.0.2.3:5060']);
  assert.deepEqual(await ways('sips:example.com;transport=tcp'), ['tls 192.0.2.1:5061 as example.com']);
  assert.deepEqual(await ways('sip:example.com;transport=tls'), ['tls 192.0.2.1:5061 as example.com']);
  assert.ok(!resolver.asked.includes('NAPTR example.com'));
  const bare = locateOn({ zone: { 'a.test A': ['192.0.2.1'] } });
  assert.deepEqual(await bare.ways('sip:a.test;transport=tcp'), ['tcp 192.0.2.1:5060']);
  assert.deepEqual(await bare.ways('sip:a.test;transport=ws'), ['ws 192.0.2.1:80']);
  assert.deepEqual(bare.resolver.asked.slice(0, 1), ['SRV _sip._tcp.a.test']);
});

test('maddr is what is looked up in place of the host (RFC 3263 §4)', async () => {
  const { ways } = locateOn({ zone: example });
  assert.deepEqual(await ways('sip:bob@elsewhere.test;maddr=example.com'), [
    'tcp 192.0.2.1:5060',
    'tcp 192.0.2.2:5060',
  ]);
  // Who answers over TLS must prove the domain of the URI all the same (RFC 5922 §4).
  assert.deepEqual(await ways('sips:bob@elsewhere.test;maddr=example.com'), ['tls 192.0.2.1:5061 as elsewhere.test']);
});

test('a service whose target is "." is decidedly not there (RFC 2782)', async () => {
  const { ways, reasons } = locateOn({ zone: { '_sip._udp.a.test SRV': ['0 0 0 .'], 'a.test A': ['192.0.2.1'] } });
  assert.deepEqual(await ways('sip:a.test;transport=udp'), []);
  assert.deepEqual(reasons, ['the domain does not offer this service']);
});

test('looks nothing up before it is asked for', async () => {
  const { locate, resolver } = locateOn({ zone: example });
  const candidates = locate.candidates('sip:example.com', '');
  assert.equal(resolver.asked.length, 0);
  await candidates.next();
  assert.ok(!resolver.asked.includes('A server2.example.com'));
  await candidates.next();
  assert.ok(resolver.asked.includes('A server2.example.com'));
});

test('asks for both families of each SRV target, and tries them in turn (RFC 6157 §5)', async () => {
  const zone: Zone = {
    '_sip._udp.a.test SRV': ['0 0 5060 both.a.test'],
    'both.a.test A': ['192.0.2.1', '192.0.2.2'],
    'both.a.test AAAA': ['2001:db8::1', '2001:db8::2'],
  };
  const uri = 'sip:a.test;transport=udp';
  const sixFirst = ['udp 2001:db8::1:5060', 'udp 192.0.2.1:5060', 'udp 2001:db8::2:5060', 'udp 192.0.2.2:5060'];
  const unbracketed = (ways: readonly string[]): readonly string[] => ways.map((way) => way.replace(/[[\]]/g, ''));
  assert.deepEqual(unbracketed(await locateOn({ zone }).ways(uri)), sixFirst);
  // A machine whose own IPv6 addresses do not reach beyond its link begins with IPv4.
  const linkOnly = unbracketed(await locateOn({ zone, sixReaches: false }).ways(uri));
  assert.deepEqual(linkOnly, [sixFirst[1], sixFirst[0], sixFirst[3], sixFirst[2]]);
  // One that speaks IPv4 alone does not ask for the other.
  const four = locateOn({ zone, bound: [{ transport: udp, host: '0.0.0.0', port: 5060 }] });
  assert.deepEqual(await four.ways(uri), ['udp 192.0.2.1:5060', 'udp 192.0.2.2:5060']);
  assert.ok(four.resolver.asked.every((question) => !question.startsWith('AAAA')));
});

test('what failed not long ago is tried last, for as long as is set (RFC 3263 §4.3)', async () => {
  const { locate, ways, time } = locateOn({ zone: { 'a.test A': ['192.0.2.1', '192.0.2.2'] } });
  const uri = 'sip:a.test:5060';
  const first = await locate.candidates(uri, '').next();
  assert.ok(first !== undefined);
  locate.failed(first);
  assert.deepEqual(await ways(uri), ['udp 192.0.2.2:5060', 'udp 192.0.2.1:5060']);
  // The same address by another transport, or another port, has not failed.
  assert.deepEqual(await ways('sip:a.test:5060;transport=tcp'), ['tcp 192.0.2.1:5060', 'tcp 192.0.2.2:5060']);
  time.advance(60_000);
  assert.deepEqual(await ways(uri), ['udp 192.0.2.1:5060', 'udp 192.0.2.2:5060']);
});

test('leaves alone for Retry-After who asked for it, within bounds (RFC 3261 §21.5.4)', async () => {
  const { locate, ways, time } = locateOn({ zone: { 'a.test A': ['192.0.2.1', '192.0.2.2'] } });
  const uri = 'sip:a.test:5060';
  const first = await locate.candidates(uri, '').next();
  assert.ok(first !== undefined);
  locate.failed(first, seconds(1_000_000));
  time.advance(299_000);
  assert.deepEqual((await ways(uri))[0], 'udp 192.0.2.2:5060');
  time.advance(1000);
  assert.deepEqual((await ways(uri))[0], 'udp 192.0.2.1:5060');
});

test('a stateless proxy finds the same order each time, however the server mixes the records (RFC 3263 §4.4)', async () => {
  const targets = ['a', 'b', 'c', 'd'];
  const zoneOf = (order: readonly string[]): Zone => ({
    '_sip._udp.a.test SRV': order.map((each) => `0 10 5060 ${each}.a.test`),
    ...Object.fromEntries(targets.map((each, index) => [`${each}.a.test A`, [`192.0.2.${String(index)}`]])),
  });
  const uri = 'sip:a.test;transport=udp';
  const firsts = new Set<string>();
  for (let count = 0; count < 40; count += 1) {
    const seed = `z9hG4bK${String(count)}`;
    const ways = await locateOn({ zone: zoneOf(targets), tokens: String(count) }).ways(uri, seed);
    const mixed = await locateOn({ zone: zoneOf([...targets].reverse()) }).ways(uri, seed);
    assert.deepEqual(mixed, ways);
    firsts.add(ways[0] ?? '');
  }
  assert.equal(firsts.size, 4);
});

test('gives each address once, and takes a bounded number of look-ups', async () => {
  const many = Array.from({ length: 200 }, (_, index) => `0 0 5060 n${String(index)}.a.test`);
  const zone: Zone = {
    '_sip._udp.a.test SRV': many,
    ...Object.fromEntries(many.map((_, index) => [`n${String(index)}.a.test A`, ['192.0.2.1']])),
  };
  const { ways, resolver } = locateOn({ zone, bound: [{ transport: udp, host: '0.0.0.0', port: 5060 }] });
  assert.deepEqual(await ways('sip:a.test;transport=udp'), ['udp 192.0.2.1:5060']);
  assert.equal(resolver.asked.length, limits.lookupsPerRequestMax);
});

test('a response whose flow is gone goes to what sent-by names (RFC 3263 §5)', async () => {
  const zone: Zone = { ...example, 'pc.test A': ['192.0.2.7', '192.0.2.8'], 'example.com A': ['192.0.2.9'] };
  const { locate, resolver } = locateOn({ zone });
  const ways = (text: string): Promise<readonly string[]> => {
    const via = parseVia(text);
    assert.ok(via.ok);
    return all(locate.forResponse(via.value));
  };
  // A numeric address: that address, at its port or the transport's own.
  assert.deepEqual(await ways('SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa'), ['udp 192.0.2.1:5070']);
  assert.deepEqual(await ways('SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKa'), ['tls 192.0.2.1:5061 as 192.0.2.1']);
  assert.deepEqual(resolver.asked, []);
  // A name and a port: its addresses one after the other.
  assert.deepEqual(await ways('SIP/2.0/TCP pc.test:5070;branch=z9hG4bKa'), [
    'tcp 192.0.2.7:5070',
    'tcp 192.0.2.8:5070',
  ]);
  // A name without a port: SRV of its transport, "_sips._tcp" for TLS.
  assert.deepEqual(await ways('SIP/2.0/TLS example.com;branch=z9hG4bKa'), ['tls 192.0.2.1:5061 as example.com']);
  assert.deepEqual(await ways('SIP/2.0/UDP example.com;branch=z9hG4bKa'), ['udp 192.0.2.3:5060']);
  assert.deepEqual(await ways('SIP/2.0/UDP pc.test;branch=z9hG4bKa'), ['udp 192.0.2.7:5060', 'udp 192.0.2.8:5060']);
  assert.deepEqual(await ways('SIP/2.0/SCTP pc.test;branch=z9hG4bKa'), []);
});

test('tcp and tls are told apart by their tokens, whatever the order of the list', async () => {
  const { ways } = locateOn({ zone: example, known: [wss, ws, tls, tcp, udp] });
  assert.deepEqual(await ways('sip:example.com;transport=tcp'), ['tcp 192.0.2.1:5060', 'tcp 192.0.2.2:5060']);
});
