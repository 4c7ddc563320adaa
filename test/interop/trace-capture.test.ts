import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { captureStart, packetBlockBytesMax, writePacketBlock } from '../../trace/pcapng.ts';
import type { TracedMessage } from '../../trace/traced-message.ts';
import { tcp } from '../support/fake-layer.ts';
import { sipText, traced } from '../support/traced.ts';
import { missing } from './programs.ts';

const skip = missing('tshark');
const tls = { ...tcp, viaToken: 'TLS', uriParam: 'tls', secure: true };
const wss = { ...tls, viaToken: 'WSS', uriParam: 'wss' };
const six = { local: { host: '2001:db8::1', port: 5060 }, remote: { host: '2001:db8::7', port: 5060 } };
const sdp = 'v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
const withBody = sipText({ headers: ['Content-Type: application/sdp'], body: sdp });
const large = (length: number): string => sipText({ headers: ['Content-Type: text/plain'], body: 'y'.repeat(length) });
const at = (port: number, remotePort: number): Pick<TracedMessage, 'local' | 'remote'> => ({
  local: { host: '192.0.2.1', port },
  remote: { host: '192.0.2.7', port: remotePort },
});

/** Every way a message can come to stand in the file. */
const messages: readonly TracedMessage[] = [
  traced({ text: withBody }),
  traced({ direction: 'sent', text: sipText({ start: 'SIP/2.0 180 Ringing' }) }),
  traced({ ...six, text: withBody }),
  traced({ ...six, text: large(3), direction: 'sent' }),
  traced({ transport: tcp, text: withBody, ...at(5060, 51_000) }),
  traced({ transport: tls, text: withBody, ...at(5061, 51_001) }),
  traced({ transport: wss, text: withBody, ...at(443, 51_002) }),
  traced({ transport: wss, text: withBody, ...at(80, 8080) }),
  traced({ text: sipText({ start: 'REGISTER sip:example.org SIP/2.0', cseq: '1 REGISTER' }), ...at(45_000, 45_001) }),
  traced({ transport: tcp, text: large(60_000) }),
  traced({ transport: tls, text: large(150_000), ...at(5061, 51_001) }),
  traced({ transport: tcp, text: large(200_000), ...six }),
];

function captureFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pharos-tshark-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const blocks = messages.map((message) => {
    const block = Buffer.alloc(packetBlockBytesMax(message.bytes.length));
    return block.subarray(0, writePacketBlock(block, 0, message, false));
  });
  const file = join(folder, 'c.pcapng');
  writeFileSync(file, Buffer.concat([captureStart('Pharos'), ...blocks]));
  return file;
}

function tshark(file: string, args: readonly string[]): readonly string[] {
  const checks = ['-o', 'ip.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE'];
  const run = spawnSync('tshark', ['-r', file, ...checks, ...args], { encoding: 'utf8', maxBuffer: 64_000_000 });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.split('\n').filter((line) => line !== '');
}

test('Wireshark opens the capture file and reads every message as SIP, whatever carried it', { skip }, (t) => {
  const file = captureFile(t);
  assert.equal(tshark(file, ['-Y', 'sip']).length, messages.length);
  assert.deepEqual(tshark(file, ['-Y', '_ws.malformed || _ws.expert.severity == error']), []);
  const fields = ['-T', 'fields', '-E', 'separator=|'];
  const said = tshark(file, [...fields, '-e', 'sip.Method', '-e', 'sip.Status-Code', '-e', 'sip.Call-ID']);
  assert.equal(said[0], 'INVITE||c1@192.0.2.7');
  assert.equal(said[1], '|180|c1@192.0.2.7');
  assert.equal(said[8], 'REGISTER||c1@192.0.2.7');
  assert.equal(tshark(file, ['-Y', 'sdp.media == "audio 4000 RTP/AVP 0"']).length, 6);
});

test('Wireshark tells when, from where, which way and over what a message came', { skip }, (t) => {
  const file = captureFile(t);
  const names = ['frame.time_epoch', 'ip.src', 'ip.dst', 'ipv6.src', 'udp.srcport', 'frame.comment'];
  const said = tshark(file, ['-T', 'fields', '-E', 'separator=|', ...names.flatMap((name) => ['-e', name])]);
  assert.equal(said[0], '1700000000.123000000|192.0.2.7|192.0.2.1||40000|');
  assert.equal(said[1], '1700000000.123000000|192.0.2.1|192.0.2.7||5060|');
  assert.equal(said[2], '1700000000.123000000|||2001:db8::7|5060|');
  assert.match(said[5] ?? '', /\|51001\|over TLS$/);
  const bodies = tshark(file, ['-Y', 'frame.number > 9', '-T', 'fields', '-e', 'sip.Content-Length']);
  assert.deepEqual(bodies, ['60000', '150000', '200000']);
  assert.equal(tshark(file, ['-Y', 'frame.packet_flags_direction == 2']).length, 2);
});
