import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMessage } from '../../../sip-stack/wire/parse.ts';
import { faultOf } from '../../../sip-stack/wire/validate.ts';
import { writeRequest } from '../../../sip-stack/wire/write.ts';
import { createScene } from './scene.ts';

const via = 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKnotify';

test('a NOTIFY as written is a sound request with what RFC 6665 §4.2.2 and RFC 3261 §12.2.1.1 ask for', async () => {
  const scene = createScene();
  const { toTag } = await scene.ask({ event: 'weather;id=7', headers: ['Record-Route: <sip:p1.example.com;lr>'] });
  const parsed = parseMessage(writeRequest(scene.last().request, via));
  assert.ok(parsed.ok && parsed.value.kind === 'request');
  const notify = parsed.value;
  assert.equal(faultOf(notify), undefined);
  assert.equal(notify.method, 'NOTIFY');
  assert.equal(notify.uri, 'sip:bob@192.0.2.7:5060');
  assert.deepEqual(
    [...notify.headers.lines()].map(({ name, value }) => `${name}: ${value}`),
    [
      `Via: ${via}`,
      'Max-Forwards: 70',
      'Route: <sip:p1.example.com;lr>',
      `From: <sip:alice@example.com>;tag=${toTag ?? ''}`,
      'To: <sip:bob@example.com>;tag=f1',
      'Call-ID: c1',
      'CSeq: 1 NOTIFY',
      'Contact: <sip:192.0.2.1:5060>',
      'Event: weather;id=7',
      'Subscription-State: active;expires=600',
      'Content-Type: text/weather',
      'Content-Length: 7',
    ],
  );
  assert.equal(notify.body.toString(), 'unknown');
});

test('a NOTIFY without body says so (RFC 3856 §6.6.2)', async () => {
  const scene = createScene();
  scene.weather.handlings.set('sip:bob@example.com', 'confirm');
  await scene.ask();
  const parsed = parseMessage(writeRequest(scene.last().request, via));
  assert.ok(parsed.ok);
  assert.equal(parsed.value.headers.first('content-length'), '0');
  assert.equal(parsed.value.headers.has('content-type'), false);
});

test('what would begin a line of its own in a NOTIFY is refused (RFC 3261 §25.1)', async () => {
  const scene = createScene();
  const evil = 'Record-Route: <sip:p1.example.com;lr>\rX-Evil: 1';
  assert.equal((await scene.ask({ headers: [evil] })).status, 400);
  assert.equal((await scene.ask({ event: 'weather;x="a\rb"' })).status, 400);
  assert.equal(scene.sent.length, 0);
});
