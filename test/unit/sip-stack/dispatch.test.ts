import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instant } from '../../../kernel/clock.ts';
import { silentLog } from '../../../kernel/log.ts';
import { createMeter } from '../../../kernel/meter.ts';
import { createDefects } from '../../../sip-stack/defects.ts';
import { createDispatch } from '../../../sip-stack/dispatch.ts';
import type { DispatchConfig } from '../../../sip-stack/dispatch.ts';
import type { Guard, Handler, IncomingRequest } from '../../../sip-stack/incoming.ts';
import { createOptions } from '../../../sip-stack/options.ts';
import { forbidden } from '../../../sip-stack/refusals.ts';
import type { Reply } from '../../../sip-stack/reply.ts';
import { fakeResponder } from '../../support/fake-responder.ts';
import { fakeFlow } from '../../support/sip-incoming.ts';
import { requestOf } from '../../support/sip-text.ts';

interface Ask {
  readonly method?: string;
  readonly uri?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
}

const ok: Handler = () => ({ reply: { status: 200 } });

function setUp(config: Partial<DispatchConfig> = {}): {
  readonly ask: (what: Ask) => Reply[];
  readonly dispatch: ReturnType<typeof createDispatch>;
  readonly defects: () => number | undefined;
} {
  const meter = createMeter();
  const dispatch = createDispatch(
    { defects: createDefects({ log: silentLog, meter }) },
    {
      handlers: [
        { method: 'SUBSCRIBE', handler: ok, requires: ['eventlist'] },
        { method: 'PUBLISH', handler: ok },
      ],
      guards: [],
      serves: (uri) => uri.host === 'example.org' || uri.scheme === 'tel',
      ...config,
    },
  );
  return {
    dispatch,
    ask({ method = 'PUBLISH', uri = 'sip:alice@example.org', headers = [], body = '' }) {
      const replies: Reply[] = [];
      const request = requestOf(
        [
          `${method} ${uri} SIP/2.0`,
          'Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bKabc',
          'From: <sip:bob@example.org>;tag=ft',
          'To: <sip:alice@example.org>',
          'Call-ID: c1',
          `CSeq: 7 ${method}`,
          ...(headers.some((line) => line.startsWith('Max-Forwards')) ? [] : ['Max-Forwards: 70']),
          ...headers,
        ],
        body,
      );
      dispatch.onRequest(
        request,
        fakeFlow(),
        instant(5),
        fakeResponder((reply) => replies.push(reply)),
      );
      return replies;
    },
    defects: () => meter.samples().find(({ name }) => name === 'pharos_sip_defects_total')?.value,
  };
}

const headerOf = (reply: Reply | undefined, name: string): string | undefined =>
  reply?.headers?.find(([header]) => header === name)?.[1];

test('a handler that needs not wait is answered for at once', () => {
  assert.deepEqual(setUp().ask({}), [{ status: 200 }]);
});

test('`afterwards` runs right after the response, in the same tick (RFC 6665 §4.2.1.1)', async () => {
  const order: string[] = [];
  const later: Handler = async () => {
    await Promise.resolve();
    return { reply: { status: 202 }, afterwards: () => order.push('afterwards') };
  };
  const { dispatch } = setUp({ handlers: [{ method: 'PUBLISH', handler: later }] });
  const request = requestOf([
    'PUBLISH sip:alice@example.org SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKabc',
    'From: <sip:b@example.org>;tag=f',
    'To: <sip:a@example.org>',
    'Call-ID: c',
    'CSeq: 1 PUBLISH',
    'Max-Forwards: 70',
  ]);
  dispatch.onRequest(
    request,
    fakeFlow(),
    instant(0),
    fakeResponder((reply) => {
      order.push(String(reply.status));
      void Promise.resolve().then(() => order.push('next tick'));
    }),
  );
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  assert.deepEqual(order, ['202', 'afterwards', 'next tick']);
});

test('an unknown scheme is 416, before anything else is asked (RFC 3261 §8.2.2.1)', () => {
  assert.equal(
    setUp().ask({ method: 'NEWMETHOD', uri: 'http://example.org/', headers: ['Require: x'] })[0]?.status,
    416,
  );
  assert.equal(setUp().ask({ uri: 'tel:+15551234' })[0]?.status, 200);
});

test('a domain that is not ours is not relayed to (RFC 3261 §16.3)', () => {
  const [reply] = setUp().ask({ uri: 'sip:carol@elsewhere.example' });
  assert.equal(reply?.status, 403);
  assert.equal(reply.reason, 'Relaying Denied');
});

test('Max-Forwards counts only for what would go further (RFC 3261 §16.3, RFC 4475 §3.3.11)', () => {
  const headers = ['Max-Forwards: 0'];
  assert.equal(setUp().ask({ uri: 'sip:carol@elsewhere.example', headers })[0]?.status, 483);
  assert.equal(setUp().ask({ headers })[0]?.status, 200);
});

test('the seam of a proxy: `foreign` gets requests to other domains, unguarded', () => {
  const guards: Guard[] = [() => assert.fail('no guard is asked')];
  const foreign: Handler = ({ uri }) => ({ reply: { status: 299, reason: uri.host } });
  const [reply] = setUp({ foreign, guards }).ask({ method: 'MESSAGE', uri: 'sip:carol@elsewhere.example' });
  assert.equal(reply?.reason, 'elsewhere.example');
});

test('a SIP method that is not served is 405, a word that is none is 501, both with Allow (RFC 3261 §8.2.1)', () => {
  const [known] = setUp().ask({ method: 'INVITE' });
  assert.equal(known?.status, 405);
  assert.equal(headerOf(known, 'Allow'), 'SUBSCRIBE, PUBLISH, ACK, CANCEL');
  const [unknown] = setUp().ask({ method: 'NEWMETHOD' });
  assert.equal(unknown?.status, 501);
  assert.equal(headerOf(unknown, 'Allow'), 'SUBSCRIBE, PUBLISH, ACK, CANCEL');
  assert.equal(setUp().ask({ method: 'publish' })[0]?.status, 501, 'methods are case-sensitive (RFC 3261 §7.1)');
});

test('what is required and not understood is 420 and named (RFC 3261 §8.2.2.3)', () => {
  const { ask } = setUp();
  const [reply] = ask({ method: 'SUBSCRIBE', headers: ['Require: eventlist, foo', 'Require: bar'] });
  assert.equal(reply?.status, 420);
  assert.equal(headerOf(reply, 'Unsupported'), 'foo, bar');
  assert.equal(ask({ method: 'SUBSCRIBE', headers: ['Require: EventList'] })[0]?.status, 200);
  assert.equal(ask({ method: 'PUBLISH', headers: ['Require: eventlist'] })[0]?.status, 420, 'of another method only');
});

test('Proxy-Require is refused like Require (RFC 3261 §16.3 step 5)', () => {
  const [reply] = setUp().ask({ method: 'SUBSCRIBE', headers: ['Proxy-Require: ms-benotify'] });
  assert.equal(headerOf(reply, 'Unsupported'), 'ms-benotify');
});

test('a body above the bound is 413 (RFC 3261 §21.4.11)', () => {
  const { ask } = setUp({ bodyBytesMax: 10 });
  assert.equal(ask({ body: '0123456789', headers: ['Content-Type: text/plain'] })[0]?.status, 200);
  assert.equal(ask({ body: '0123456789a', headers: ['Content-Type: text/plain'] })[0]?.status, 413);
});

test('guards run in order, hand on what they learnt, and the first refusal ends it', async () => {
  const seen: string[] = [];
  const trusted: Guard = ({ identity }) => {
    seen.push(`first ${identity.kind}`);
    return { kind: 'pass', identity: { kind: 'trusted-peer', aor: 'sip:bob@example.org' as never } };
  };
  const slow: Guard = async ({ identity }) => {
    seen.push(`second ${identity.kind}`);
    await Promise.resolve();
    return { kind: 'pass' };
  };
  const strict: Guard = ({ identity }) => {
    seen.push(`third ${identity.kind}`);
    return { kind: 'refuse', refusal: forbidden() };
  };
  const handler = (): never => assert.fail('refused before');
  const { ask } = setUp({ guards: [trusted, slow, strict], handlers: [{ method: 'PUBLISH', handler }] });
  const replies = ask({});
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  assert.deepEqual(seen, ['first anonymous', 'second trusted-peer', 'third trusted-peer']);
  assert.equal(replies[0]?.status, 403);
});

test('the handler gets URI, time and identity', () => {
  let got: IncomingRequest | undefined;
  const handler: Handler = (incoming) => {
    got = incoming;
    return { reply: { status: 200 } };
  };
  const { ask } = setUp({
    handlers: [{ method: 'PUBLISH', handler }],
    guards: [() => ({ kind: 'pass', identity: { kind: 'authenticated', aor: 'sip:bob@example.org' as never } })],
  });
  ask({});
  assert.equal(got?.uri.user, 'alice');
  assert.equal(got.receivedAt, 5);
  assert.equal(got.identity.kind, 'authenticated');
});

test('an exception, thrown or rejected, is counted and answered 500 (style R6)', async () => {
  const throwing: Handler = () => {
    throw new Error('bug');
  };
  const rejecting: Handler = () => Promise.reject(new Error('bug'));
  const { ask, defects } = setUp({
    handlers: [
      { method: 'PUBLISH', handler: throwing },
      { method: 'SUBSCRIBE', handler: rejecting },
    ],
  });
  assert.equal(ask({})[0]?.status, 500);
  const later = ask({ method: 'SUBSCRIBE' });
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  assert.equal(later[0]?.status, 500);
  assert.equal(defects(), 2);
});

test('OPTIONS tells what the handlers declare (RFC 3261 §11.2)', () => {
  const options = createOptions({
    allow: () => dispatch.allow,
    supported: () => dispatch.supported,
    accept: () => ['application/pidf+xml'],
    acceptEncoding: () => ['deflate'],
    allowEvents: () => ['presence'],
  });
  const { dispatch, ask } = setUp({
    handlers: [
      { method: 'SUBSCRIBE', handler: ok, requires: ['eventlist'] },
      { method: 'OPTIONS', handler: options },
    ],
  });
  assert.deepEqual(ask({ method: 'OPTIONS' })[0], {
    status: 200,
    headers: [
      ['Allow', 'SUBSCRIBE, OPTIONS, ACK, CANCEL'],
      ['Accept', 'application/pidf+xml'],
      ['Accept-Encoding', 'deflate, identity'],
      ['Accept-Language', 'en'],
      ['Supported', 'eventlist'],
      ['Allow-Events', 'presence'],
    ],
  });
});

describe('what goes on to the proxy (RFC 3261 §16.3 to §16.5)', () => {
  /** Whether it went on, and with which Request-URI; else the status it got here. */
  function sent(what: Ask, config: Partial<DispatchConfig> = {}): string | number | undefined {
    let onwards: string | undefined;
    const { ask } = setUp({
      handlers: ['REGISTER', 'PUBLISH', 'SUBSCRIBE', 'OPTIONS'].map((method) => ({ method, handler: ok })),
      isOwnEvent: (request) => request.headers.first('event') !== 'other',
      onward: {
        onRequest(incoming) {
          onwards = incoming.uri.text;
        },
      },
      serves: (uri) => uri.host === 'example.org',
      ...config,
    });
    const replies = ask(what);
    return onwards ?? replies[0]?.status;
  }
  const user = 'sip:alice@example.org';
  const server = 'sip:example.org';

  test('what a user of ours has done here stays: REGISTER, PUBLISH, SUBSCRIBE to a package of ours', () => {
    for (const method of ['REGISTER', 'PUBLISH', 'SUBSCRIBE']) assert.equal(sent({ method, uri: user }), 200, method);
  });

  test('everything else to a user goes on, OPTIONS and methods unknown too', () => {
    for (const method of ['INVITE', 'MESSAGE', 'INFO', 'REFER', 'NOTIFY', 'OPTIONS', 'NEWMETHOD'])
      assert.equal(sent({ method, uri: user }), user, method);
    assert.equal(sent({ method: 'SUBSCRIBE', uri: user, headers: ['Event: other'] }), user);
  });

  test('to the server itself: its handlers, else 405 or 501', () => {
    assert.equal(sent({ method: 'OPTIONS', uri: server }), 200);
    assert.equal(sent({ method: 'SUBSCRIBE', uri: server, headers: ['Event: other'] }), 200);
    assert.equal(sent({ method: 'INVITE', uri: server }), 405);
    assert.equal(sent({ method: 'NEWMETHOD', uri: server }), 501);
  });

  test('OPTIONS with no hops left ends here (RFC 3261 §16.3 step 3)', () => {
    assert.equal(sent({ method: 'OPTIONS', uri: user, headers: ['Max-Forwards: 0'] }), 200);
  });

  test('another domain, and what has a Route left, goes on whatever the method', () => {
    assert.equal(sent({ method: 'REGISTER', uri: 'sip:far.example' }), 'sip:far.example');
    const headers = ['Route: <sip:example.org;lr>, <sip:far.example;lr>'];
    assert.equal(sent({ method: 'REGISTER', uri: server, headers }), server);
    assert.equal(sent({ method: 'REGISTER', uri: server, headers: ['Route: <sip:example.org;lr>'] }), 200);
  });

  test('an unknown scheme put there by a strict router is 416 (RFC 3261 §16.3 step 2)', () => {
    assert.equal(sent({ method: 'INFO', uri: 'sip:example.org;lr', headers: ['Route: <mailto:x@y.example>'] }), 416);
  });

  test('what an operator handles itself stays', () => {
    const handlers = [{ method: 'INFO', handler: ok }];
    assert.equal(sent({ method: 'INFO', uri: user }, { handlers }), 200);
  });
});
