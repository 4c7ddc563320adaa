import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createResponse } from '../../../../sip-stack/wire/build.ts';
import { joinMessage, writeMessage, writeRequest, writeResponse } from '../../../../sip-stack/wire/write.ts';
import { registerBytes, sound, soundRequest } from './support.ts';

test('what was received is written byte for byte, the white space of its lines too', () => {
  const bytes = registerBytes(['Subject :  \xff\xfe', ' folded', 'l:   2'], '\0\xff');
  assert.deepEqual(writeMessage(sound(bytes)), bytes);
});

test('a request of ours has Via first, Max-Forwards 70 and the lines of its body (RFC 3261 §8.1.1)', () => {
  const out = {
    method: 'NOTIFY',
    uri: 'sip:w@192.0.2.1',
    headers: [['Event', 'presence']] as const,
    body: { contentType: 'application/pidf+xml', bytes: Buffer.from('<x/>') },
  };
  assert.equal(
    writeRequest(out, 'SIP/2.0/UDP h;branch=z9hG4bKx').toString(),
    'NOTIFY sip:w@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nMax-Forwards: 70\r\nEvent: presence\r\n' +
      'Content-Type: application/pidf+xml\r\nContent-Length: 4\r\n\r\n<x/>',
  );
});

test('a response written at once is the response that was built', () => {
  const request = soundRequest(registerBytes());
  const parts = {
    status: 200,
    headers: [['Expires', '60']] as const,
    toTag: 't',
    body: { contentType: 'a/b', bytes: Buffer.from('x') },
  };
  const built = writeMessage(createResponse(request, { ...parts, via: 'SIP/2.0/UDP other' }));
  assert.deepEqual(writeResponse(request, parts, 'SIP/2.0/UDP other'), built);
  assert.deepEqual(writeResponse(request, { ...parts, via: 'SIP/2.0/UDP other' }), built);
});

test('joins a prepared header section and a body', () => {
  assert.deepEqual(joinMessage('\xc3\xbc', Buffer.from([0, 1])), Buffer.from([0xc3, 0xbc, 0, 1]));
});
