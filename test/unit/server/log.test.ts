import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundedLog, createJsonLog, createTextLog } from '../../../server/log.ts';
import { createFakeTime } from '../../support/fake-time.ts';

const sinkOf = (): { readonly lines: string[]; write(line: string): void } => {
  const lines: string[] = [];
  return { lines, write: (line) => void lines.push(line) };
};

test('a JSON line has level, time, event and fields', () => {
  const sink = sinkOf();
  const log = createJsonLog({ clock: createFakeTime(0).clock, sink }, 'info');
  log.info('listening', { transport: 'udp', port: 5060, nothing: undefined });
  log.debug('unseen');
  assert.deepEqual(
    sink.lines.map((line): unknown => JSON.parse(line)),
    [{ level: 'info', time: '1970-01-01T00:00:00.000Z', event: 'listening', transport: 'udp', port: 5060 }],
  );
});

test('a line for people is one line, whatever the fields hold', () => {
  const sink = sinkOf();
  createTextLog({ clock: createFakeTime(45_296_000).clock, sink }, 'info').warn('odd', {
    from: 'a\nb\u001b[2J',
    port: 5060,
  });
  assert.deepEqual(sink.lines, ['12:34:56 warn  odd  from="a\\nb\\u001b[2J"  port=5060\n']);
});

test('the level can be changed while the log is in use', () => {
  const sink = sinkOf();
  const { clock } = createFakeTime();
  for (const log of [createJsonLog({ clock, sink }, 'error'), createTextLog({ clock, sink }, 'error')]) {
    log.warn('before');
    log.setLevel('debug');
    log.debug('after');
  }
  assert.equal(sink.lines.length, 2);
});

test('a flood of one event is bounded, and what was dropped is counted', () => {
  const sink = sinkOf();
  const time = createFakeTime();
  const log = boundedLog(createTextLog({ clock: time.clock, sink }, 'info'), time.clock);
  for (let count = 0; count < 1_000; count += 1) log.warn('malformed');
  log.warn('other');
  assert.equal(sink.lines.length, 51);
  time.advance(10_000);
  log.warn('malformed');
  assert.match(sink.lines[51] ?? '', /lines-suppressed {2}of=malformed {2}lines=950/);
  assert.equal(sink.lines.length, 53);
});
