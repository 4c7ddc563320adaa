import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCSeq } from '../../../../sip-stack/wire/cseq.ts';
import { faultIn, valueOf } from './support.ts';

test('reads number and method (RFC 3261 §20.16)', () => {
  assert.deepEqual(valueOf(parseCSeq('4711 INVITE')), { number: 4711, method: 'INVITE' });
  assert.deepEqual(valueOf(parseCSeq('0009 \t x-Own ')), { number: 9, method: 'x-Own' });
});

test('the number stays below 2^31 (RFC 3261 §8.1.1.5, RFC 4475 §3.1.2.4)', () => {
  assert.equal(valueOf(parseCSeq('2147483647 ACK')).number, 2_147_483_647);
  for (const number of ['2147483648', '4294967296', '36893488147419103232']) {
    assert.equal(faultIn(parseCSeq(`${number} ACK`)), 'CSeq number out of range');
  }
});

test('refuses what is no CSeq', () => {
  for (const text of ['', '1', 'INVITE', '1INVITE', '-1 ACK', '1 ACK x', '1.0 ACK', '1 <'])
    assert.ok(!parseCSeq(text).ok, text);
});
