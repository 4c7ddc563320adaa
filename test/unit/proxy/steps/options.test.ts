import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds } from '../../../../kernel/clock.ts';
import { createMeter } from '../../../../kernel/meter.ts';
import { createTimerWheel } from '../../../../kernel/timer-wheel.ts';
import { createOptions } from '../../../../proxy/steps/options.ts';
import type { UserOptions, UserOptionsConfig } from '../../../../proxy/user-options.ts';
import { createUserOptions } from '../../../../proxy/user-options.ts';
import type { StepVerdict } from '../../../../proxy/step.ts';
import type { FakeCall } from '../../../support/fake-call.ts';
import { fakeCall, targetOf } from '../../../support/fake-call.ts';
import type { FakeResponder } from '../../../support/fake-responder.ts';
import { fakeResponder } from '../../../support/fake-responder.ts';
import type { FakeTime } from '../../../support/fake-time.ts';
import { createFakeTime } from '../../../support/fake-time.ts';

const phone = targetOf('sip:alice@192.0.2.3', { params: ';audio;methods="INVITE,BYE";+sip.instance="<a>"' });
const tablet = targetOf('sip:alice@192.0.2.4', { params: ';video;methods="MESSAGE,BYE";events="dialog"' });

interface Bed {
  readonly time: FakeTime;
  readonly userOptions: UserOptions;
  run(call: FakeCall): StepVerdict;
  answered(): number | undefined;
  /** Timers that run. */
  waiting(): number;
}

function bed(mode: UserOptionsConfig['optionsFromRegistration']): Bed {
  const time = createFakeTime();
  const meter = createMeter();
  const wheel = createTimerWheel(time);
  const config = { optionsFromRegistration: mode, optionsPatience: milliseconds(4000) };
  const userOptions = createUserOptions({ wheel, meter }, config);
  const step = createOptions({
    userOptions,
    locations: {
      targets: (aor) => (aor === 'sip:alice@example.org' ? [phone, tablet] : []),
      has: () => true,
      gruu: () => undefined,
      flowFailed: () => undefined,
    },
  });
  return {
    time,
    userOptions,
    run: (call) => step.run(call) as StepVerdict,
    waiting: () => wheel.size,
    answered: () => meter.samples().find(({ name }) => name === 'pharos_proxy_options_answered_total')?.value,
  };
}

const asking = (parts: Parameters<typeof fakeCall>[0] = {}): FakeCall =>
  fakeCall({ method: 'OPTIONS', uri: 'sip:alice@example.org', ...parts });

const both = {
  status: 200,
  headers: [
    ['Contact', '<sip:alice@example.org>;audio;methods="INVITE,BYE,MESSAGE";video;events="dialog"'],
    ['Allow', 'INVITE, BYE, MESSAGE'],
    ['Allow-Events', 'dialog'],
  ],
};

test('OPTIONS for a user is answered with what all his devices can do, when the setting says always (RFC 3840 §9)', () => {
  const one = bed('always');
  assert.deepEqual(one.run(asking()), { reply: both });
  assert.equal(one.answered(), 1);
});

test('a GRUU is answered for its one device (RFC 5627 §6.1)', () => {
  const verdict = bed('always').run(asking({ targets: [phone] }));
  assert.ok(typeof verdict === 'object');
  assert.deepEqual(verdict.reply.headers?.[0], ['Contact', '<sip:alice@example.org>;audio;methods="INVITE,BYE"']);
});

test('other requests, those within a dialog, past us, for others or for nobody go on (RFC 3261 §11.2)', () => {
  const one = bed('always');
  const others = [
    asking({ method: 'INVITE' }),
    asking({ toTag: 't' }),
    asking({ route: ['<sip:next.example.org;lr>'] }),
    asking({ uri: 'sip:carol@example.net' }),
    asking({ uri: 'sip:bob@example.org' }),
  ];
  for (const call of others) assert.equal(one.run(call), 'next');
  assert.equal(bed('never').run(asking()), 'next');
  assert.equal(one.answered(), 0);
});

interface Asked {
  readonly outer: FakeResponder;
  readonly inner: FakeResponder['respond'];
  readonly relay: (status: number) => void;
}

/** Sends OPTIONS through the proxy whose step runs, and gives what the proxy would answer through. */
function askThrough(one: Bed, call: FakeCall): Asked {
  const outer = fakeResponder();
  let responder = outer as Parameters<ReturnType<UserOptions['around']>['onRequest']>[2];
  const proxy = one.userOptions.around({
    onRequest(_incoming, _route, given) {
      responder = given;
      one.run(call);
    },
  });
  proxy.onRequest(call.incoming, { uri: call.uri, route: [], own: undefined } as never, outer);
  return {
    outer,
    inner: (reply) => {
      responder.respond(reply);
    },
    relay: (status) => {
      responder.relay({ status, reason: '', headerText: '', body: Buffer.alloc(0) });
    },
  };
}

test('when no device is reached the registrations answer (RFC 3261 §16.7, RFC 3840 §9)', () => {
  for (const status of [408, 430, 480, 500, 503]) {
    const one = bed('when-silent');
    const { outer, inner } = askThrough(one, asking());
    inner({ status });
    assert.deepEqual(outer.replies, [both], String(status));
    assert.equal(one.waiting(), 0);
  }
  const relayed = askThrough(bed('when-silent'), asking());
  relayed.relay(480);
  assert.deepEqual(relayed.outer.replies, [both]);
});

test('what a device answers is passed on, a refusal too', () => {
  for (const status of [200, 405, 486, 500]) {
    const one = bed('when-silent');
    const { outer, relay } = askThrough(one, asking());
    relay(status);
    assert.deepEqual([outer.relayed.map((each) => each.status), outer.replies], [[status], []]);
    assert.equal(one.waiting(), 0);
    one.time.advance(10_000);
    assert.deepEqual(outer.replies, []);
  }
});

test('devices that keep silent are answered for once patience is over, and what they say later is dropped', () => {
  const one = bed('when-silent');
  const { outer, relay, inner } = askThrough(one, asking());
  one.time.advance(3900);
  assert.deepEqual(outer.replies, []);
  one.time.advance(200);
  assert.deepEqual(outer.replies, [both]);
  relay(200);
  inner({ status: 408 });
  assert.deepEqual([outer.replies.length, outer.relayed.length, one.answered()], [1, 0, 1]);
});

test('what was refused before the registrations were looked at stays refused', () => {
  const one = bed('when-silent');
  const { outer, inner } = askThrough(one, asking({ uri: 'sip:bob@example.org' }));
  inner({ status: 480 });
  assert.deepEqual(outer.replies, [{ status: 480 }]);
  one.time.advance(10_000);
  assert.equal(outer.replies.length, 1);
});

test('other methods do not pay for it', () => {
  const one = bed('when-silent');
  const call = fakeCall({ uri: 'sip:alice@example.org' });
  const { outer, inner } = askThrough(one, call);
  assert.equal(one.waiting(), 0);
  inner({ status: 480 });
  assert.deepEqual(outer.replies, [{ status: 480 }]);
});
