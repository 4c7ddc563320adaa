import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { defaultsOf } from '../../../config/section.ts';
import { createMeter } from '../../../kernel/meter.ts';
import type { Result } from '../../../kernel/result.ts';
import { fail, ok } from '../../../kernel/result.ts';
import { captureDisk } from '../../../trace/capture-disk.ts';
import type { TraceConfig } from '../../../trace/settings.ts';
import { traceSection } from '../../../trace/settings.ts';
import type { Trace } from '../../../trace/trace.ts';
import { createTrace } from '../../../trace/trace.ts';
import { createFakeTime, type FakeTime } from '../../support/fake-time.ts';
import { decodeHep } from '../../support/hep-decoder.ts';
import { readPcapng } from '../../support/pcapng-reader.ts';
import { fakeFlow } from '../../support/sip-incoming.ts';
import { sipText } from '../../support/traced.ts';

interface Bed {
  readonly trace: Trace;
  readonly time: FakeTime;
  /** To be changed, as a reload does. */
  readonly config: { -readonly [Name in keyof TraceConfig]: TraceConfig[Name] };
  readonly sent: { readonly packet: Buffer; readonly to: string }[];
  readonly log: string[];
  /** Answers the look-ups of names. */
  found: Result<string, string>;
  throwAtSend: boolean;
  figure(name: string, sink: string): number;
}

function bed(settings: Partial<TraceConfig> = {}): Bed {
  const time = createFakeTime();
  const meter = createMeter();
  const config = { ...defaultsOf(traceSection), ...settings };
  const sent: Bed['sent'] = [];
  const log: string[] = [];
  const write = (event: string): void => void log.push(event);
  const trace = createTrace(
    {
      ...time,
      meter,
      log: { debug: write, info: write, warn: write, error: write },
      disk: captureDisk,
      openDatagrams: (at) =>
        Promise.resolve(
          ok({
            local: at,
            open: true,
            send(packet: Buffer, to: { readonly host: string; readonly port: number }) {
              if (self.throwAtSend) throw new Error('a defect');
              sent.push({ packet, to: `${to.host}:${String(to.port)}` });
            },
            close: () => Promise.resolve(),
          }),
        ),
      lookUp: () => Promise.resolve(self.found),
      readLocalAddresses: () => [{ host: '192.0.2.33', family: 4, loopback: false, holds: () => true }],
      application: 'Pharos',
    },
    config,
  );
  const self: Bed = {
    trace,
    time,
    config,
    sent,
    log,
    found: ok('192.0.2.99'),
    throwAtSend: false,
    figure: (name, sink) =>
      meter.samples().find((sample) => sample.name === name && sample.labels['sink'] === sink)?.value ?? Number.NaN,
  };
  return self;
}

const bytes = Buffer.from(sipText());
const wildcard = { ...fakeFlow(), local: { host: '0.0.0.0', port: 5060 } };

test('the tap is idle until somebody looks', async () => {
  const { trace, config } = bed();
  await trace.apply();
  assert.equal(trace.tap.active, false);
  config.hepServer = '192.0.2.99:9060';
  await trace.apply();
  assert.equal(trace.tap.active, true);
  config.hepServer = '';
  await trace.apply();
  assert.equal(trace.tap.active, false);
  const gone = new AbortController();
  const options = { filter: () => true, whole: false, secrets: false, count: 0 };
  const iterator = trace.follow(options, gone.signal)[Symbol.asyncIterator]();
  assert.equal(trace.tap.active, false);
  const first = iterator.next();
  assert.equal(trace.tap.active, true);
  trace.tap.onReceived(bytes, fakeFlow());
  assert.equal((await first).done, false);
  gone.abort();
  await iterator.next();
  assert.equal(trace.tap.active, false);
});

test('a copy of each message goes to Homer, from our end as the peer sees it', async () => {
  const one = bed({ hepServer: 'homer.example.org:9060', hepNodeId: 9, hepPassword: 'pw' });
  await one.trace.apply();
  one.trace.tap.onSent(Buffer.from(sipText({ headers: ['Authorization: Digest response="abcd"'] })), wildcard);
  const [copy] = one.sent;
  assert.equal(copy?.to, '192.0.2.99:9060');
  const hep = decodeHep(copy.packet);
  assert.deepEqual([hep.source, hep.destination, hep.captureId, hep.authKey], ['192.0.2.33', '192.0.2.7', 9, 'pw']);
  assert.match(hep.payload, /response="xxxx"/);
  one.config.secrets = true;
  one.trace.tap.onReceived(Buffer.from(sipText({ headers: ['Authorization: Digest response="abcd"'] })), wildcard);
  assert.match(decodeHep(one.sent[1]?.packet ?? bytes).payload, /response="abcd"/);
  assert.deepEqual(one.log, ['homer-followed']);
});

test('a Homer whose name is not found is told, and looked up again', async () => {
  const one = bed({ hepServer: 'homer.example.org:9060' });
  one.found = fail('NXDOMAIN');
  await one.trace.apply();
  await one.time.advanceAsync(0);
  one.trace.tap.onSent(bytes, fakeFlow());
  assert.deepEqual(one.log, ['homer-unavailable']);
  assert.equal(one.figure('pharos_trace_left_out_total', 'hep'), 1);
  one.found = ok('192.0.2.98');
  await one.time.advanceAsync(30_000);
  one.trace.tap.onSent(bytes, fakeFlow());
  assert.equal(one.sent[0]?.to, '192.0.2.98:9060');
  await one.trace.stop();
  assert.equal(one.time.pending, 0);
});

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'pharos-trace-'));
  t.after(() => {
    rmSync(made, { recursive: true });
  });
  return made;
}

test('a reload begins, moves and ends the capture, and each file is whole', async (t) => {
  const at = folder(t);
  const one = bed({ captureFile: join(at, 'a') });
  await one.trace.apply();
  one.trace.tap.onReceived(bytes, wildcard);
  one.config.captureFile = join(at, 'b');
  await one.trace.apply();
  one.trace.tap.onReceived(bytes, wildcard);
  one.trace.tap.onSent(bytes, wildcard);
  one.config.captureFile = '';
  await one.trace.apply();
  one.trace.tap.onSent(bytes, wildcard);
  const packets = ['a', 'b'].map((name) => readPcapng(readFileSync(join(at, name))).packets.length);
  assert.deepEqual(packets, [1, 2]);
  assert.equal(one.trace.tap.active, false);
});

test('stop writes what waits', async (t) => {
  const path = join(folder(t), 'c');
  const one = bed({ captureFile: path });
  await one.trace.apply();
  one.trace.tap.onReceived(bytes, wildcard);
  await one.trace.stop();
  assert.equal(readPcapng(readFileSync(path)).packets.length, 1);
});

test('a defect in the trace costs no message, and is told once', async () => {
  const one = bed({ hepServer: '192.0.2.99:9060' });
  await one.trace.apply();
  one.throwAtSend = true;
  one.trace.tap.onSent(bytes, fakeFlow());
  one.trace.tap.onSent(bytes, fakeFlow());
  assert.deepEqual(one.log, ['homer-followed', 'trace-failed']);
});
