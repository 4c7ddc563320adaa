import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultsOf } from '../../../config/section.ts';
import { limits } from '../../../kernel/limits.ts';
import { createMeter } from '../../../kernel/meter.ts';
import type { Result } from '../../../kernel/result.ts';
import { fail, ok } from '../../../kernel/result.ts';
import type { Capture } from '../../../trace/capture.ts';
import { createCapture } from '../../../trace/capture.ts';
import type { CaptureDisk } from '../../../trace/capture-disk.ts';
import { traceFigures } from '../../../trace/figures.ts';
import type { TraceConfig } from '../../../trace/settings.ts';
import { traceSection } from '../../../trace/settings.ts';
import type { FakeTime } from '../../support/fake-time.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { readPcapng } from '../../support/pcapng-reader.ts';
import { sipText, traced } from '../../support/traced.ts';

interface Bed {
  readonly capture: Capture;
  readonly time: FakeTime;
  /** What was written to each file, in the order in which they were begun; the name they have now. */
  readonly files: { name: string; bytes: Buffer; closed: boolean }[];
  readonly log: string[];
  /** What the disk says to the next requests. */
  fault: string | undefined;
  figure(name: string): number;
}

function bed(settings: Partial<TraceConfig> = {}): Bed {
  const time = createFakeTime();
  const meter = createMeter();
  const files: Bed['files'] = [];
  const log: string[] = [];
  const verdict = (): Result<void, string> => (self.fault === undefined ? ok(undefined) : fail(self.fault));
  const disk: CaptureDisk = {
    putAside(path, filesMax) {
      for (const file of files) {
        const age = file.name === path ? 0 : Number(file.name.slice(path.length + 1));
        file.name = age + 1 < filesMax ? `${path}.${String(age + 1)}` : 'gone';
      }
      return Promise.resolve(ok(undefined));
    },
    create(path) {
      if (self.fault !== undefined) return Promise.resolve(fail(self.fault));
      const file = { name: path, bytes: Buffer.alloc(0), closed: false };
      files.push(file);
      return Promise.resolve(
        ok({
          get bytes() {
            return file.bytes.length;
          },
          append(bytes: Buffer) {
            const said = verdict();
            if (said.ok) file.bytes = Buffer.concat([file.bytes, bytes]);
            return Promise.resolve(said);
          },
          close() {
            file.closed = true;
            return Promise.resolve();
          },
        }),
      );
    },
  };
  const write = (event: string): void => void log.push(event);
  const capture = createCapture(
    {
      scheduler: time.scheduler,
      log: { debug: write, info: write, warn: write, error: write },
      disk,
      figures: traceFigures(meter, 'capture'),
      application: 'Pharos test',
    },
    '/c.pcapng',
    { ...defaultsOf(traceSection), ...settings },
  );
  const self: Bed = {
    capture,
    time,
    files,
    log,
    fault: undefined,
    figure: (name) => meter.samples().find((sample) => sample.name === name)?.value ?? Number.NaN,
  };
  return self;
}

const taken = 'pharos_trace_messages_total';
const leftOut = 'pharos_trace_left_out_total';

test('messages are gathered and written together, off the path of the message', async () => {
  const one = bed();
  one.capture.take(traced());
  one.capture.take(traced({ direction: 'sent' }));
  assert.equal(one.files.length, 0, 'nothing is written while the message is handled');
  await one.time.advanceAsync(200);
  const [file] = one.files;
  assert.ok(file);
  const { packets, interfaces, application } = readPcapng(file.bytes);
  assert.equal(application, 'Pharos test');
  assert.deepEqual(interfaces, [101, 252]);
  assert.deepEqual(
    packets.map(({ direction, microseconds }) => [direction, microseconds]),
    [
      ['inbound', 1_700_000_000_123_000],
      ['outbound', 1_700_000_000_123_000],
    ],
  );
  assert.ok(packets[0]?.data.subarray(28).equals(Buffer.from(sipText())));
  assert.equal(one.figure(taken), 2);
  assert.equal(one.capture.waitingBytes, 0);
  assert.equal(one.time.pending, 0);
});

test('what waits is written when the capture stops, and the file is closed', async () => {
  const one = bed();
  one.capture.take(traced());
  await one.capture.stop();
  assert.equal(readPcapng(one.files[0]?.bytes ?? Buffer.alloc(0)).packets.length, 1);
  assert.equal(one.files[0]?.closed, true);
  assert.equal(one.time.pending, 0);
});

test('secrets are masked unless the setting keeps them', async () => {
  for (const secrets of [false, true]) {
    const one = bed({ secrets });
    one.capture.take(traced({ text: sipText({ headers: ['Authorization: Digest response="abcd"'] }) }));
    await one.capture.stop();
    assert.equal(one.files[0]?.bytes.includes(secrets ? '"abcd"' : '"xxxx"'), true);
  }
});

test('a message too large for a datagram stands in the file as itself, cut at what Wireshark takes', async () => {
  const one = bed();
  const large = traced({ text: sipText({ body: 'y'.repeat(100_000) }) });
  const largest = traced({ bytes: Buffer.alloc(limits.messageBytesMax, 'z') });
  one.capture.take(large);
  one.capture.take(largest);
  await one.capture.stop();
  const { packets } = readPcapng(one.files[0]?.bytes ?? Buffer.alloc(0));
  assert.deepEqual(
    packets.map((packet) => packet.interfaceId),
    [1, 1],
  );
  assert.ok(packets[0]?.data.subarray(-large.bytes.length).equals(large.bytes));
  assert.deepEqual([packets[1]?.data.length, (packets[1]?.originalLength ?? 0) > 262_144], [262_144, true]);
});

test('a file that is large enough is put aside, and only so many are kept', async () => {
  const one = bed({ captureBytesMax: 1_048_576, captureFilesMax: 2 });
  for (let n = 0; n < 12; n += 1) {
    one.capture.take(traced({ bytes: Buffer.alloc(250_000, 'z') }));
    await one.time.advanceAsync(200);
  }
  await one.capture.stop();
  assert.deepEqual(
    one.files.map(({ name, closed }) => [name, closed]),
    [
      ['gone', true],
      ['/c.pcapng.1', true],
      ['/c.pcapng', true],
    ],
  );
  const counts = one.files.map(({ bytes }) => readPcapng(bytes).packets.length);
  assert.deepEqual(counts, [4, 4, 4]);
  for (const { bytes } of one.files) assert.ok(bytes.length <= 1_048_576);
});

test('a full disk costs messages and nothing else: it is told once, and tried again later', async () => {
  const one = bed();
  one.capture.take(traced());
  await one.time.advanceAsync(200);
  one.fault = 'ENOSPC';
  one.capture.take(traced());
  await one.time.advanceAsync(200);
  for (let n = 0; n < 5; n += 1) one.capture.take(traced());
  assert.deepEqual(one.log, ['capture-begun', 'capture-failed']);
  assert.equal(one.figure(leftOut), 6);
  one.fault = undefined;
  await one.time.advanceAsync(10_000);
  one.capture.take(traced());
  await one.time.advanceAsync(200);
  assert.equal(one.files.length, 1, 'the file goes on');
  assert.equal(readPcapng(one.files[0]?.bytes ?? Buffer.alloc(0)).packets.length, 2);
});

test('a file that cannot be made is tried again', async () => {
  const one = bed();
  one.fault = 'EACCES';
  one.capture.take(traced());
  await one.time.advanceAsync(200);
  assert.deepEqual(one.log, ['capture-failed']);
  one.fault = undefined;
  await one.time.advanceAsync(10_000);
  one.capture.take(traced());
  await one.capture.stop();
  assert.equal(readPcapng(one.files[0]?.bytes ?? Buffer.alloc(0)).packets.length, 1);
});

test('what the disk cannot keep up with is left out', async () => {
  const one = bed();
  const big = traced({ bytes: Buffer.alloc(200_000, 'z') });
  for (let n = 0; n < 200; n += 1) one.capture.take(big);
  assert.ok(one.capture.waitingBytes <= limits.captureBytesWaitingMax);
  await one.capture.stop();
  const left = one.figure(leftOut);
  assert.ok(left > 100 && left < 200, String(left));
  assert.equal(one.figure(taken), 200 - left);
});

test('what comes while a write is under way is written after it', async () => {
  const one = bed();
  one.capture.take(traced());
  one.time.advance(200);
  one.capture.take(traced());
  await one.time.advanceAsync(0);
  one.capture.take(traced());
  await one.time.advanceAsync(400);
  assert.equal(readPcapng(one.files[0]?.bytes ?? Buffer.alloc(0)).packets.length, 3);
  assert.equal(one.time.pending, 0);
});
