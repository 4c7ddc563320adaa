import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryStore } from '../../../db/backends/memory.ts';
import type { Store } from '../../../db/store.ts';
import { put } from '../../../db/store.ts';
import { subscriptions as table } from '../../../events/tables.ts';
import type { Scene } from './scene.ts';
import { alice, createScene } from './scene.ts';

/** What a process that was killed leaves behind: the rows as they are in the store, and nothing else. */
async function afterKill(scene: Scene): Promise<Scene> {
  const store: Store = createMemoryStore({ tables: [table] });
  await store.transact([...scene.store.all(table)].map((row) => put(table, { ...row })));
  return createScene({ store, weather: scene.weather, time: scene.time });
}

async function resume(scene: Scene): Promise<Awaited<ReturnType<Scene['events']['resume']>>> {
  const resuming = scene.events.resume();
  await scene.time.advanceAsync(100);
  return resuming;
}

/** A scene whose one watcher has held 'sun' long enough for that to be written down. */
async function settled(): Promise<Scene & { readonly toTag: string }> {
  const scene = createScene();
  scene.weather.texts.set(alice, 'sun');
  const { toTag = '' } = await scene.ask();
  await scene.time.advanceAsync(31_000);
  scene.events.sweep(scene.time.clock.now());
  return Object.assign(scene, { toTag });
}

test('numbering goes on above the ceiling after kill -9, never reusing a CSeq (RFC 3261 §12.2.1.1)', async () => {
  let scene: Scene = createScene();
  await scene.ask();
  let highest = 0;
  for (let life = 0; life < 3; life += 1) {
    for (let count = 0; count < 300; count += 1) await scene.change(alice, `${String(life)} ${String(count)}`);
    for (const { cseq } of scene.sent) {
      assert.ok(cseq > highest, `${String(cseq)} after ${String(highest)}`);
      highest = cseq;
    }
    assert.ok(scene.sent.length >= 300);
    scene = await afterKill(scene);
    await resume(scene);
  }
  // Three lives of 300 numbers, each wasting less than one block.
  assert.ok(highest < 3 * (300 + 256 + 1) + 1);
});

test('an ordinary NOTIFY writes nothing', async () => {
  const scene = createScene();
  await scene.ask();
  const before = scene.store.get(table, [[...scene.store.all(table)][0]?.localTag ?? '', 'weather']);
  for (let count = 0; count < 50; count += 1) await scene.change(alice, String(count));
  assert.equal(scene.sent.length, 51);
  assert.equal([...scene.store.all(table)][0], before, 'the row is the very same object');
});

test('who has the present state is not notified after a restart', async () => {
  const scene = await afterKill(await settled());
  assert.deepEqual(await resume(scene), { subscriptions: 1, expired: 0, owed: 0 });
  await scene.time.advanceAsync(5000);
  assert.equal(scene.sent.length, 0);
});

test('who missed a change while we were down is notified (design §5)', async () => {
  const old = await settled();
  old.weather.texts.set(alice, 'rain');
  const scene = await afterKill(old);
  assert.deepEqual(await resume(scene), { subscriptions: 1, expired: 0, owed: 1 });
  await scene.time.advanceAsync(1000);
  assert.deepEqual(
    scene.sent.map((one) => one.body),
    ['rain'],
  );
});

test('a change that was made and unmade around the crash leaves nobody behind', async () => {
  const old = await settled();
  await old.change(alice, 'rain');
  old.weather.texts.set(alice, 'sun');
  const scene = await afterKill(old);
  await resume(scene);
  await scene.time.advanceAsync(1000);
  assert.deepEqual(
    scene.sent.map((one) => one.body),
    ['sun'],
  );
});

test('a watcher whose first NOTIFY was never answered is owed one', async () => {
  const old = createScene();
  old.autoAnswer = undefined;
  await old.ask();
  const scene = await afterKill(old);
  assert.equal((await resume(scene)).owed, 1);
});

test('what expired while we were down ends with reason=timeout (RFC 6665 §4.2.1.4)', async () => {
  const old = await settled();
  await old.time.advanceAsync(600_000);
  const scene = await afterKill(old);
  assert.deepEqual(await resume(scene), { subscriptions: 1, expired: 1, owed: 0 });
  assert.equal(scene.last().state, 'terminated;reason=timeout');
  assert.ok(scene.last().cseq > 256);
  assert.equal(scene.store.size(table), 0);
});

test('a rule that changed while we were down is applied', async () => {
  const old = await settled();
  old.weather.handlings.set('sip:bob@example.com', 'block');
  const scene = await afterKill(old);
  await resume(scene);
  assert.equal(scene.last().state, 'terminated;reason=rejected');
});

test('a refresh after the restart finds its dialog (RFC 6665 §4.2.1.4)', async () => {
  const old = await settled();
  const scene = await afterKill(old);
  await resume(scene);
  assert.equal((await scene.ask({ toTag: old.toTag, cseq: 2 })).status, 200);
  assert.equal(scene.last().cseq, 257);
  assert.equal((await scene.ask({ toTag: old.toTag, cseq: 1 })).status, 500);
});

test('a change that comes before the resume has reached its subscription is sent', async () => {
  const scene = await afterKill(await settled());
  await scene.change(alice, 'rain');
  assert.deepEqual(
    scene.sent.map((one) => one.body),
    ['rain'],
  );
  await resume(scene);
  await scene.time.advanceAsync(1000);
  assert.equal(scene.sent.length, 1);
});

test('subscriptions that share a dialog go on with its highest number', async () => {
  const old = createScene();
  const { toTag = '' } = await old.ask();
  await old.ask({ toTag, cseq: 2, event: 'tide' });
  for (let count = 0; count < 300; count += 1) await old.change(alice, String(count));
  const highest = old.last().cseq;
  old.events.end(toTag, 'weather', 'moved');
  await old.time.advanceAsync(0);
  const scene = await afterKill(old);
  await resume(scene);
  await scene.time.advanceAsync(1000);
  assert.equal(scene.sent.length, 1);
  assert.ok(scene.last().cseq > highest + 1);
});

test('NOTIFYs owed after a restart leave at the set pace (design §5)', async () => {
  const old = createScene();
  for (let count = 0; count < 400; count += 1) await old.ask({ fromTag: `f${String(count)}` });
  const store: Store = createMemoryStore({ tables: [table] });
  await store.transact([...old.store.all(table)].map((row) => put(table, { ...row })));
  const scene = createScene({ store, weather: old.weather, time: old.time, config: { resumeNotifiesPerSecond: 100 } });
  void scene.events.resume();
  await scene.time.advanceAsync(1000);
  assert.ok(scene.sent.length >= 90 && scene.sent.length <= 110, String(scene.sent.length));
  await scene.time.advanceAsync(3100);
  assert.equal(scene.sent.length, 400);
});

test('a graceful stop writes down what every watcher has: the restart owes nothing', async () => {
  const old = createScene();
  await old.ask();
  const stopping = old.events.stop();
  await old.time.advanceAsync(50);
  await stopping;
  const scene = await afterKill(old);
  assert.equal((await resume(scene)).owed, 0);
});
