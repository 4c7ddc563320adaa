import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../kernel/limits.ts';
import { createMeter } from '../../../kernel/meter.ts';
import { traceFigures } from '../../../trace/figures.ts';
import type { Followed, FollowedMessage, FollowOptions } from '../../../trace/followers.ts';
import { createFollowers } from '../../../trace/followers.ts';
import { sipText, traced } from '../../support/traced.ts';

const all: FollowOptions = { filter: () => true, whole: false, secrets: false, count: 0 };

interface Bed {
  readonly followers: ReturnType<typeof createFollowers>;
  readonly changes: () => number;
  readonly figure: (name: string) => number | undefined;
}

function bed(): Bed {
  const meter = createMeter();
  let changes = 0;
  return {
    followers: createFollowers(traceFigures(meter, 'follow'), () => {
      changes += 1;
    }),
    changes: () => changes,
    figure: (name) => meter.samples().find((sample) => sample.name === name)?.value,
  };
}

/** Begins to follow; `next` gives the next item. */
function begin(
  { followers }: Bed,
  options: Partial<FollowOptions> = {},
): { readonly next: () => Promise<IteratorResult<Followed>>; readonly gone: AbortController } {
  const gone = new AbortController();
  const iterator = followers.follow({ ...all, ...options }, gone.signal)[Symbol.asyncIterator]();
  return { next: () => iterator.next(), gone };
}

const messageIn = (result: IteratorResult<Followed>): FollowedMessage => {
  assert.ok(result.done !== true && 'startLine' in result.value);
  return result.value;
};

test('a follower is given what comes and goes, in order, while he listens', async () => {
  const one = bed();
  const { next, gone } = begin(one);
  const first = next();
  assert.equal(one.followers.size, 1);
  one.followers.take(traced());
  const answer = sipText({ start: 'SIP/2.0 180 Ringing' });
  one.followers.take(traced({ text: answer, direction: 'sent' }));
  assert.deepEqual(messageIn(await first), {
    time: '2023-11-14T22:13:20.123Z',
    direction: 'received',
    transport: 'udp',
    local: '192.0.2.1:5060',
    remote: '192.0.2.7:40000',
    kind: 'request',
    method: 'INVITE',
    status: 0,
    startLine: 'INVITE sip:bob@example.org',
    from: '"Alice" <sip:alice@example.org>;tag=a',
    to: '<sip:bob@example.org>',
    callId: 'c1@192.0.2.7',
  });
  const second = messageIn(await next());
  assert.deepEqual(
    [second.kind, second.status, second.startLine, second.direction],
    ['response', 180, '180 Ringing', 'sent'],
  );
  const third = next();
  gone.abort();
  assert.equal((await third).done, true);
  assert.equal(one.followers.size, 0);
  assert.equal(one.changes(), 2);
});

test('whole messages are given with their secrets masked, unless they are asked for', async () => {
  const text = sipText({ headers: ['Authorization: Digest response="abcd"'], body: '\xe9\0' });
  for (const secrets of [true, false]) {
    const one = bed();
    const { next } = begin(one, { whole: true, secrets });
    const item = next();
    one.followers.take(traced({ text }));
    assert.equal(messageIn(await item).message, secrets ? text : text.replace('abcd', 'xxxx'));
  }
});

test('a follower who reads too slowly is told how many were left out', async () => {
  const one = bed();
  const { next } = begin(one);
  const first = next();
  for (let n = 0; n < limits.traceQueueMax + 5; n += 1) one.followers.take(traced());
  await first;
  for (let n = 1; n < limits.traceQueueMax; n += 1) messageIn(await next());
  assert.deepEqual((await next()).value, { leftOut: 5 });
  assert.equal(one.figure('pharos_trace_left_out_total'), 5);
  assert.equal(one.figure('pharos_trace_messages_total'), limits.traceQueueMax);
});

test('bytes that wait are bounded too', async () => {
  const one = bed();
  const { next } = begin(one, { whole: true });
  const first = next();
  const big = traced({ text: sipText({ body: 'x'.repeat(200_000) }) });
  for (let n = 0; n < 50; n += 1) one.followers.take(big);
  await first;
  const left = one.figure('pharos_trace_left_out_total') ?? 0;
  assert.equal(left, 50 - Math.floor(limits.traceQueueBytesMax / big.bytes.length));
});

test('a follower may ask for so many messages and no more', async () => {
  const one = bed();
  const { next } = begin(one, { count: 2, filter: ({ reading }) => reading.callId !== 'no' });
  const first = next();
  for (const callId of ['a', 'no', 'b', 'c']) one.followers.take(traced({ text: sipText({ callId }) }));
  assert.equal(messageIn(await first).callId, 'a');
  assert.equal(messageIn(await next()).callId, 'b');
  assert.equal((await next()).done, true);
  assert.equal(one.followers.size, 0);
});

test('who has gone before he began is not kept', async () => {
  const one = bed();
  const { next, gone } = begin(one);
  gone.abort();
  assert.equal((await next()).done, true);
  assert.equal(one.followers.size, 0);
});

test('what is no message is shown by its first line', async () => {
  const one = bed();
  const { next } = begin(one);
  const item = next();
  one.followers.take(traced({ text: `GET / HTTP/1.1\r\nHost: x` }));
  const message = messageIn(await item);
  assert.deepEqual([message.kind, message.startLine, message.callId], ['malformed', 'GET / HTTP/1.1', '']);
});
