import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import type { EventPackage, SubscriptionFacts } from '../../../events/package.ts';
import { silentLog } from '../../../kernel/log.ts';
import { createMeter } from '../../../kernel/meter.ts';
import type { ExtensionContext } from '../../../server/extension.ts';
import { importExtensions } from '../../../server/extension-modules.ts';
import { createExtensions, type Extensions } from '../../../server/extensions.ts';
import { aor, fakeCall, type FakeCallParts } from '../../support/fake-call.ts';
import { createFakeTime } from '../../support/fake-time.ts';

/** The package root, from dist/test/unit/server/. */
const root = fileURLToPath(new URL('../../../../', import.meta.url));
const at = (time: string): number => Date.parse(`2026-03-01T${time}:00Z`);

async function example(
  file: string,
  settings: readonly string[] = [],
  context: Partial<ExtensionContext> & { readonly start?: number } = {},
): Promise<Extensions | readonly string[]> {
  const { clock, scheduler } = createFakeTime(context.start ?? at('12:00'));
  const imported = await importExtensions([file], root);
  assert.ok(imported.ok);
  const base = {
    ...{ log: silentLog, meter: createMeter(), clock, scheduler },
    ...{ isUser: () => true, published: () => [], changed: () => undefined },
  };
  const made = createExtensions({ modules: imported.value, context: { ...base, ...context } }, { settings }, noneTaken);
  return made.ok ? made.value : made.fault;
}
const noneTaken = { eventPackages: [], methods: [] };

async function nightCall(time: string, parts: FakeCallParts, settings?: readonly string[]): Promise<number | string> {
  const made = await example('./examples/night-calls/night-calls.mjs', settings, { start: at(time) });
  assert.ok('steps' in made);
  const [step] = made.steps;
  assert.equal(step?.before, 'location');
  const verdict = await step.run(fakeCall(parts));
  return typeof verdict === 'object' ? verdict.reply.status : verdict;
}

test('night-calls: calls at night are 480, others ring', async () => {
  assert.equal(await nightCall('23:30', {}), 480);
  assert.equal(await nightCall('06:59', {}), 480);
  assert.equal(await nightCall('07:00', {}), 'next');
  assert.equal(await nightCall('21:59', {}), 'next');
});

test('night-calls: urgent calls, texts, calls elsewhere and those that are up already pass at night', async () => {
  assert.equal(await nightCall('23:30', { headers: ['Priority: Urgent'] }), 'next');
  assert.equal(await nightCall('23:30', { method: 'MESSAGE' }), 'next');
  assert.equal(await nightCall('23:30', { uri: 'sip:carol@example.net' }), 'next');
  assert.equal(await nightCall('23:30', { toTag: 't' }), 'next');
});

test('night-calls: the hours and the zone are settings, and judged at the start', async () => {
  const settings = ['night-calls.from=13:00', 'night-calls.until=14:00', 'night-calls.utcOffsetMinutes=60'];
  assert.equal(await nightCall('12:30', {}, settings), 480);
  assert.equal(await nightCall('13:00', {}, settings), 'next');
  assert.deepEqual(await example('./examples/night-calls/night-calls.mjs', ['night-calls.from=noon']), [
    'extension ./examples/night-calls/night-calls.mjs: steps failed: ' +
      'night-calls.from is noon, but takes a time of day such as 22:30',
  ]);
});

const door = aor('sip:door@example.org');
const facts: SubscriptionFacts = {
  resource: door,
  watcher: { kind: 'known', aor: aor('sip:bob@example.org') },
  askedUri: 'sip:door@example.org',
  contentType: 'application/x-door',
  eventParams: new Map(),
  userAgent: undefined,
};

async function doorPackage(said: readonly string[], isUser = true): Promise<EventPackage> {
  const made = await example('./examples/door/door.mjs', [], {
    isUser: () => isUser,
    published: () => said.map((text) => ({ contentType: 'application/x-door', body: Buffer.from(text) })),
  });
  assert.ok('eventPackages' in made);
  const [first] = made.eventPackages;
  assert.ok(first !== undefined);
  return first;
}

test('door: shows what was published last, and closed when nothing was (RFC 6665 §5.4.7)', async () => {
  const shown = async (said: readonly string[]): Promise<string | undefined> =>
    (await doorPackage(said)).render(facts, 'allow')?.bytes.toString();
  assert.equal(await shown([]), 'closed');
  assert.equal(await shown(['closed', 'open']), 'open');
});

test('door: who is unknown sees nothing, and what is no door is refused (RFC 6665 §5.4.6, RFC 3903 §6)', async () => {
  const known = await doorPackage(['open']);
  assert.equal(known.authorize(facts.watcher, door), 'allow');
  assert.equal(known.authorize({ kind: 'anonymous' }, door), 'block');
  assert.equal(known.render(facts, 'confirm'), undefined);
  assert.equal(known.admit(door), undefined);
  assert.equal((await doorPackage([], false)).admit(door)?.status, 404);
  const check = (text: string): number | undefined =>
    known.publication?.check(door, { contentType: 'application/x-door', bytes: Buffer.from(text) })?.status;
  assert.equal(check('ajar'), 400);
  assert.equal(check('open'), undefined);
});
