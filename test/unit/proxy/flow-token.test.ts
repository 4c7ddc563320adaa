import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFlowTokens, isFlowToken } from '../../../proxy/flow-token.ts';

const flow = 'tcp|192.0.2.1:5060|[2001:db8::1]:40001|c17';

test('a token names its flow, for this server and after a restart with the same secret (RFC 5626 §5.2)', () => {
  const tokens = createFlowTokens('secret');
  const token = tokens.seal(flow);
  assert.match(token, /^~[\w-]+$/);
  assert.equal(tokens.open(token), flow);
  assert.equal(createFlowTokens('secret').open(token), flow);
  assert.equal(tokens.seal(flow), token);
});

test('one that was made elsewhere or changed anywhere names none (RFC 5626 §5.3.1)', () => {
  const token = createFlowTokens('secret').seal(flow);
  assert.equal(createFlowTokens('other').open(token), undefined);
  for (let at = 1; at < token.length - 1; at += 1) {
    const changed = `${token.slice(0, at)}${token.charAt(at) === 'x' ? 'y' : 'x'}${token.slice(at + 1)}`;
    assert.equal(createFlowTokens('secret').open(changed), undefined, String(at));
  }
  for (const short of ['~', '~AA', '~AAAAAAAAAAAAAA']) assert.equal(createFlowTokens('secret').open(short), undefined);
});

test('user parts of others are no tokens', () => {
  assert.deepEqual([undefined, '', 'alice', '~x'].map(isFlowToken), [false, false, false, true]);
});
