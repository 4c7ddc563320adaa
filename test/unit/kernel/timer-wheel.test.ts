import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Scheduler } from '../../../kernel/clock.ts';
import { instant, milliseconds } from '../../../kernel/clock.ts';
import { createTimerWheel } from '../../../kernel/timer-wheel.ts';
import { createFakeTime } from '../../support/fake-time.ts';

test('fires never early and at most one tick late, over all levels', () => {
  const delays = fc.array(fc.integer({ min: 0, max: 2_700_000 }), { minLength: 1, maxLength: 12 });
  const starts = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(delays, starts, (lengths, pauses) => {
      const time = createFakeTime();
      const wheel = createTimerWheel(time);
      const late: number[] = [];
      lengths.forEach((length, index) => {
        time.advance(pauses[index] ?? 0);
        const due = time.clock.now() + length;
        wheel.start(milliseconds(length), () => late.push(time.clock.now() - due), undefined);
      });
      time.advance(2_800_000);
      assert.equal(late.length, lengths.length);
      assert.ok(Math.min(...late) >= 0, `early by ${String(-Math.min(...late))}`);
      assert.ok(Math.max(...late) <= 20, `late by ${String(Math.max(...late))}`);
      assert.equal(wheel.size, 0);
    }),
    { numRuns: 6 },
  );
});

test('fires a timer whose slot is that of its level right now', () => {
  const time = createFakeTime();
  const wheel = createTimerWheel(time);
  const fired: string[] = [];
  const note = (name: string): void => {
    fired.push(`${name}@${String(time.clock.now() - 1_700_000_000_000)}`);
  };
  wheel.start(milliseconds(100_000), () => undefined, undefined);
  time.advance(630);
  wheel.start(milliseconds(40_950), note, 'level-1');
  wheel.start(milliseconds(640), note, 'one-round');
  time.advance(50_000);
  assert.deepEqual(fired, ['one-round@1270', 'level-1@41580']);
});

test('hands each callback its own subject, once', () => {
  const time = createFakeTime();
  const wheel = createTimerWheel(time);
  const seen: string[] = [];
  wheel.start(milliseconds(20), (subject: string) => seen.push(subject), 'b');
  wheel.start(milliseconds(10), (subject: string) => seen.push(subject), 'a');
  time.advance(1000);
  assert.deepEqual(seen, ['a', 'b']);
});

test('cancels, also twice, also after firing, and from within another callback', () => {
  const time = createFakeTime();
  const wheel = createTimerWheel(time);
  let fired = 0;
  const count = (): void => {
    fired += 1;
  };
  const first = wheel.start(milliseconds(50), count, undefined);
  const second = wheel.start(milliseconds(50), count, undefined);
  wheel.start(
    milliseconds(40),
    () => {
      second.cancel();
    },
    undefined,
  );
  assert.equal(wheel.size, 3);
  time.advance(45);
  second.cancel();
  assert.equal(wheel.size, 1);
  time.advance(100);
  first.cancel();
  assert.equal(fired, 1);
  assert.equal(wheel.size, 0);
});

test('does not call back within start, whatever the delay', () => {
  const time = createFakeTime();
  const wheel = createTimerWheel(time);
  let fired = 0;
  const again = (): void => {
    fired += 1;
    if (fired < 3) wheel.start(milliseconds(-5), again, undefined);
  };
  wheel.start(milliseconds(0), again, undefined);
  assert.equal(fired, 0);
  time.advance(10);
  assert.equal(fired, 1);
  time.advance(20);
  assert.equal(fired, 3);
});

test('ticks only while timers wait', () => {
  const time = createFakeTime();
  const wheel = createTimerWheel(time);
  assert.equal(time.pending, 0);
  wheel.start(milliseconds(15), () => undefined, undefined);
  assert.equal(time.pending, 1);
  time.advance(20);
  assert.equal(time.pending, 0);
});

test('stop forgets every timer, and the wheel can be used again', () => {
  const time = createFakeTime();
  const wheel = createTimerWheel(time);
  let fired = 0;
  const count = (): void => {
    fired += 1;
  };
  wheel.start(milliseconds(10), count, undefined);
  wheel.start(milliseconds(100_000), count, undefined);
  wheel.stop();
  assert.equal(wheel.size, 0);
  assert.equal(time.pending, 0);
  time.advance(200_000);
  assert.equal(fired, 0);
  wheel.start(milliseconds(10), count, undefined);
  time.advance(20);
  assert.equal(fired, 1);
});

test('a callback that throws does not stop the timers of others', () => {
  const time = createFakeTime();
  const wheel = createTimerWheel(time);
  let fired = 0;
  wheel.start(
    milliseconds(10),
    () => {
      throw new Error('bug');
    },
    undefined,
  );
  wheel.start(
    milliseconds(30),
    () => {
      fired += 1;
    },
    undefined,
  );
  assert.throws(() => {
    time.advance(10);
  }, /bug/);
  time.advance(30);
  assert.equal(fired, 1);
});

test('a clock that goes back stands still and does not hold timers up', () => {
  let now = 1_000_000;
  const due: (() => void)[] = [];
  const scheduler: Scheduler = {
    after(_delay, run) {
      due.push(run);
      return { cancel: () => undefined };
    },
  };
  const wheel = createTimerWheel({ clock: { now: () => instant(now) }, scheduler });
  let fired = 0;
  wheel.start(
    milliseconds(30),
    () => {
      fired += 1;
    },
    undefined,
  );
  const step = (length: number): void => {
    now += length;
    due.shift()?.();
  };
  step(10);
  step(-3_600_000);
  step(10);
  assert.equal(fired, 0);
  step(10);
  assert.equal(fired, 1);
});

test('cuts a delay beyond its range to the range, and keeps the order of what is within', () => {
  const time = createFakeTime();
  const wheel = createTimerWheel(time);
  wheel.start(milliseconds(1e15), () => undefined, undefined);
  let fired = 0;
  wheel.start(
    milliseconds(500),
    () => {
      fired += 1;
    },
    undefined,
  );
  time.advance(520);
  assert.equal(fired, 1);
  assert.equal(wheel.size, 1);
});
