import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aorFromStore } from '../../../kernel/aor.ts';
import type { Location } from '../../../registrar/locations.ts';
import { reachingGruus, withFlowNews } from '../../../server/registrar.ts';
import type { Flow } from '../../../sip-stack/flow.ts';
import type { OutgoingRequest } from '../../../sip-stack/outgoing.ts';
import { fakeFlow } from '../../support/sip-incoming.ts';

const gruu = 'sip:alice@example.org;gr=urn:x';
const location = (parts: Partial<Location> = {}): Location => ({
  uri: 'sip:alice@192.0.2.9',
  q: 1000,
  flow: 'tcp|a|b|1',
  path: [],
  device: '<urn:x>',
  params: '',
  ...parts,
});

/** What is asked of locate and sent, with a device behind `gruu`: its ways, none, or 'unknown'. */
function create(device: readonly Location[] | 'unknown', open: readonly string[] = []) {
  const asked: string[] = [];
  const sent: OutgoingRequest[] = [];
  let resolved = 0;
  const reaching = reachingGruus(
    {
      gruu({ text }) {
        resolved += 1;
        if (text !== gruu) return undefined;
        return device === 'unknown' ? device : { aor: aorFromStore('sip:alice@example.org'), targets: device };
      },
    },
    { flow: (key) => (open.includes(key) ? { ...fakeFlow(), key } : undefined) },
    {
      destination(uriText, flowKey) {
        asked.push(`${uriText} ${flowKey}`);
        return { kind: 'flow', flow: fakeFlow() };
      },
      sender: { send: (request) => void sent.push(request) },
    },
  );
  const send = (request: Partial<OutgoingRequest>): OutgoingRequest | undefined => {
    const whole = { method: 'NOTIFY', uri: gruu, headers: [], ...request };
    reaching.sender.send(whole, { kind: 'flow', flow: fakeFlow() }, { onOutcome: () => undefined });
    return sent.at(-1);
  };
  return { reaching, asked, send, resolved: () => resolved };
}

test('a request to a GRUU goes where its device is registered, with its contact (RFC 5627 §6.1)', () => {
  const { reaching, asked, send } = create([location()]);
  void reaching.destination(gruu, 'udp|old');
  assert.deepEqual(asked, ['sip:alice@192.0.2.9 tcp|a|b|1']);
  assert.equal(send({ headerText: 'From: x\r\n' })?.uri, 'sip:alice@192.0.2.9');
});

test('the path of the device becomes the Route (RFC 3327 §5.3)', () => {
  const path = ['<sip:edge.example.net;lr;ob>', '<sip:p.example.net;lr>'];
  const { reaching, asked, send } = create([location({ path, flow: '' })]);
  void reaching.destination(gruu, '');
  assert.deepEqual(asked, ['sip:edge.example.net;lr;ob ']);
  assert.equal(send({ headerText: 'From: x\r\n' })?.headerText, `Route: ${path.join(', ')}\r\nFrom: x\r\n`);
  assert.deepEqual(send({ headers: [['From', 'x']] })?.headers, [
    ['Route', path.join(', ')],
    ['From', 'x'],
  ]);
});

test('a request with a Route keeps the GRUU: somebody on the way resolves it (RFC 3261 §16.6)', () => {
  const { send } = create([location()]);
  assert.equal(send({ headerText: 'Route: <sip:p;lr>\r\nFrom: x\r\n' })?.uri, gruu);
  assert.equal(send({ headers: [['Route', '<sip:p;lr>']] })?.uri, gruu);
});

test('while the device is not registered the flow of the subscription serves, and never our own domain (RFC 5627 §6.1)', () => {
  for (const device of [[], 'unknown'] as const) {
    const { reaching, asked, send } = create(device, ['tcp|still|open|1']);
    const found = reaching.destination(gruu, 'tcp|still|open|1');
    assert.ok(found !== undefined && 'flow' in found && found.flow.key === 'tcp|still|open|1');
    assert.equal(reaching.destination(gruu, 'tcp|gone|1'), undefined);
    assert.equal(reaching.destination(gruu, ''), undefined);
    assert.deepEqual(asked, []);
    assert.equal(send({})?.uri, gruu);
  }
});

test('other Contacts are not looked at twice', () => {
  const { reaching, asked, send, resolved } = create([location()]);
  void reaching.destination('sip:bob@192.0.2.7', 'flow');
  assert.deepEqual(asked, ['sip:bob@192.0.2.7 flow']);
  assert.equal(send({ uri: 'sip:bob@192.0.2.7' })?.uri, 'sip:bob@192.0.2.7');
  assert.equal(resolved(), 0);
  void reaching.destination('sip:bob@elsewhere.example;gr=1', 'flow');
  assert.deepEqual(asked.at(-1), 'sip:bob@elsewhere.example;gr=1 flow', 'the GRUU of another domain');
});

test('the end of a connection is told to both who want to know', () => {
  const told: string[] = [];
  const one = (name: string) => (flow: Flow) => void told.push(`${name} ${flow.key}`);
  const listener = withFlowNews(
    {
      onMessage: (_, flow) => void told.push(`message ${flow.key}`),
      onMalformed: (_, flow) => void told.push(`malformed ${flow.key}`),
      onFlowClosed: one('first'),
    },
    one('second'),
  );
  const flow = { ...fakeFlow(), key: 'k' };
  listener.onFlowClosed(flow);
  listener.onMalformed({ reason: 'x' } as never, flow);
  assert.deepEqual(told, ['first k', 'second k', 'malformed k']);
});
