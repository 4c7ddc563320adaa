import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEvent } from '../../../../sip-stack/wire/event.ts';
import { valueOf } from './support.ts';

test('reads package, template and id (RFC 6665 §8.2.1)', () => {
  const event = valueOf(parseEvent('Presence.winfo ; id = 7;x'));
  assert.deepEqual([event.name, event.id, event.params.has('x')], ['presence.winfo', '7', true]);
  assert.equal(valueOf(parseEvent('presence')).id, undefined);
});

test('refuses what is no event type', () => {
  for (const text of ['', ';id=1', 'presence;', 'a b', 'presence;id="']) assert.ok(!parseEvent(text).ok, text);
});
