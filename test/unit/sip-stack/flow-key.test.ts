import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TransportFacts } from '../../../sip-stack/flow.ts';
import { flowKeyOf, hostPort, parseFlowKey } from '../../../sip-stack/flow-key.ts';

const facts: TransportFacts = { viaToken: 'TCP', uriParam: 'tcp', reliable: true, secure: false, defaultPort: 5060 };
const four = { host: '192.0.2.1', port: 5060 };
const six = { host: '2001:db8::1', port: 40_000 };

test('a key names both ends, and the connection where there is one', () => {
  assert.equal(flowKeyOf(facts, four, six), 'tcp|192.0.2.1:5060|2001:db8::1:40000');
  assert.equal(flowKeyOf(facts, four, six, 'e.1'), 'tcp|192.0.2.1:5060|2001:db8::1:40000|e.1');
});

test('a key can be taken apart again', () => {
  for (const connection of ['', 'e.1']) {
    const name = parseFlowKey(flowKeyOf(facts, six, four, connection));
    assert.deepEqual(name, { transport: 'tcp', local: six, remote: four, connection });
  }
});

test('what is no key is told apart', () => {
  for (const key of [
    '',
    'tcp',
    'tcp|a|b',
    'tcp|a:1',
    'tcp|a:1|b:70000',
    'tcp|a:1|b:x',
    'tcp|:1|b:2',
    'tcp|a:1|b:2|c|d',
  ]) {
    assert.equal(parseFlowKey(key), undefined, key);
  }
});

test('writes IPv6 in brackets for a Via (RFC 3261 §25.1)', () => {
  assert.equal(hostPort(four), '192.0.2.1:5060');
  assert.equal(hostPort(six), '[2001:db8::1]:40000');
});
