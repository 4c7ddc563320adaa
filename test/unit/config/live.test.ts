import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLiveConfig } from '../../../config/live.ts';
import { integer, list, section } from '../../../config/section.ts';

const sections = {
  events: section({
    floor: integer({ default: 60, min: 1, max: 100, reload: 'live', doc: 'Floor.' }),
    listen: list({ default: ['a'], doc: 'Listen.' }),
  }),
} as const;

test('a reload changes what is live, in the object that was handed out, and names what needs a restart', () => {
  const live = createLiveConfig(sections, { events: { floor: 60, listen: ['a'] } });
  const { events } = live.values;
  assert.deepEqual(live.reload({ events: { floor: 30, listen: ['b'] } }), {
    applied: ['events.floor'],
    needRestart: ['events.listen'],
  });
  assert.equal(events.floor, 30);
  assert.deepEqual(events.listen, ['a']);
});

test('a reload that changes nothing says so', () => {
  const live = createLiveConfig(sections, { events: { floor: 60, listen: ['a'] } });
  assert.deepEqual(live.reload({ events: { floor: 60, listen: ['a'] } }), { applied: [], needRestart: [] });
});
