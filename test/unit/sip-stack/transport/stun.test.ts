import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { answerStun, isStun } from '../../../../sip-stack/transport/stun.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const id = 'b7e7a701 bc34d686 fa87dfae';
const plain = hex(`0001 0000 2112a442 ${id}`);

/** The sample request of RFC 5769 §2.1, whose FINGERPRINT was made by somebody else. */
const sample = hex(`
  0001 0058 2112a442 ${id}
  8022 0010 5354554e 20746573 7420636c 69656e74
  0024 0004 6e0001ff
  8029 0008 932ff9b1 51263b36
  0006 0009 6576746a 3a683676 59202020
  0008 0014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2
  8028 0004 e57a3bcf`);

const withAttributes = (attributes: string): Buffer => {
  const bytes = hex(`0001 0000 2112a442 ${id} ${attributes}`);
  bytes.writeUInt16BE(bytes.length - 20, 2);
  return bytes;
};

test('tells an IPv4 client its address (RFC 5626 §8, RFC 5389 §15.2)', () => {
  // Address and port of RFC 5769 §2.2: 192.0.2.1:32853.
  const answer = answerStun(plain, { host: '192.0.2.1', port: 32_853 });
  assert.deepEqual(answer, hex(`0101 000c 2112a442 ${id} 0020 0008 0001 a147 e112a643`));
});

test('tells an IPv6 client its address (RFC 5626 §8, RFC 5389 §15.2)', () => {
  // Address and port of RFC 5769 §2.3.
  const answer = answerStun(plain, { host: '2001:db8:1234:5678:11:2233:4455:6677', port: 32_853 });
  assert.deepEqual(answer, hex(`0101 0018 2112a442 ${id} 0020 0014 0002 a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9`));
});

test('answers with a FINGERPRINT who sends one (RFC 5389 §8, §15.5)', () => {
  // PRIORITY (0x0024), which belongs to ICE and has to be understood, is made optional: the check sum is made anew.
  const request = Buffer.from(sample);
  request.writeUInt16BE(0x8024, 40);
  request.writeUInt32BE((crc32(request.subarray(0, -8)) ^ 0x5354_554e) >>> 0, request.length - 4);
  const answer = answerStun(request, { host: '192.0.2.1', port: 32_853 });
  assert.ok(answer);
  assert.equal(answer.readUInt16BE(0), 0x0101);
  assert.equal(answer.readUInt16BE(2), answer.length - 20);
  assert.equal(answer.readUInt32BE(answer.length - 8), 0x8028_0004);
  assert.equal(answer.readUInt32BE(answer.length - 4), (crc32(answer.subarray(0, -8)) ^ 0x5354_554e) >>> 0);
});

test('takes the FINGERPRINT of the published vector, and names the attribute it does not understand (RFC 5389 §7.3.1)', () => {
  const answer = answerStun(sample, { host: '192.0.2.1', port: 32_853 });
  assert.ok(answer);
  assert.equal(answer.readUInt16BE(0), 0x0111);
  // ERROR-CODE 420, then UNKNOWN-ATTRIBUTES with PRIORITY.
  assert.equal(answer.readUInt32BE(24), 0x0000_0414);
  assert.ok(answer.includes(hex('000a 0002 0024 0000')));
});

test('drops a FINGERPRINT that is wrong or not the last attribute (RFC 5389 §7.3)', () => {
  const broken = Buffer.from(sample);
  broken.writeUInt8(1, 30);
  assert.equal(answerStun(broken, { host: '192.0.2.1', port: 1 }), undefined);
  assert.equal(answerStun(withAttributes('8028 0004 00000000 8022 0000'), { host: '192.0.2.1', port: 1 }), undefined);
});

test('drops what is malformed or no Binding request (RFC 5389 §7.3)', () => {
  const from = { host: '192.0.2.1', port: 1 };
  const cases: Readonly<Record<string, Buffer>> = {
    'too short': plain.subarray(0, 19),
    'wrong cookie': hex(`0001 0000 2112a443 ${id}`),
    'length that lies': hex(`0001 0004 2112a442 ${id}`),
    'length not of whole words': Buffer.concat([hex(`0001 0002 2112a442 ${id}`), Buffer.alloc(2)]),
    'attribute beyond the end': withAttributes('8022 0010 00000000'),
    'an indication': hex(`0011 0000 2112a442 ${id}`),
    'a success': hex(`0101 0000 2112a442 ${id}`),
    'another method': hex(`0003 0000 2112a442 ${id}`),
    'a SIP message': Buffer.from('OPTIONS sip:x SIP/2.0\r\n\r\n'),
  };
  for (const [what, bytes] of Object.entries(cases)) assert.equal(answerStun(bytes, from), undefined, what);
  assert.equal(answerStun(plain, { host: 'not-an-address', port: 1 }), undefined);
});

test('an answer stays small, however many attributes are unknown', () => {
  const many = withAttributes(
    Array.from({ length: 100 }, (_, at) => `7${at.toString(16).padStart(3, '0')} 0000`).join(''),
  );
  assert.ok((answerStun(many, { host: '192.0.2.1', port: 1 })?.length ?? 0) < 80);
});

test('is told from SIP by the first byte (RFC 5626 §8)', () => {
  assert.equal(isStun(plain), true);
  assert.equal(isStun(Buffer.from('OPTIONS sip:example.org SIP/2.0\r\n\r\n')), false);
  assert.equal(isStun(Buffer.from([0, 1])), false);
});
