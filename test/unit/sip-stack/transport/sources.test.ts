import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../../kernel/limits.ts';
import type { Admission } from '../../../../sip-stack/transport/admission.ts';
import { openDoor } from '../../../../sip-stack/transport/admission.ts';
import { createSources } from '../../../../sip-stack/transport/sources.ts';
import { createFakeTime } from '../../../support/fake-time.ts';

const from = (host: string) => ({ host, port: 40_000 });
const one = from('192.0.2.1');

function sourcesWith(
  connectionsPerSourceMax: number,
  connectionsPerSourceRate: number,
  admission: Admission = openDoor,
) {
  const time = createFakeTime();
  return {
    time,
    sources: createSources({ clock: time.clock, admission }, { connectionsPerSourceMax, connectionsPerSourceRate }),
  };
}

test('one address may hold so many connections, another has its own', () => {
  const { sources } = sourcesWith(2, 100);
  assert.deepEqual(
    [1, 2, 3].map(() => sources.enter(one)),
    ['entered', 'entered', 'too-many'],
  );
  assert.equal(sources.enter(from('192.0.2.2')), 'entered');
  sources.leave(one);
  assert.equal(sources.enter(one), 'entered');
});

test('one address may begin so many connections a second, also when each is gone at once', () => {
  const { sources, time } = sourcesWith(100, 3);
  const comeAndGo = (): string => {
    const entry = sources.enter(one);
    if (entry === 'entered') sources.leave(one);
    return entry;
  };
  assert.deepEqual([1, 2, 3, 4].map(comeAndGo), ['entered', 'entered', 'entered', 'too-fast']);
  time.advance(400);
  assert.deepEqual([1, 2].map(comeAndGo), ['entered', 'too-fast']);
  time.advance(60_000);
  assert.deepEqual([1, 2, 3, 4].map(comeAndGo), ['entered', 'entered', 'entered', 'too-fast']);
});

test('this machine and trusted peers have no bound of their own', () => {
  const { sources } = sourcesWith(1, 1, { ...openDoor, trusts: (host) => host === '192.0.2.9' });
  for (const host of ['127.0.0.1', '::1', '192.0.2.9'])
    assert.deepEqual(
      [1, 2, 3].map(() => sources.enter(from(host))),
      Array(3).fill('entered'),
      host,
    );
});

test('who is not admitted is unwanted before anything is counted', () => {
  const { sources } = sourcesWith(1, 1, { ...openDoor, admits: (_host, port) => port !== 40_000 });
  assert.equal(sources.enter(one), 'unwanted');
  assert.equal(sources.enter({ ...one, port: 1 }), 'entered');
});

test('addresses that come and go are forgotten, those with connections are not', () => {
  const { sources } = sourcesWith(1, 1);
  assert.equal(sources.enter(one), 'entered');
  for (let at = 0; at < limits.peersRememberedMax + 10; at += 1) {
    const source = from(`2001:db8::${at.toString(16)}`);
    assert.equal(sources.enter(source), 'entered');
    sources.leave(source);
  }
  assert.equal(sources.enter(one), 'too-many');
});
