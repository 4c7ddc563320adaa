import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aorFromStore } from '../../../kernel/aor.ts';
import { limits } from '../../../kernel/limits.ts';
import type { Destination } from '../../../sip-stack/outgoing.ts';
import { subscriptions as table } from '../../../events/tables.ts';
import { fakeFlow } from '../../support/sip-incoming.ts';
import type { Scene } from './scene.ts';
import { alice, createScene, weatherPackage } from './scene.ts';

const bodies = (scene: Scene): readonly (string | undefined)[] => scene.sent.map((one) => one.body);

/** A scene with one subscription whose first NOTIFY was answered; later ones stay open. */
async function subscribed(config: Parameters<typeof createScene>[0] = {}): Promise<Scene & { readonly toTag: string }> {
  const scene = createScene(config);
  scene.weather.texts.set(alice, 'sun');
  const { toTag = '' } = await scene.ask();
  scene.autoAnswer = undefined;
  return Object.assign(scene, { toTag });
}

test('renders once for all watchers of a view and sends them the same bytes (design §6)', async () => {
  const scene = createScene();
  for (let count = 0; count < 100; count += 1) {
    await scene.ask({ fromTag: `f${String(count)}`, headers: count < 60 ? [] : ['Accept: text/plain'] });
  }
  const before = scene.sent.length;
  scene.weather.renders = 0;
  await scene.change(alice, 'sun');
  assert.equal(scene.sent.length - before, 100);
  assert.equal(scene.weather.renders, 2);
  assert.equal(new Set(scene.sent.slice(before).map((one) => one.request.body?.bytes)).size, 2);
});

test('one NOTIFY is outstanding for a dialog, and the newest state wins (RFC 6665 §4.2.2)', async () => {
  const scene = await subscribed();
  await scene.change(alice, 'rain');
  await scene.change(alice, 'hail');
  await scene.change(alice, 'snow');
  assert.deepEqual(bodies(scene), ['sun', 'rain']);
  scene.last().answer(200);
  await scene.time.advanceAsync(0);
  assert.deepEqual(bodies(scene), ['sun', 'rain', 'snow']);
  assert.deepEqual(
    scene.sent.map((one) => one.cseq),
    [1, 2, 3],
  );
  scene.last().answer(200);
  await scene.time.advanceAsync(0);
  assert.equal(scene.sent.length, 3);
});

test('changes of one moment become one NOTIFY', async () => {
  const scene = await subscribed();
  scene.weather.texts.set(alice, 'rain');
  await scene.store.transact([], [{ eventPackage: 'weather', resource: alice }]);
  scene.weather.texts.set(alice, 'hail');
  await scene.store.transact([], [{ eventPackage: 'weather', resource: alice }]);
  await scene.time.advanceAsync(0);
  assert.deepEqual(bodies(scene), ['sun', 'hail']);
});

test('a change that changes nothing for the watcher is not sent', async () => {
  const scene = await subscribed();
  await scene.change(alice, 'sun');
  assert.equal(scene.sent.length, 1);
  const unchanged = scene.meter
    .samples()
    .find((sample) => sample.name === 'pharos_events_notifies_total' && sample.labels['result'] === 'unchanged');
  assert.equal(unchanged?.value, 1);
});

test('a change back while the NOTIFY is outstanding is sent, since the watcher saw what was between', async () => {
  const scene = await subscribed();
  await scene.change(alice, 'rain');
  await scene.change(alice, 'sun');
  scene.last().answer(200);
  await scene.time.advanceAsync(0);
  assert.deepEqual(bodies(scene), ['sun', 'rain', 'sun']);
});

test('news of another resource or package touches nobody', async () => {
  const scene = await subscribed();
  await scene.change(aorFromStore('sip:carol@example.com'), 'rain');
  await scene.store.transact([], [{ eventPackage: 'unknown', resource: alice }]);
  await scene.time.advanceAsync(0);
  assert.equal(scene.sent.length, 1);
});

test('481 removes the subscription at once (RFC 6665 §4.2.2)', async () => {
  for (const status of [401, 403, 404, 405, 407, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]) {
    const scene = await subscribed();
    await scene.change(alice, 'rain');
    scene.last().answer(status);
    await scene.time.advanceAsync(0);
    assert.equal(scene.store.size(table), 0, String(status));
    await scene.change(alice, 'snow');
    assert.equal(scene.sent.length, 2, String(status));
    assert.equal((await scene.ask({ toTag: scene.toTag, cseq: 2 })).status, 481);
  }
});

test('481 ends one subscription of a shared dialog, 404 all of them (RFC 5057 §5.1)', async () => {
  for (const [status, left] of [
    [481, 1],
    [404, 0],
  ] as const) {
    const scene = await subscribed();
    scene.autoAnswer = 200;
    await scene.ask({ toTag: scene.toTag, cseq: 2, event: 'tide' });
    scene.autoAnswer = undefined;
    await scene.change(alice, 'rain');
    scene.last().answer(status);
    await scene.time.advanceAsync(0);
    assert.equal(scene.store.size(table), left);
  }
});

test('other refusals and redirections leave the subscription, and the document is not offered again (RFC 5057 §5.1)', async () => {
  for (const status of [302, 400, 406, 415, 488, 600, 603]) {
    const scene = await subscribed();
    await scene.change(alice, 'rain');
    scene.last().answer(status);
    await scene.time.advanceAsync(600_000 - 1000);
    assert.deepEqual(bodies(scene), ['sun', 'rain'], String(status));
    await scene.change(alice, 'snow');
    assert.deepEqual(bodies(scene), ['sun', 'rain', 'snow'], String(status));
  }
});

test('a lost NOTIFY is tried again with the newest state and a new CSeq, not fatal (RFC 6665 §4.2.2)', async () => {
  for (const loss of ['timeout', 408, 500, 503] as const) {
    const scene = await subscribed();
    await scene.change(alice, 'rain');
    scene.last().answer(loss);
    await scene.change(alice, 'snow');
    assert.equal(scene.sent.length, 2, 'it waits');
    await scene.time.advanceAsync(4100);
    assert.deepEqual(bodies(scene), ['sun', 'rain', 'snow'], String(loss));
    assert.equal(scene.last().cseq, 3);
    scene.last().answer(200);
    assert.equal(scene.store.size(table), 1);
  }
});

test('a lost NOTIFY is repeated even when the state went back meanwhile', async () => {
  const scene = await subscribed();
  await scene.change(alice, 'rain');
  scene.last().answer('timeout');
  await scene.change(alice, 'sun');
  await scene.time.advanceAsync(4100);
  assert.deepEqual(bodies(scene), ['sun', 'rain', 'sun'], 'the lost one may have arrived');
});

test('retries wait longer each time and end with the subscription (kernel/limits.ts)', async () => {
  const scene = await subscribed({ config: { subscriptionExpiresMax: 86_400 as never } });
  await scene.change(alice, 'rain');
  for (const wait of [4000, 16_000, 64_000]) {
    scene.last().answer('timeout');
    const before = scene.sent.length;
    await scene.time.advanceAsync(wait - 100);
    assert.equal(scene.sent.length, before);
    await scene.time.advanceAsync(200);
    assert.equal(scene.sent.length, before + 1);
  }
  assert.equal(scene.sent.length, 2 + limits.notifyRetriesMax);
  scene.last().answer('timeout');
  await scene.time.advanceAsync(0);
  assert.equal(scene.store.size(table), 0);
});

test('Retry-After is honoured (RFC 3261 §20.33)', async () => {
  const scene = await subscribed();
  await scene.change(alice, 'rain');
  scene.last().answer(503, ['Retry-After: 120 (busy)']);
  await scene.time.advanceAsync(119_000);
  assert.equal(scene.sent.length, 2);
  await scene.time.advanceAsync(1100);
  assert.equal(scene.sent.length, 3);
});

test('a refresh ends the waiting for a retry and starts the count anew', async () => {
  const scene = await subscribed();
  await scene.change(alice, 'rain');
  scene.last().answer('timeout');
  await scene.ask({ toTag: scene.toTag, cseq: 2 });
  assert.deepEqual(bodies(scene), ['sun', 'rain', 'rain']);
  scene.last().answer(200);
  await scene.time.advanceAsync(10_000);
  assert.equal(scene.sent.length, 3);
});

test('no way to the watcher counts as lost; a way found later is used', async () => {
  const scene = await subscribed();
  const { way } = scene;
  scene.way = undefined;
  await scene.change(alice, 'rain');
  assert.equal(scene.sent.length, 1);
  scene.way = way;
  await scene.time.advanceAsync(4100);
  assert.deepEqual(bodies(scene), ['sun', 'rain']);
});

test('a way that has to be looked up gets the newest state when it is found', async () => {
  const scene = await subscribed();
  let found: ((destination: Destination) => void) | undefined;
  scene.way = new Promise((resolve) => {
    found = resolve;
  });
  await scene.change(alice, 'rain');
  await scene.change(alice, 'snow');
  assert.equal(scene.sent.length, 1);
  found?.({ kind: 'flow', flow: fakeFlow() });
  await scene.time.advanceAsync(0);
  assert.deepEqual(bodies(scene), ['sun', 'snow']);
});

test('an unsubscribe while a NOTIFY is outstanding is followed by one last NOTIFY (RFC 6665 §4.2.1.4)', async () => {
  const scene = await subscribed();
  await scene.change(alice, 'rain');
  await scene.ask({ toTag: scene.toTag, cseq: 2, expires: 0 });
  assert.equal(scene.sent.length, 2);
  scene.sent[1]?.answer(200);
  await scene.time.advanceAsync(0);
  assert.equal(scene.last().state, 'terminated;reason=timeout');
  scene.last().answer(200);
  await scene.change(alice, 'snow');
  assert.equal(scene.sent.length, 3);
});

test('a lost last NOTIFY is retried and then forgotten', async () => {
  const scene = await subscribed();
  await scene.ask({ toTag: scene.toTag, cseq: 2, expires: 0 });
  for (let count = 0; count <= limits.notifyRetriesMax; count += 1) {
    scene.last().answer('timeout');
    await scene.time.advanceAsync(100_000);
  }
  assert.equal(scene.sent.length, 2 + limits.notifyRetriesMax);
  assert.ok(scene.sent.slice(1).every((one) => one.state === 'terminated;reason=timeout'));
});

test('an expired subscription ends with reason=timeout (RFC 6665 §4.2.1.4)', async () => {
  const scene = await subscribed();
  await scene.time.advanceAsync(599_000);
  assert.equal(scene.events.sweep(scene.time.clock.now()), 0 + settledRows);
  await scene.time.advanceAsync(1000);
  scene.events.sweep(scene.time.clock.now());
  await scene.time.advanceAsync(0);
  assert.equal(scene.last().state, 'terminated;reason=timeout');
  assert.equal(scene.store.size(table), 0);
  assert.equal((await scene.ask({ toTag: scene.toTag, cseq: 2 })).status, 481);
});
/** The state the watcher has held since its first NOTIFY is written down by the sweep. */
const settledRows = 1;

test('a refresh of what has expired but was not swept is 481 (RFC 6665 §4.2.1.4)', async () => {
  const scene = await subscribed();
  await scene.time.advanceAsync(600_000);
  assert.equal((await scene.ask({ toTag: scene.toTag, cseq: 2 })).status, 481);
  assert.equal(scene.last().state, 'terminated;reason=timeout');
});

test('many expire in slices, all of them in the end', async () => {
  const scene = createScene();
  const count = limits.rowsPerTurnMax * 2 + 5;
  for (let each = 0; each < count; each += 1) await scene.ask({ fromTag: `f${String(each)}` });
  await scene.time.advanceAsync(600_000);
  scene.events.sweep(scene.time.clock.now());
  assert.equal(scene.store.size(table), count - limits.rowsPerTurnMax);
  await scene.time.advanceAsync(0);
  assert.equal(scene.store.size(table), 0);
  assert.equal(scene.sent.filter((one) => one.state === 'terminated;reason=timeout').length, count);
});

test('rules that change act on live subscriptions at once (RFC 6665 §4.2.1.3, RFC 3856 §6.6.2)', async () => {
  const scene = await subscribed();
  scene.autoAnswer = 200;
  const decide = async (handling: 'allow' | 'confirm' | 'block' | 'polite-block'): Promise<void> => {
    scene.weather.handlings.set('sip:bob@example.com', handling);
    scene.events.reauthorize('weather', alice);
    await scene.time.advanceAsync(0);
  };
  await decide('polite-block');
  assert.deepEqual([scene.last().state, scene.last().body], ['active;expires=600', 'fog']);
  await decide('confirm');
  assert.deepEqual([scene.last().state, scene.last().body], ['pending;expires=600', undefined]);
  await decide('allow');
  assert.deepEqual([scene.last().state, scene.last().body], ['active;expires=600', 'sun']);
  await decide('allow');
  assert.equal(scene.sent.length, 4, 'the same decision again is no news');
  await decide('block');
  assert.deepEqual([scene.last().state, scene.last().body], ['terminated;reason=rejected', undefined]);
  assert.equal(scene.store.size(table), 0);
});

test('NOTIFYs in flight are bounded, the rest wait and then carry the newest state (kernel/limits.ts)', async () => {
  const scene = createScene({ config: { notifiesInFlightMax: 10 } });
  for (let count = 0; count < 25; count += 1) await scene.ask({ fromTag: `f${String(count)}` });
  scene.autoAnswer = undefined;
  const open = (): readonly (string | undefined)[] => bodies(scene).slice(25);
  await scene.change(alice, 'rain');
  assert.equal(open().length, 10);
  await scene.change(alice, 'snow');
  assert.equal(open().length, 10);
  for (const one of scene.sent.slice(25)) one.answer(200);
  scene.autoAnswer = 200;
  await scene.time.advanceAsync(0);
  assert.equal(open().filter((body) => body === 'rain').length, 10);
  assert.equal(open().filter((body) => body === 'snow').length, 25);
});

test('a package that throws costs nobody else the NOTIFY', async () => {
  const scene = createScene();
  await scene.ask();
  await scene.ask({ to: 'sip:carol@example.com', fromTag: 'f2' });
  scene.weather.broken.add(alice);
  await scene.change(alice, 'rain');
  await scene.change(aorFromStore('sip:carol@example.com'), 'rain');
  assert.equal(scene.last().body, 'rain');
  assert.equal(scene.sent.length, 3);
});

test('an operator lists, renotifies and ends single subscriptions', async () => {
  const scene = createScene();
  const { toTag = '' } = await scene.ask();
  assert.equal(scene.events.list({ eventPackage: 'weather' }, 10)[0]?.watcher, 'sip:bob@example.com');
  assert.equal(scene.events.find(toTag, 'weather')?.cseq, 1);
  assert.equal(scene.events.renotify(toTag, 'weather'), true);
  await scene.time.advanceAsync(0);
  assert.equal(scene.sent.length, 2);
  assert.equal(scene.events.end(toTag, 'weather', 'moved'), true);
  await scene.time.advanceAsync(0);
  assert.equal(scene.last().state, 'terminated;reason=deactivated');
  assert.equal(scene.events.renotify(toTag, 'weather'), false);
  assert.equal(scene.events.end(toTag, 'weather', 'moved'), false);
});

test('figures count subscriptions by package and state', async () => {
  const scene = createScene();
  const live = (state: string): number | undefined =>
    scene.meter
      .samples()
      .find(
        (sample) =>
          sample.name === 'pharos_events_subscriptions' &&
          sample.labels['package'] === 'weather' &&
          sample.labels['state'] === state,
      )?.value;
  const { toTag = '' } = await scene.ask();
  scene.weather.handlings.set('sip:bob@example.com', 'confirm');
  await scene.ask({ fromTag: 'f2' });
  assert.deepEqual([live('active'), live('pending')], [1, 1]);
  await scene.ask({ toTag, cseq: 2 });
  assert.deepEqual([live('active'), live('pending')], [0, 2]);
  await scene.ask({ toTag, cseq: 3, expires: 0 });
  assert.deepEqual([live('active'), live('pending')], [0, 1]);
});

test('a graceful stop waits for what is owed, up to the deadline, and keeps the subscriptions', async () => {
  const scene = await subscribed();
  await scene.change(alice, 'rain');
  let stopped = false;
  const stopping = scene.events.stop().then(() => {
    stopped = true;
  });
  await scene.time.advanceAsync(500);
  assert.equal(stopped, false);
  scene.last().answer(200);
  await scene.time.advanceAsync(20);
  assert.equal(stopped, true);
  await stopping;
  assert.equal(scene.store.size(table), 1);

  const stuck = await subscribed();
  await stuck.change(alice, 'rain');
  const ending = stuck.events.stop();
  await stuck.time.advanceAsync(2100);
  await ending;
  assert.equal(stuck.store.size(table), 1);
});

test('documents that are numbered count up in each subscription by itself (RFC 3680 §5.1)', async () => {
  const weather = weatherPackage();
  weather.render = (facts) => ({
    contentType: facts.contentType,
    bytes: Buffer.from('<v="" ü/>'),
    versionAt: 4,
    state: weather.texts.get(facts.resource) ?? '',
  });
  const scene = createScene({ weather });
  const told = (callId: string): readonly (string | undefined)[] =>
    scene.sent.filter((one) => one.header('Call-ID') === callId).map(({ body }) => body);
  await scene.ask({ callId: 'a' });
  await scene.change(alice, 'rain');
  await scene.ask({ callId: 'b' });
  await scene.change(alice, 'rain');
  await scene.change(alice, 'sun');
  assert.deepEqual(told('a'), ['<v="0" ü/>', '<v="1" ü/>', '<v="2" ü/>']);
  assert.deepEqual(told('b'), ['<v="0" ü/>', '<v="1" ü/>'], 'what says the same is not sent again');
});

test('after a restart the numbers of documents go on above those used before (RFC 3680 §5.1)', async () => {
  const versioned = () => {
    const weather = weatherPackage();
    weather.render = (facts) => ({
      contentType: facts.contentType,
      bytes: Buffer.from('<>'),
      versionAt: 1,
      state: weather.texts.get(facts.resource) ?? '',
    });
    return weather;
  };
  const before = createScene({ weather: versioned() });
  await before.ask();
  for (const text of ['rain', 'sun']) await before.change(alice, text);
  const used = Number(before.last().body?.slice(1, -1));
  assert.equal(used, 2);
  const after = createScene({ weather: versioned(), store: before.store, time: before.time });
  await after.change(alice, 'snow');
  assert.ok(Number(after.last().body?.slice(1, -1)) > used);
});
