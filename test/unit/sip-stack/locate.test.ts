import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../kernel/limits.ts';
import { silentLog } from '../../../kernel/log.ts';
import { fail, ok } from '../../../kernel/result.ts';
import type { Flow, TransportFacts } from '../../../sip-stack/flow.ts';
import { createLocate } from '../../../sip-stack/locate.ts';
import type { Locate } from '../../../sip-stack/locate.ts';
import type { BoundAddress } from '../../../sip-stack/transport/layer-port.ts';

const udp: TransportFacts = { viaToken: 'UDP', uriParam: 'udp', reliable: false, secure: false, defaultPort: 5060 };
const tcp: TransportFacts = { viaToken: 'TCP', uriParam: 'tcp', reliable: true, secure: false, defaultPort: 5060 };
const everywhere: readonly BoundAddress[] = [
  { transport: udp, host: '0.0.0.0', port: 5060 },
  { transport: udp, host: '::', port: 5060 },
  { transport: tcp, host: '0.0.0.0', port: 5060 },
];
const kept = { open: true, key: 'kept' } as Flow;
const dead = { open: false, key: 'dead' } as Flow;

function locateOn(
  bound: readonly BoundAddress[] = everywhere,
  names: Readonly<Record<string, readonly string[]>> = {},
): Locate & { readonly asked: string[]; readonly reasons: string[] } {
  const asked: string[] = [];
  const reasons: string[] = [];
  const locate = createLocate({
    layer: { bound, flow: (key) => [kept, dead].find((flow) => flow.key === key) },
    resolver: {
      addresses(host) {
        asked.push(host);
        const found = names[host];
        return Promise.resolve(found === undefined ? fail('ENOTFOUND') : ok(found));
      },
    },
    transports: [udp, tcp],
    log: { ...silentLog, info: (_event, fields) => void reasons.push(String(fields?.['reason'])) },
  });
  return { ...locate, asked, reasons };
}

const over = (transport: TransportFacts, host: string, port: number, whenLarge?: TransportFacts): object =>
  whenLarge === undefined
    ? { kind: 'address', transport, peer: { host, port } }
    : { kind: 'address', transport, peer: { host, port }, whenLarge };

test('goes over the kept flow while it is open, else to the Contact', () => {
  const locate = locateOn();
  const uri = 'sip:bob@192.0.2.1:5070;transport=udp';
  assert.deepEqual(locate.destination(uri, 'kept'), { kind: 'flow', flow: kept });
  assert.deepEqual(locate.destination(uri, 'dead'), over(udp, '192.0.2.1', 5070));
  assert.deepEqual(locate.destination(uri, 'forgotten'), over(udp, '192.0.2.1', 5070));
});

test('takes a numeric host at once, UDP when nothing is asked for (RFC 3263 §4.1)', () => {
  const locate = locateOn();
  assert.deepEqual(locate.destination('sip:bob@192.0.2.1:5070', ''), over(udp, '192.0.2.1', 5070, tcp));
  assert.deepEqual(locate.destination('sip:bob@192.0.2.1', ''), over(udp, '192.0.2.1', 5060, tcp));
  assert.deepEqual(locate.destination('sip:192.0.2.1', ''), over(udp, '192.0.2.1', 5060, tcp));
  assert.deepEqual(locate.destination('sip:bob@[2001:DB8:0::1]:5071', ''), over(udp, '2001:db8::1', 5071, tcp));
  assert.deepEqual(locate.asked, []);
});

test('remembers numeric hosts, within bounds', () => {
  const locate = locateOn();
  const first = locate.destination('sip:bob@192.0.2.1', '');
  assert.equal(locate.destination('sip:bob@192.0.2.1', ''), first);
  for (let count = 0; count < limits.peersRememberedMax; count += 1)
    void locate.destination(`sip:u${String(count)}@192.0.2.1`, '');
  assert.notEqual(locate.destination('sip:bob@192.0.2.1', ''), first);
});

test('does what the URI asks for: transport, and maddr in place of the host (RFC 3263 §4)', () => {
  const locate = locateOn();
  assert.deepEqual(locate.destination('sip:bob@192.0.2.1;transport=TCP', ''), over(tcp, '192.0.2.1', 5060));
  assert.deepEqual(locate.destination('sip:bob@192.0.2.1;transport=udp', ''), over(udp, '192.0.2.1', 5060));
  assert.deepEqual(locate.destination('sip:bob@a.example;maddr=192.0.2.9', ''), over(udp, '192.0.2.9', 5060, tcp));
});

test('offers no way for large requests that is not there', () => {
  const onlyUdp = locateOn(everywhere.slice(0, 1));
  assert.deepEqual(onlyUdp.destination('sip:bob@192.0.2.1', ''), over(udp, '192.0.2.1', 5060));
  const onlyTcp = locateOn(everywhere.slice(2));
  assert.deepEqual(onlyTcp.destination('sip:bob@192.0.2.1', ''), over(tcp, '192.0.2.1', 5060));
});

test('looks names up, and takes an address of a family that is spoken', async () => {
  const locate = locateOn(everywhere, { 'pc.example': ['2001:db8::7', '192.0.2.7'] });
  assert.deepEqual(await locate.destination('sip:bob@PC.example:5072', ''), over(udp, '2001:db8::7', 5072, tcp));
  const four = locateOn(everywhere.slice(0, 1), { 'pc.example': ['2001:db8::7', '192.0.2.7'] });
  assert.deepEqual(await four.destination('sip:bob@pc.example', ''), over(udp, '192.0.2.7', 5060));
  const six = locateOn(everywhere.slice(0, 1), { 'pc.example': ['2001:db8::7'] });
  assert.equal(await six.destination('sip:bob@pc.example', ''), undefined);
  assert.deepEqual(six.reasons, ['no address of a family we speak']);
});

test('says why there is no way', async () => {
  const cases: readonly (readonly [uri: string, reason: RegExp])[] = [
    ['sips:bob@192.0.2.1', /sips needs TLS/],
    ['tel:+1234', /no way to a tel URI/],
    ['pres:bob@example.com', /no way to a pres URI/],
    ['sip:bob@192.0.2.1;transport=sctp', /transport sctp is not spoken/],
    ['sip:bob@192.0.2.1:0', /port|malformed/],
    ['sip:bob@255.255.255.255', /not the address of one host/],
    ['sip:bob@0.0.0.0', /not the address of one host/],
    ['sip:bob@192.0.2.1;maddr=224.0.0.1', /not the address of one host/],
    ['sip:bob@[ff02::1]', /not the address of one host/],
    ['sip:bob@nowhere.example', /ENOTFOUND/],
    ['not a uri', /./],
    ['', /./],
  ];
  for (const [uri, reason] of cases) {
    const locate = locateOn();
    assert.equal(await locate.destination(uri, ''), undefined, uri);
    assert.match(locate.reasons[0] ?? '', reason, uri);
  }
  const deaf = locateOn([]);
  assert.equal(await deaf.destination('sip:bob@192.0.2.1', ''), undefined);
  assert.deepEqual(deaf.reasons, ['no transport is listening']);
});

test('does not let a name lead to an address that is no single host', async () => {
  const locate = locateOn(everywhere, { 'trap.example': ['224.0.0.1', '0.0.0.0'] });
  assert.equal(await locate.destination('sip:bob@trap.example', ''), undefined);
});
