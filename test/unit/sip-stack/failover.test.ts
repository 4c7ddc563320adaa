import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds } from '../../../kernel/clock.ts';
import { createMeter } from '../../../kernel/meter.ts';
import { createTimerWheel } from '../../../kernel/timer-wheel.ts';
import type { Candidates } from '../../../sip-stack/candidates.ts';
import type { Destination } from '../../../sip-stack/destination.ts';
import type { Failover } from '../../../sip-stack/failover.ts';
import { cancelledUnsent, createFailover, createFailoverSender } from '../../../sip-stack/failover.ts';
import type { Outcome, OutcomeListener, OutgoingRequest } from '../../../sip-stack/outgoing.ts';
import type { SipResponse } from '../../../sip-stack/wire/message.ts';
import { parseMessage } from '../../../sip-stack/wire/parse.ts';
import type { FakeTime } from '../../support/fake-time.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { udp } from '../../support/transport-facts.ts';

const at = (port: number): Destination & { readonly kind: 'address' } => ({
  kind: 'address',
  transport: udp,
  peer: { host: '192.0.2.1', port },
});
const portOf = (towards: Destination): number => (towards.kind === 'address' ? towards.peer.port : 0);

function listOf(ports: readonly number[], later = false): Candidates {
  const left = ports.map(at);
  return {
    reason: 'nobody there',
    get more() {
      return left.length > 0;
    },
    next: () => (later ? Promise.resolve(left.shift()) : left.shift()),
  };
}

function response(status: number, ...headers: readonly string[]): SipResponse {
  const lines = [
    `SIP/2.0 ${String(status)} Some`,
    'Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa',
    'From: <sip:a@a.test>;tag=a',
    'To: <sip:b@b.test>;tag=b',
    'Call-ID: c',
    'CSeq: 1 MESSAGE',
    ...headers,
    'Content-Length: 0',
  ];
  const parsed = parseMessage(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  assert.ok(parsed.ok && parsed.value.kind === 'response');
  return parsed.value;
}

interface Attempt {
  readonly port: number;
  readonly listener: OutcomeListener;
  cancelled: boolean;
  abandoned: boolean;
}

interface Bed {
  readonly failover: Failover;
  readonly time: FakeTime;
  readonly tried: Attempt[];
  readonly outcomes: Outcome[];
  readonly provisionals: number[];
  readonly failed: string[];
  readonly defects: string[];
  readonly listener: OutcomeListener;
  readonly waiting: () => number;
  send(candidates: Candidates): ReturnType<Failover['send']>;
  /** The last attempt. */
  last(): Attempt;
  figure(): number | undefined;
}

function bed(failoverAfter = 8000): Bed {
  const time = createFakeTime();
  const wheel = createTimerWheel(time);
  const meter = createMeter();
  const tried: Attempt[] = [];
  const outcomes: Outcome[] = [];
  const provisionals: number[] = [];
  const failed: string[] = [];
  const defects: string[] = [];
  const source = {
    failed(destination: Destination, retryAfter?: number): void {
      failed.push(
        retryAfter === undefined ? String(portOf(destination)) : `${String(portOf(destination))} ${String(retryAfter)}`,
      );
    },
  };
  const failover = createFailover(
    { wheel, meter, source, defects: { report: (where) => void defects.push(where) } },
    { failoverAfter: milliseconds(failoverAfter) },
  );
  const listener: OutcomeListener = {
    onOutcome: (outcome) => void outcomes.push(outcome),
    onProvisional: (provisional) => void provisionals.push(provisional.status),
  };
  return {
    failover,
    time,
    tried,
    outcomes,
    provisionals,
    failed,
    defects,
    listener,
    waiting: () => wheel.size,
    send: (candidates) =>
      failover.send(
        candidates,
        {
          start(towards, heard) {
            const attempt: Attempt = { port: portOf(towards), listener: heard, cancelled: false, abandoned: false };
            tried.push(attempt);
            return {
              cancel() {
                attempt.cancelled = true;
              },
              abandon() {
                attempt.abandoned = true;
              },
            };
          },
        },
        listener,
      ),
    last() {
      const attempt = tried.at(-1);
      assert.ok(attempt !== undefined);
      return attempt;
    },
    figure: () => meter.samples().find(({ name }) => name === 'pharos_sip_failovers_total')?.value,
  };
}

const ports = (one: Bed): readonly number[] => one.tried.map(({ port }) => port);
const refused: Outcome = { kind: 'transport-error', reason: 'ECONNREFUSED' };
const final = (status: number, ...headers: readonly string[]): Outcome => ({
  kind: 'final',
  response: response(status, ...headers),
});

test('a transport error, a timeout and a 503 lead to the next destination, each a new transaction (RFC 3263 §4.3)', () => {
  const one = bed();
  one.send(listOf([1, 2, 3, 4]));
  one.last().listener.onOutcome(refused);
  one.last().listener.onOutcome({ kind: 'timeout' });
  one.last().listener.onOutcome(final(503));
  assert.deepEqual(ports(one), [1, 2, 3, 4]);
  assert.deepEqual(one.outcomes, []);
  const answer = final(200);
  one.last().listener.onOutcome(answer);
  assert.deepEqual(one.outcomes, [answer]);
  // A 503 without Retry-After is no more than a 500 (RFC 3261 §21.5.4): not remembered.
  assert.deepEqual(one.failed, ['1', '2']);
  assert.equal(one.figure(), 3);
  assert.equal(one.waiting(), 0);
});

test('any other final response is the answer', () => {
  for (const status of [200, 302, 404, 408, 480, 500, 504, 600]) {
    const one = bed();
    one.send(listOf([1, 2]));
    one.last().listener.onOutcome(final(status));
    assert.deepEqual(ports(one), [1], String(status));
    assert.equal(one.outcomes.length, 1);
  }
});

test('remembers the Retry-After of a 503, whatever follows the number (RFC 3261 §20.33)', () => {
  for (const [value, kept] of [
    ['Retry-After: 120', '1 120'],
    ['Retry-After: 18000;duration=3600', '1 18000'],
    ['Retry-After: 60 (in maintenance)', '1 60'],
    ['Retry-After: soon', undefined],
  ] as const) {
    const one = bed();
    one.send(listOf([1, 2]));
    one.last().listener.onOutcome(final(503, value));
    assert.deepEqual(one.failed, kept === undefined ? [] : [kept], value);
  }
});

test('the outcome of the last one stands when all fail', () => {
  const one = bed();
  one.send(listOf([1, 2]));
  one.last().listener.onOutcome(refused);
  one.last().listener.onOutcome({ kind: 'timeout' });
  assert.deepEqual(one.outcomes, []);
  one.time.advance(20);
  assert.deepEqual(one.outcomes, [{ kind: 'timeout' }]);
});

test('a timeout after a provisional response is no failure of the destination (RFC 3263 §4.3)', () => {
  const one = bed();
  one.send(listOf([1, 2]));
  one.last().listener.onProvisional?.(response(180));
  one.time.advance(60_000);
  one.last().listener.onOutcome({ kind: 'timeout' });
  assert.deepEqual(ports(one), [1]);
  assert.deepEqual(one.provisionals, [180]);
  assert.deepEqual(one.outcomes, [{ kind: 'timeout' }]);
  assert.deepEqual(one.failed, []);
});

test('without any destination the reason is told, after send has returned', () => {
  const one = bed();
  one.send(listOf([]));
  assert.deepEqual(one.outcomes, []);
  one.time.advance(20);
  assert.deepEqual(one.outcomes, [{ kind: 'transport-error', reason: 'nobody there' }]);
});

test('a destination that has to be looked up is waited for', async () => {
  const one = bed();
  one.send(listOf([1, 2], true));
  await one.time.advanceAsync(0);
  one.last().listener.onOutcome(refused);
  await one.time.advanceAsync(0);
  assert.deepEqual(ports(one), [1, 2]);
});

test('a destination that stays silent gives way to the next one before its transaction ends', () => {
  const one = bed(8000);
  one.send(listOf([1, 2]));
  one.time.advance(7990);
  assert.deepEqual(ports(one), [1]);
  one.time.advance(20);
  assert.deepEqual(ports(one), [1, 2]);
  assert.deepEqual(one.failed, ['1']);
  const [silent] = one.tried;
  assert.ok(silent?.abandoned);
  // What it says later is heard no more.
  silent.listener.onOutcome(refused);
  silent.listener.onProvisional?.(response(100));
  assert.deepEqual([one.outcomes, one.provisionals], [[], []]);
  // The last one has as long as its transaction.
  assert.equal(one.waiting(), 0);
  one.last().listener.onOutcome({ kind: 'timeout' });
  one.time.advance(20);
  assert.deepEqual(one.outcomes, [{ kind: 'timeout' }]);
});

test('one that is silent is kept while the search for another goes on, and counts when there is none', async () => {
  const one = bed();
  let found: (destination: Destination | undefined) => void = () => undefined;
  const answers = [at(1)];
  one.send({
    reason: '',
    next: () =>
      answers.shift() ??
      new Promise((resolve) => {
        found = resolve;
      }),
  });
  one.time.advance(8010);
  found(undefined);
  await one.time.advanceAsync(20);
  assert.deepEqual([one.outcomes, one.tried[0]?.abandoned], [[], false]);
  const answer = final(200);
  one.last().listener.onOutcome(answer);
  assert.deepEqual(one.outcomes, [answer]);
});

test('with 0 the transaction alone says when a destination is given up', () => {
  const one = bed(0);
  one.send(listOf([1, 2]));
  one.time.advance(31_000);
  assert.deepEqual(ports(one), [1]);
});

test('a cancelled request goes nowhere else (RFC 3261 §9.1)', async () => {
  const sent = bed();
  const branch = sent.send(listOf([1, 2]));
  branch.cancel();
  assert.ok(sent.last().cancelled);
  sent.time.advance(9000);
  sent.last().listener.onOutcome(refused);
  assert.deepEqual(ports(sent), [1]);
  assert.deepEqual(sent.outcomes, [refused]);
  const searching = bed();
  searching.send(listOf([1], true)).cancel();
  await searching.time.advanceAsync(20);
  assert.deepEqual(ports(searching), []);
  assert.deepEqual(searching.outcomes, [{ kind: 'transport-error', reason: cancelledUnsent }]);
});

test('a request given up is heard no more', async () => {
  const one = bed();
  const branch = one.send(listOf([1, 2]));
  branch.abandon();
  assert.ok(one.last().abandoned);
  one.last().listener.onOutcome(refused);
  await one.time.advanceAsync(60_000);
  assert.deepEqual([ports(one), one.outcomes, one.waiting()], [[1], [], 0]);
});

test('the destinations of one request are bounded', () => {
  const one = bed();
  one.send(listOf(Array.from({ length: 100 }, (_, index) => index + 1)));
  for (let count = 0; count < 100 && one.outcomes.length === 0; count += 1) {
    one.last().listener.onOutcome(refused);
    one.time.advance(20);
  }
  assert.equal(one.tried.length, 12);
  assert.deepEqual(one.outcomes, [refused]);
});

test('a defect of the caller ends the search and is told', () => {
  const one = bed();
  const start = (): never => {
    throw new Error('a bug');
  };
  one.failover.send(listOf([1, 2]), { start }, one.listener);
  one.time.advance(20);
  assert.deepEqual(one.defects, ['failover-failed']);
  assert.equal(one.outcomes.length, 1);
});

test('a sender goes on to the others of an address, and straight to a flow, a lone address, and with an ACK', () => {
  const one = bed();
  const sent: { readonly port: number; readonly listener: OutcomeListener }[] = [];
  const sender = createFailoverSender(one.failover, {
    send: (_request, towards, listener) => void sent.push({ port: portOf(towards), listener }),
  });
  const request: OutgoingRequest = { method: 'NOTIFY', uri: 'sip:a.test', headers: [] };
  sender.send(request, at(1), one.listener);
  assert.equal(sent[0]?.listener, one.listener);
  sender.send({ ...request, method: 'ACK' }, { ...at(1), others: listOf([2]) }, one.listener);
  assert.equal(sent[1]?.listener, one.listener);
  sender.send(request, { ...at(1), others: listOf([2]) }, one.listener);
  sent[2]?.listener.onOutcome(refused);
  assert.deepEqual(
    sent.map(({ port }) => port),
    [1, 1, 1, 2],
  );
  const answer = final(200);
  sent[3]?.listener.onOutcome(answer);
  assert.deepEqual(one.outcomes, [answer]);
});
