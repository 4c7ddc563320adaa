import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ends } from '../../../trace/packet.ts';
import { endsOf, packetHeaderBytes, writePacketHeaders } from '../../../trace/packet.ts';

function packet(ends: Ends, payload: Buffer): Buffer {
  const head = packetHeaderBytes(ends);
  const bytes = Buffer.concat([Buffer.alloc(head, 0xee), payload]);
  writePacketHeaders(bytes, 0, ends, payload.length);
  return bytes;
}

/** The Internet checksum, summed in another way than the code under test: with the carry taken at each step (RFC 1071). */
function onesSum(bytes: Buffer): number {
  const even = bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]);
  let sum = 0;
  for (let at = 0; at < even.length; at += 2) {
    sum += even.readUInt16BE(at);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

test('an IPv4 packet has the header of RFC 791 §3.1 with a checksum that holds', () => {
  const ends = endsOf({ host: '192.0.2.7', port: 40_000 }, { host: '192.0.2.1', port: 5060 });
  const bytes = packet(ends, Buffer.from('hello'));
  assert.equal(bytes.length, 33);
  assert.equal(onesSum(bytes.subarray(0, 20)), 0xffff);
  assert.equal(bytes.toString('hex', 0, 4), '45000021');
  assert.equal(bytes.toString('hex', 12, 28), 'c0000207c00002019c4013c4000d0000');
  assert.equal(bytes.toString('latin1', 28), 'hello');
});

test('an IPv6 packet has the UDP checksum that it must have (RFC 8200 §8.1)', () => {
  const ends = endsOf({ host: '2001:db8::7', port: 5060 }, { host: '2001:db8::1', port: 5061 });
  for (const payload of ['odd', 'even', '', '\xff'.repeat(60_001)]) {
    const bytes = packet(ends, Buffer.from(payload, 'latin1'));
    const pseudo = Buffer.concat([bytes.subarray(8, 40), Buffer.from([0, 0, 0, 0, 0, 0, 0, 17])]);
    pseudo.writeUInt32BE(bytes.length - 40, 32);
    assert.equal(onesSum(Buffer.concat([pseudo, bytes.subarray(40)])), 0xffff, String(payload.length));
    assert.equal(bytes.readUInt16BE(4), 8 + payload.length);
  }
});

test('ends of different families, and names, become the unspecified address', () => {
  const mixed = endsOf({ host: '0.0.0.0', port: 1 }, { host: '2001:db8::1', port: 2 });
  assert.deepEqual([mixed.source.length, mixed.destination.length], [16, 16]);
  assert.ok(mixed.source.every((byte) => byte === 0));
  assert.deepEqual([...endsOf({ host: 'name', port: 1 }, { host: '192.0.2.1', port: 2 }).source], [0, 0, 0, 0]);
});
