import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRenderings, tagOf } from '../../../events/renderings.ts';
import type { SubscriptionRow } from '../../../events/tables.ts';
import { fingerprint } from '../../../events/fingerprint.ts';
import { createFifo } from '../../../events/fifo.ts';
import { aorFromStore } from '../../../kernel/aor.ts';
import { weatherPackage } from './scene.ts';

const row = (resource: string, state = 'active'): SubscriptionRow => ({
  localTag: 't1',
  eventKey: 'weather',
  eventPackage: 'weather',
  resource,
  watcher: 'sip:bob@example.com',
  state,
  handling: 'allow',
  eventValue: 'weather',
  askedUri: resource,
  contentType: 'text/weather',
  userAgent: '',
  callId: 'c1',
  remoteTag: 'f1',
  localUri: resource,
  remoteUri: 'sip:bob@example.com',
  remoteTarget: 'sip:bob@192.0.2.7',
  routeSet: '',
  remoteCSeq: 1,
  cseqCeiling: 256,
  flowKey: '',
  contact: 'sip:192.0.2.1',
  notifiedTag: '',
  createdAt: 0,
  expiresAt: 0,
});

test('a view is rendered once until its resource changes', () => {
  const weather = weatherPackage();
  const renderings = createRenderings(10);
  const first = renderings.of(weather, row('sip:a@x'), 'v');
  renderings.of(weather, row('sip:b@x'), 'v');
  assert.equal(renderings.of(weather, row('sip:a@x'), 'v'), first);
  assert.equal(weather.renders, 2);
  renderings.forget('weather', aorFromStore('sip:a@x'));
  assert.notEqual(renderings.of(weather, row('sip:a@x'), 'v'), first);
  renderings.of(weather, row('sip:b@x'), 'v');
  assert.equal(weather.renders, 3);
});

test('documents kept are bounded (kernel/limits.ts)', () => {
  const weather = weatherPackage();
  const renderings = createRenderings(3);
  for (const name of ['a', 'b', 'c', 'd']) renderings.of(weather, row(`sip:${name}@x`), 'v');
  renderings.of(weather, row('sip:a@x'), 'v');
  assert.equal(weather.renders, 5, 'the fourth view made the first three go');
});

test('pending and active are different states even with the same document (RFC 6665 §4.2.2)', () => {
  const rendering = createRenderings(3).of(weatherPackage(), row('sip:a@x'), 'v');
  assert.notEqual(tagOf(rendering, row('sip:a@x', 'pending')), tagOf(rendering, row('sip:a@x', 'active')));
});

test('fingerprints differ where bytes differ', () => {
  const texts = ['', 'a', 'b', 'ab', 'ba', 'aa', '\0', '\0\0'];
  assert.equal(new Set(texts.map((text) => fingerprint(Buffer.from(text)))).size, texts.length);
  assert.equal(fingerprint(Buffer.from('open')), fingerprint(Buffer.from('open')));
});

test('a line gives back what was put in, in order, however long it was', () => {
  const line = createFifo<number>();
  let next = 0;
  for (let count = 0; count < 20_000; count += 1) {
    line.push(count);
    if (count % 3 !== 0) assert.equal(line.shift(), next++);
  }
  assert.equal(line.length, 20_000 - next);
  assert.equal(line.peek(), next);
  while (line.length > 0) assert.equal(line.shift(), next++);
  assert.equal(next, 20_000);
  assert.equal(line.shift(), undefined);
});
