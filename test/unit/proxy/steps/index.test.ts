import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultsOf } from '../../../../config/section.ts';
import { createMeter } from '../../../../kernel/meter.ts';
import { createTimerWheel } from '../../../../kernel/timer-wheel.ts';
import { createLoopHash } from '../../../../proxy/loop-hash.ts';
import { createSteps, optionTagsOf } from '../../../../proxy/steps/index.ts';
import { defaultOrder, stepSettings } from '../../../../proxy/steps/settings.ts';
import type { ProxyStep } from '../../../../proxy/step.ts';
import { createUserOptions } from '../../../../proxy/user-options.ts';
import { createFakeTime } from '../../../support/fake-time.ts';
import { aor, fakeCall, ourDomains, targetOf } from '../../../support/fake-call.ts';

function steps(): readonly ProxyStep[] {
  const made = createSteps(
    {
      admit: () => ({ kind: 'pass', identity: { kind: 'authenticated', aor: aor('sip:bob@example.org') } }),
      aliases: { resolve: (name) => (name === 'sip:info@example.org' ? 'sip:alice@example.org' : undefined) },
      domains: ourDomains,
      locations: {
        targets: (name) => (name === 'sip:alice@example.org' ? [targetOf('sip:alice@192.0.2.3')] : []),
        has: () => true,
        gruu: () => undefined,
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
  if (!made.ok) throw new Error(made.fault.join('; '));
  return made.value;
}

test('the list has a step for each name of the default order, each with a sentence', () => {
  assert.deepEqual(
    steps().map(({ name }) => name),
    [...defaultOrder],
  );
  for (const { doc, name } of steps()) assert.match(doc, /^[A-Z].*\.$/, name);
});

test('a call for an alias goes through all the steps to the device (RFC 3261 §16.3 to §16.6)', async () => {
  const call = fakeCall({ uri: 'sip:info@example.org', headers: ['Proxy-Require: pref, privacy'] });
  for (const step of steps()) assert.equal(await step.run(call), 'next', step.name);
  assert.deepEqual(
    call.targets.map(({ uri }) => uri),
    ['sip:alice@192.0.2.3'],
  );
  assert.equal(call.recordRoute, true);
  assert.deepEqual(call.edits.log, ['append P-Asserted-Identity: <sip:bob@example.org>']);
});

test('Proxy-Require may name what the steps understand (RFC 3261 §20.29)', () => {
  assert.deepEqual([...optionTagsOf(steps())].sort(), ['pref', 'privacy']);
});
