import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultsOf } from '../../config/section.ts';
import { createMeter } from '../../kernel/meter.ts';
import { createTimerWheel } from '../../kernel/timer-wheel.ts';
import { createLoopHash } from '../../proxy/loop-hash.ts';
import { createSteps } from '../../proxy/steps/index.ts';
import { stepSettings } from '../../proxy/steps/settings.ts';
import { createUserOptions } from '../../proxy/user-options.ts';
import { createFakeTime } from '../support/fake-time.ts';
import { aor, fakeCall, ourDomains, targetOf } from '../support/fake-call.ts';

const targets = [targetOf('sip:a@192.0.2.3', { params: ';audio;methods="INVITE"' }), targetOf('sip:b@192.0.2.4')];
const made = createSteps(
  {
    admit: () => ({ kind: 'pass', identity: { kind: 'authenticated', aor: aor('sip:bob@example.org') } }),
    aliases: { resolve: () => undefined },
    domains: ourDomains,
    locations: {
      targets: (name) => (name === 'sip:alice@example.org' ? targets : []),
      has: () => false,
      gruu: () => 'unknown',
      flowFailed: () => undefined,
    },
    loopHash: createLoopHash('seed'),
    meter: createMeter(),
    userOptions: createUserOptions(
      { wheel: createTimerWheel(createFakeTime()), meter: createMeter() },
      defaultsOf(stepSettings),
    ),
    numbers: { naptr: () => ({ ok: false, fault: 'NXDOMAIN' }) },
  },
  defaultsOf(stepSettings),
);
assert.ok(made.ok);

/** Header lines that no careful sender writes. */
const odd: readonly (readonly string[])[] = [
  ['Accept-Contact: *;audio="'],
  ['Accept-Contact: *;=;;, *;+=#>=, , *;+a="#1:"'],
  ['Reject-Contact: <sip:a@b>;audio', 'Reject-Contact: *;events="!,!!,<>,<"'],
  ['Accept-Contact: *;+sip.a="#99999999999999999999999999999999:-5"'],
  ['Request-Disposition: constructor, __proto__, no-fork;x=1'],
  ['Privacy:', 'Privacy: ;;,id;none;CRITICAL'],
  ['P-Preferred-Identity: <<>>', 'P-Asserted-Identity: "unclosed <sip:a@b>'],
  ['P-Preferred-Identity: <tel:+1>, <tel:>, <sip:@>'],
  ['Contact: *', 'Record-Route: <sip:x;lr>'],
  ['Contact: <sip:bob@example.org;gr>, <sip:bob@example.org;gr=%00>', 'Record-Route: <sip:x;lr>'],
  ['Proxy-Require: , ,'],
  ['Event: ;;;=', 'Priority: "'],
  [`Accept-Contact: *;events="${'!,'.repeat(5000)}"`],
];
const uris = [
  'sip:alice@example.org',
  'sip:alice@example.org;gr=',
  'sip:%00@example.org;user=phone',
  'sip:+1-(2)@example.org;user=PHONE;maddr=',
  'tel:+1;phone-context=;ext=%',
  'tel:();phone-context=+',
  'urn:service:sos',
  'im:x@y',
  'sips:[::1]',
];

for (const step of made.value) {
  test(`${step.name}: says what it does, and no input makes it throw`, async () => {
    assert.match(step.name, /^[a-z]+(?:-[a-z]+)*$/);
    assert.match(step.doc, /^[A-Z][^\n]*\(RFC \d{4} §[^)]*\)\.$|^[A-Z][^\n]*RFC \d{4}[^\n]*\.$/);
    for (const tag of step.understands ?? []) assert.match(tag, /^[a-z0-9-]+$/);
    for (const headers of odd) {
      for (const uri of uris) {
        const call = fakeCall({
          uri,
          headers,
          targets,
          identity: { kind: 'authenticated', aor: aor('sip:x@example.org') },
        });
        const verdict = await step.run(call);
        const isReply = typeof verdict === 'object' && verdict.reply.status >= 300 && verdict.reply.status < 700;
        assert.ok(verdict === 'next' || verdict === 'forward' || isReply, `${step.name} for ${uri}`);
        for (const target of call.targets) assert.ok(target.q >= 0 && target.q <= 1000);
      }
    }
  });
}
