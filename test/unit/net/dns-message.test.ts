import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode } from 'dns-packet';
import type { Question } from '../../../net/dns-message.ts';
import { readAnswer, writeQuestion } from '../../../net/dns-message.ts';
import { recordsOf } from '../../support/dns-server.ts';

const question: Question = { id: 4711, name: '_sip._udp.a.test', type: 'SRV' };
const good = encode({
  type: 'response',
  id: 4711,
  flags: 0x01_80,
  questions: [{ name: '_SIP._udp.a.test', type: 'SRV', class: 'IN' }],
  answers: recordsOf('_sip._udp.A.test SRV 30', ['1 2 5060 pbx.a.test']),
});

test('writes a question that asks for recursion and offers larger datagrams (RFC 6891 §6.2.3)', () => {
  const plain = decode(writeQuestion(question, false));
  assert.deepEqual(
    [plain.id, plain.flag_rd, plain.questions?.[0]?.name, plain.questions?.[0]?.type, plain.additionals?.length],
    [4711, true, '_sip._udp.a.test', 'SRV', 0],
  );
  const [option] = decode(writeQuestion(question, true)).additionals ?? [];
  assert.ok(option?.type === 'OPT');
  assert.equal(option.udpPayloadSize, 1232);
});

test('reads names without regard to case (RFC 4343)', () => {
  const records = [{ priority: 1, weight: 2, port: 5060, target: 'pbx.a.test' }];
  assert.deepEqual(readAnswer(good, question), { kind: 'found', records, ttl: 30 });
});

test('an answer cut off anywhere is never taken for one', () => {
  for (let length = 0; length < good.length; length += 1) {
    const { kind } = readAnswer(good.subarray(0, length), question);
    assert.ok(kind === 'foreign' || kind === 'refused', `${kind} at ${String(length)}`);
  }
});

test('bears every change of a byte, and never gives a record of another kind', () => {
  for (let at = 0; at < good.length; at += 1) {
    for (const value of [0, 1, 0x3f, 0x40, 0x80, 0xc0, 0xc1, 0xff]) {
      const bytes = Buffer.from(good);
      bytes[at] = value;
      const reading = readAnswer(bytes, question);
      if (reading.kind !== 'found') continue;
      for (const record of reading.records) assert.ok(typeof record === 'object' && 'target' in record);
    }
  }
});

test('is not made to reserve room for records that are not there', () => {
  const bytes = Buffer.from(good);
  bytes.writeUInt16BE(65_535, 10);
  assert.deepEqual(readAnswer(bytes, question), { kind: 'refused', reason: 'malformed answer' });
});

test('takes a TTL with the highest bit set as 0 (RFC 2181 §8)', () => {
  const bytes = Buffer.from(good);
  const ttlAt = good.indexOf(Buffer.from([0, 0, 0, 30]));
  bytes.writeUInt32BE(0x80_00_00_1e, ttlAt);
  const reading = readAnswer(bytes, question);
  assert.equal(reading.kind === 'found' ? reading.ttl : undefined, 0);
});
