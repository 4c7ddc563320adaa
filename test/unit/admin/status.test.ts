import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '../../../admin/status.ts';
import { statusOperation } from '../../../admin/status-operation.ts';
import { createMeter } from '../../../kernel/meter.ts';
import type { FakeTime } from '../../support/fake-time.ts';
import { createFakeTime } from '../../support/fake-time.ts';

const facts = { version: '1.2.3', domains: ['example.org'], listening: ['udp:192.0.2.1:5060'], database: 'x.sqlite' };

interface Bed {
  readonly meter: ReturnType<typeof createMeter>;
  readonly time: FakeTime;
  readonly gone: AbortController;
  readonly ask: (args?: Readonly<Record<string, unknown>>) => Promise<Status | string>;
}

function bed(): Bed {
  const meter = createMeter();
  const time = createFakeTime();
  const gone = new AbortController();
  const operation = statusOperation({ ...time, samples: () => meter.samples(), facts, startedAt: time.clock.now() });
  return {
    meter,
    time,
    gone,
    async ask(args = {}) {
      const answer = await operation.run(args, gone.signal);
      if (!answer.ok) return answer.fault;
      const [status] = answer.value as Iterable<Status>;
      return status ?? 'nothing';
    },
  };
}

const faultOf = async (asked: Promise<Status | string>): Promise<string> => {
  const answer = await asked;
  return typeof answer === 'string' ? answer : 'no fault';
};

test('rates are what came within the interval, by method and class', async () => {
  const { meter, time, ask } = bed();
  const received = meter.counter('pharos_transport_messages_received_total', '', { transport: 'udp' });
  const register = meter.counter('pharos_sip_requests_total', '', { method: 'REGISTER' });
  meter.counter('pharos_sip_requests_total', '', { method: 'INVITE' }).add(7);
  received.add(1000);
  time.advance(65_000);
  const asked = ask({ interval: 2000 });
  received.add(10);
  meter.counter('pharos_transport_messages_received_total', '', { transport: 'tcp' }).add(2);
  register.add(4);
  time.advance(2000);
  const status = await asked;
  assert.ok(typeof status === 'object');
  assert.deepEqual([status.version, status.uptimeSeconds, status.intervalSeconds], ['1.2.3', 67, 2]);
  assert.equal(status.rates.received, 6);
  assert.deepEqual(status.rates.requests, { REGISTER: 2 });
  assert.equal(time.pending, 0);
});

test('gauges are told as they are, by package, transport and kind', async () => {
  const { meter, ask } = bed();
  meter.gauge('pharos_registrar_bindings', '', () => 12);
  meter.gauge('pharos_events_subscriptions', '', () => 3, { package: 'presence', state: 'active' });
  meter.gauge('pharos_events_subscriptions', '', () => 1, { package: 'presence', state: 'pending' });
  meter.gauge('pharos_transport_connections', '', () => 5, { transport: 'tls' });
  meter.gauge('pharos_db_changes_waiting', '', () => 9);
  const status = await ask({ interval: 0 });
  assert.ok(typeof status === 'object');
  assert.equal(status.registrations, 12);
  assert.deepEqual(status.subscriptions, { presence: { active: 3, pending: 1 } });
  assert.deepEqual(status.connections, { tls: 5 });
  assert.equal(status.queues.changesWaiting, 9);
  assert.equal(status.publications, 0, 'a figure that is not kept counts as 0');
  assert.equal(status.rates.received, 0);
});

test('an interval out of bounds is refused, and nobody waits for a caller who has gone', async () => {
  const { time, gone, ask } = bed();
  for (const interval of [-1, 60_001, 1.5, '1000'])
    assert.match(await faultOf(ask({ interval })), /^interval is a whole/);
  const asked = ask();
  gone.abort();
  assert.equal(typeof (await asked), 'object');
  assert.equal(time.pending, 0);
});
