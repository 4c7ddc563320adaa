import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLoad } from '../../../abuse/load.ts';
import { type OverloadConfig, overloadSection } from '../../../abuse/overload-settings.ts';
import { defaultsOf } from '../../../config/section.ts';
import { type Milliseconds, milliseconds } from '../../../kernel/clock.ts';
import { silentLog } from '../../../kernel/log.ts';
import { createMeter } from '../../../kernel/meter.ts';
import { createFakeTime } from '../../support/fake-time.ts';

/** A load meter on a wheel of which each beat can be made late. */
function create(config: Partial<OverloadConfig> = {}) {
  const time = createFakeTime();
  const events: string[] = [];
  let share = 0;
  let beat: (() => void) | undefined;
  let delay = 0;
  const wheel = {
    start: <Subject>(length: Milliseconds, run: (subject: Subject) => void, subject: Subject) => {
      delay = length;
      beat = () => run(subject);
      return { cancel: () => (beat = undefined) };
    },
    size: 0,
    stop: () => undefined,
  };
  const log = {
    ...silentLog,
    warn: (event: string) => events.push(event),
    info: (event: string) => events.push(event),
  };
  const full = { ...defaultsOf(overloadSection), ...config };
  const load = createLoad({ clock: time.clock, wheel, log, meter: createMeter(), shares: () => share }, full);
  return {
    load,
    events,
    config: full,
    /** So many beats, each so late. */
    beats: (count: number, late = 0): void => {
      for (let at = 0; at < count; at += 1) {
        time.advance(delay + late);
        beat?.();
      }
    },
    setShare: (value: number): void => {
      share = value;
    },
  };
}

test('refuses nothing while timers are on time, nor for one late one', () => {
  const { load, beats } = create({ lagMax: milliseconds(250) });
  beats(50);
  beats(1, 600);
  beats(5);
  assert.equal(load.shed, 0);
});

test('refuses more and more while timers are late, and never all', () => {
  const { load, beats, events } = create({ lagMax: milliseconds(250) });
  beats(10, 400);
  assert.ok(load.shed > 0.3, String(load.shed));
  beats(100, 400);
  assert.equal(load.shed, 0.95);
  assert.deepEqual(events, ['overload-begins']);
});

test('holds between the two marks, and gives back step by step below the lower one (RFC 6357 §7)', () => {
  const { load, beats, events } = create({ lagMax: milliseconds(250) });
  beats(12, 400);
  beats(10, 180);
  const held = load.shed;
  beats(20, 180);
  assert.equal(load.shed, held);
  beats(40, 0);
  assert.equal(load.shed, 0);
  assert.deepEqual(events, ['overload-begins', 'overload-ends']);
});

test('too many transactions, or changes waiting for the disk, are overload too', () => {
  const { load, beats, setShare } = create({ transactionsShare: 80 });
  setShare(0.79);
  beats(10);
  assert.equal(load.shed, 0);
  setShare(0.81);
  beats(1);
  assert.equal(load.shed, 0.1);
});

test('every change is told newer than the one before (RFC 7339 §4.4)', () => {
  const { load, beats } = create();
  const seen = [load.changedAt];
  for (let at = 0; at < 20; at += 1) {
    beats(1, 400);
    seen.push(load.changedAt);
  }
  assert.deepEqual(seen, [...seen].sort());
});

test('turned off, it refuses nothing at once', () => {
  const { load, beats, config } = create();
  beats(20, 400);
  (config as { enabled: boolean }).enabled = false;
  beats(1, 400);
  assert.equal(load.shed, 0);
});
