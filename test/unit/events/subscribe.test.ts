import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aorFromStore } from '../../../kernel/aor.ts';
import { limits } from '../../../kernel/limits.ts';
import { createMemoryStore } from '../../../db/backends/memory.ts';
import { subscriptions as table } from '../../../events/tables.ts';
import { alice, createScene, headerOf } from './scene.ts';
import type { AskParts } from './scene.ts';

test('answers 200 before the first NOTIFY, which carries the state (RFC 6665 §4.2.1.2)', async () => {
  const scene = createScene();
  scene.weather.texts.set(alice, 'sun');
  const answer = await scene.handle();
  await scene.time.advanceAsync(1000);
  assert.equal(scene.sent.length, 0, 'no NOTIFY overtakes the 200');
  assert.equal(answer.reply.status, 200);
  assert.equal(headerOf(answer.reply, 'Expires'), '600');
  assert.equal(headerOf(answer.reply, 'Contact'), '<sip:192.0.2.1:5060>');
  assert.equal(headerOf(answer.reply, 'Allow-Events'), 'weather, tide');
  answer.afterwards?.();
  assert.equal(scene.sent.length, 1);
  const notify = scene.last();
  assert.equal(notify.state, 'active;expires=599');
  assert.equal(notify.body, 'sun');
  assert.equal(notify.cseq, 1);
  assert.equal(notify.request.uri, 'sip:bob@192.0.2.7:5060');
  assert.equal(notify.header('From'), `<sip:alice@example.com>;tag=${answer.reply.toTag ?? ''}`);
  assert.equal(notify.header('To'), '<sip:bob@example.com>;tag=f1');
  assert.equal(notify.header('Call-ID'), 'c1');
  assert.equal(notify.header('Contact'), '<sip:192.0.2.1:5060>');
});

test('our Contact is SIPS where the watcher asked for it, and stays so (RFC 3261 §12.1.1)', async () => {
  const contactOf = async (parts: AskParts): Promise<string> =>
    headerOf(await createScene().ask(parts), 'Contact') ?? '';
  const [sips, sip] = ['<sips:192.0.2.1:5060>', '<sip:192.0.2.1:5060>'];
  assert.equal(await contactOf({ uri: 'sips:alice@example.com' }), sips, 'by the Request-URI');
  const contact = '<sips:bob@192.0.2.7>';
  assert.equal(await contactOf({ contact }), sips, 'by the Contact');
  assert.equal(await contactOf({ headers: ['Record-Route: <sips:proxy.example.com;lr>'] }), sips, 'by the route');
  assert.equal(await contactOf({ contact, headers: ['Record-Route: <sip:proxy.example.com;lr>'] }), sip);

  const scene = createScene();
  const { toTag = '' } = await scene.ask({ uri: 'sips:alice@example.com' });
  assert.equal(scene.last().header('Contact'), sips);
  const renewal = await scene.ask({ toTag, cseq: 2, uri: 'sips:192.0.2.1:5060' });
  assert.equal(headerOf(renewal, 'Contact'), sips);
});

test('a change between commit and 200 does not send a NOTIFY early (RFC 6665 §4.2.1.2)', async () => {
  const scene = createScene();
  const answer = await scene.handle();
  await scene.change(alice, 'rain');
  assert.equal(scene.sent.length, 0);
  answer.afterwards?.();
  assert.deepEqual(
    scene.sent.map((one) => one.body),
    ['rain'],
  );
});

test('the row is durable before the 200 (design §5)', async () => {
  let release: (() => void) | undefined;
  const store = createMemoryStore({
    tables: [table],
    writer: {
      write(_group, answered) {
        release = () => {
          answered(undefined);
        };
      },
      close: () => Promise.resolve(),
    },
  });
  const scene = createScene({ store });
  let answered = false;
  const asking = scene.handle().then(() => {
    answered = true;
  });
  await scene.time.advanceAsync(0);
  assert.equal(answered, false);
  assert.ok(release);
  release();
  await asking;
  assert.equal(answered, true);
});

test('a refresh keeps the dialog, moves the target and sends the full state again (RFC 6665 §4.2.1.4)', async () => {
  const scene = createScene();
  const { toTag = '' } = await scene.ask();
  await scene.time.advanceAsync(5000);
  const reply = await scene.ask({ toTag, cseq: 2, expires: 300, contact: '<sip:bob@192.0.2.99:5070>' });
  assert.equal(reply.status, 200);
  assert.equal(headerOf(reply, 'Expires'), '300');
  assert.equal(reply.toTag, toTag);
  assert.equal(scene.sent.length, 2);
  assert.equal(scene.last().cseq, 2);
  assert.equal(scene.last().request.uri, 'sip:bob@192.0.2.99:5070');
  assert.equal(scene.last().body, 'unknown', 'unchanged state is sent all the same');
  assert.equal(scene.last().state, 'active;expires=300');
  assert.equal(scene.store.size(table), 1);
});

test('Expires 0 without a dialog fetches: one NOTIFY with state, nothing stored (RFC 6665 §4.4.3)', async () => {
  const scene = createScene();
  scene.weather.texts.set(alice, 'hail');
  const reply = await scene.ask({ expires: 0 });
  assert.equal(headerOf(reply, 'Expires'), '0');
  assert.equal(scene.sent.length, 1);
  assert.equal(scene.last().state, 'terminated;reason=timeout');
  assert.equal(scene.last().body, 'hail');
  assert.equal(scene.store.size(table), 0);
  await scene.change(alice, 'sun');
  assert.equal(scene.sent.length, 1);
});

test('Expires 0 in the dialog unsubscribes with a last NOTIFY (RFC 6665 §4.2.1.4)', async () => {
  const scene = createScene();
  const { toTag = '' } = await scene.ask();
  const reply = await scene.ask({ toTag, cseq: 2, expires: 0 });
  assert.equal(reply.status, 200);
  assert.equal(headerOf(reply, 'Expires'), '0');
  assert.equal(scene.last().state, 'terminated;reason=timeout');
  assert.equal(scene.last().cseq, 2);
  assert.equal(scene.store.size(table), 0);
  assert.equal((await scene.ask({ toTag, cseq: 3 })).status, 481);
});

test('refuses dialogs that are unknown, or known with other ends (RFC 6665 §4.2.1.4, RFC 3261 §12.2.2)', async () => {
  const scene = createScene();
  const { toTag = '' } = await scene.ask();
  assert.equal((await scene.ask({ toTag: 'other', cseq: 2 })).status, 481);
  assert.equal((await scene.ask({ toTag, fromTag: 'other', cseq: 2 })).status, 481);
  assert.equal((await scene.ask({ toTag, callId: 'other', cseq: 2 })).status, 481);
  assert.equal(scene.sent.length, 1);
});

test('refuses a CSeq below the last one with 500 (RFC 3261 §12.2.2)', async () => {
  const scene = createScene();
  const { toTag = '' } = await scene.ask({ cseq: 7 });
  assert.equal((await scene.ask({ toTag, cseq: 6 })).status, 500);
  assert.equal((await scene.ask({ toTag, cseq: 8 })).status, 200);
});

test('refuses unknown packages with 489 and Allow-Events, also a missing Event (RFC 6665 §4.2.1.1, §4.2.3)', async () => {
  const scene = createScene();
  for (const event of ['tsunami', undefined]) {
    const reply = await scene.ask({ event });
    assert.equal(reply.status, 489);
    assert.equal(headerOf(reply, 'Allow-Events'), 'weather, tide');
  }
});

test('takes the event name in any case and echoes it as written (COMPAT linphone, RFC 6665 §8.2.1)', async () => {
  const scene = createScene();
  assert.equal((await scene.ask({ event: 'Weather' })).status, 200);
  assert.equal(scene.last().header('Event'), 'Weather');
});

test('refuses an Accept that names none of our types with 406 (RFC 6665 §4.1.2.1)', async () => {
  const scene = createScene();
  const reply = await scene.ask({ headers: ['Accept: application/pidf+xml'] });
  assert.equal(reply.status, 406);
  assert.equal(headerOf(reply, 'Accept'), 'text/weather, text/plain');
  assert.equal(scene.store.size(table), 0);
});

test('no Accept means the default type, Accept chooses another (RFC 6665 §5.4.5)', async () => {
  const scene = createScene();
  await scene.ask();
  assert.equal(scene.last().request.body?.contentType, 'text/weather');
  await scene.ask({ fromTag: 'f2', headers: ['Accept: text/plain'] });
  assert.equal(scene.last().request.body?.contentType, 'text/plain');
});

test('refuses what is too brief with 423, but not one hour and more (RFC 6665 §4.2.1.1)', async () => {
  const scene = createScene();
  const reply = await scene.ask({ expires: 59 });
  assert.equal(reply.status, 423);
  assert.equal(headerOf(reply, 'Min-Expires'), '60');
  assert.equal(headerOf(await scene.ask({ expires: 60 }), 'Expires'), '60');
});

test('shortens what is too long, never refuses it (RFC 6665 §4.2.1.1)', async () => {
  const scene = createScene();
  for (const expires of [600_000, 423_197_357, '99999999999']) {
    const reply = await scene.ask({ expires, fromTag: `f${String(expires)}` });
    assert.equal(reply.status, 200);
    assert.equal(headerOf(reply, 'Expires'), '86400');
  }
  assert.equal(headerOf(await scene.ask({ expires: undefined }), 'Expires'), '1800', 'default of the package');
  assert.equal((await scene.ask({ expires: 'soon' })).status, 400);
});

test('wants one SIP Contact (RFC 3261 §12.1.1)', async () => {
  const scene = createScene();
  for (const contact of [undefined, '*', '<tel:+123>', '<sip:a@192.0.2.7>, <sip:b@192.0.2.7>']) {
    assert.equal((await scene.ask({ contact })).status, 400, contact);
  }
});

test('refuses a body it cannot honour, ignores one that is optional (RFC 3261 §8.2.3)', async () => {
  const scene = createScene();
  const type = 'Content-Type: application/simple-filter+xml';
  assert.equal((await scene.ask({ headers: [type], body: '<filter/>' })).status, 415);
  const optional = 'Content-Disposition: session;handling=optional';
  assert.equal((await scene.ask({ headers: [type, optional], body: '<filter/>' })).status, 200);
});

test('a blocked watcher is refused with 403 (RFC 3856 §6.6.2, RFC 5025 §3.2.1)', async () => {
  const scene = createScene();
  scene.weather.handlings.set('sip:bob@example.com', 'block');
  assert.equal((await scene.ask()).status, 403);
  assert.equal(scene.sent.length, 0);
});

test('an undecided watcher is pending, without a document (RFC 3856 §6.6.2)', async () => {
  const scene = createScene();
  scene.weather.handlings.set('sip:bob@example.com', 'confirm');
  assert.equal((await scene.ask()).status, 200);
  assert.equal(scene.last().state, 'pending;expires=600');
  assert.equal(scene.last().body, undefined);
});

test('a politely blocked watcher is active and sees the polite view (RFC 5025 §3.2.1)', async () => {
  const scene = createScene();
  scene.weather.texts.set(alice, 'sun');
  scene.weather.handlings.set('sip:bob@example.com', 'polite-block');
  await scene.ask();
  assert.equal(scene.last().state, 'active;expires=600');
  assert.equal(scene.last().body, 'fog');
});

test('a resource the package does not admit is 404 (RFC 6665 §4.2.1.1)', async () => {
  const scene = createScene();
  assert.equal((await scene.ask({ to: 'sip:nobody@example.com' })).status, 404);
});

test('only who made a subscription may refresh or end it', async () => {
  const scene = createScene();
  const { toTag = '' } = await scene.ask();
  const carol = { kind: 'authenticated', aor: aorFromStore('sip:carol@example.com') } as const;
  assert.equal((await scene.ask({ toTag, cseq: 2, expires: 0, identity: carol })).status, 403);
  assert.equal((await scene.ask({ toTag, cseq: 2, expires: 0, identity: { kind: 'anonymous' } })).status, 403);
  assert.equal(scene.store.size(table), 1);
});

test('bounds subscriptions by watcher, by resource and in all with 503 and Retry-After (kernel/limits.ts)', async () => {
  for (const bound of ['subscriptionsPerWatcherMax', 'subscriptionsPerResourceMax', 'subscriptionsMax'] as const) {
    const scene = createScene({ config: { [bound]: 2 } });
    for (const fromTag of ['f1', 'f2']) assert.equal((await scene.ask({ fromTag })).status, 200);
    const reply = await scene.ask({ fromTag: 'f3' });
    assert.equal(reply.status, 503, bound);
    assert.equal(headerOf(reply, 'Retry-After'), '60');
  }
});

test('a failing store is 503, and nothing is left in memory (design §5)', async () => {
  const store = createMemoryStore({
    tables: [table],
    writer: {
      write: (_group, answered) => {
        answered('disk full');
      },
      close: () => Promise.resolve(),
    },
  });
  const scene = createScene({ store });
  assert.equal((await scene.ask()).status, 503);
  await scene.change(alice, 'sun');
  assert.equal(scene.sent.length, 0);
  assert.equal(scene.events.list({}, 10).length, 0);
});

test('a restarted subscriber gets a subscription of its own, the old one stays (RFC 6665 §4.1.2.2)', async () => {
  const scene = createScene();
  const first = await scene.ask();
  const second = await scene.ask({ fromTag: 'f2' });
  assert.notEqual(first.toTag, second.toTag);
  assert.equal(scene.store.size(table), 2);
});

test('copies Record-Route into the 200 and routes NOTIFYs along it (RFC 3261 §12.1.1, §12.2.1.1)', async () => {
  const scene = createScene();
  const routes = ['<sip:p1.example.com;lr>', '<sip:p2.example.com;lr>, <sip:p3.example.com;lr>'];
  const reply = await scene.ask({ headers: routes.map((route) => `Record-Route: ${route}`) });
  assert.deepEqual(
    reply.headers?.filter(([name]) => name === 'Record-Route').map(([, value]) => value),
    routes,
  );
  assert.equal(scene.last().header('Route'), routes.join(', '));
  assert.equal(scene.last().request.uri, 'sip:bob@192.0.2.7:5060');
});

test('a strict router is put into the Request-URI (RFC 3261 §12.2.1.1)', async () => {
  const scene = createScene();
  await scene.ask({ headers: ['Record-Route: <sip:p1.example.com>, <sip:p2.example.com;lr>'] });
  assert.equal(scene.last().request.uri, 'sip:p1.example.com');
  assert.equal(scene.last().header('Route'), '<sip:p2.example.com;lr>, <sip:bob@192.0.2.7:5060>');
});

test('one dialog carries several subscriptions, told apart by event and id (RFC 6665 §4.5.2)', async () => {
  const scene = createScene();
  const { toTag = '' } = await scene.ask();
  const own = 'sip:192.0.2.1:5060';
  assert.equal((await scene.ask({ toTag, cseq: 2, uri: own, event: 'weather;id=7' })).toTag, toTag);
  assert.equal((await scene.ask({ toTag, cseq: 3, uri: own, event: 'tide' })).toTag, toTag);
  assert.deepEqual(
    scene.sent.map((one) => one.header('Event')),
    ['weather', 'weather;id=7', 'tide'],
  );
  assert.deepEqual(
    scene.sent.map((one) => one.cseq),
    [1, 2, 3],
    'they share the numbers',
  );
  assert.equal(scene.store.size(table), 3);
  // The target of the dialog moves for all of them.
  await scene.ask({ toTag, cseq: 4, uri: own, event: 'tide', contact: '<sip:bob@192.0.2.99>' });
  await scene.change(alice, 'sun');
  assert.deepEqual(
    scene.sent.slice(4).map((one) => one.request.uri),
    ['sip:bob@192.0.2.99', 'sip:bob@192.0.2.99'],
  );
  // Ending one leaves the others.
  assert.equal((await scene.ask({ toTag, cseq: 5, uri: own, event: 'weather', expires: 0 })).status, 200);
  assert.equal(scene.store.size(table), 2);
  assert.equal((await scene.ask({ toTag, cseq: 6, uri: own, event: 'weather;id=7' })).status, 200);
});

test('a dialog is not shared without bound (kernel/limits.ts)', async () => {
  const scene = createScene();
  const { toTag = '' } = await scene.ask();
  for (let count = 1; count < limits.subscriptionsPerDialogMax; count += 1) {
    const reply = await scene.ask({ toTag, cseq: 1 + count, event: `weather;id=${String(count)}` });
    assert.equal(reply.status, 200);
  }
  assert.equal((await scene.ask({ toTag, cseq: 99, event: 'weather;id=more' })).status, 503);
});

test('a Request-URI without user means the user of To (COMPAT yealink)', async () => {
  const scene = createScene();
  await scene.ask({ uri: 'sip:example.com' });
  assert.equal(scene.events.list({ resource: alice }, 10).length, 1);
});
