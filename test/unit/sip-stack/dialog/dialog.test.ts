import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Result } from '../../../../kernel/result.ts';
import { dialogOfUac, dialogOfUas, recordRoute } from '../../../../sip-stack/dialog/create.ts';
import type { Dialog } from '../../../../sip-stack/dialog/dialog.ts';
import { idOf, idOfReceived, idOfResponse } from '../../../../sip-stack/dialog/id.ts';
import { pathOf } from '../../../../sip-stack/dialog/path.ts';
import { acceptRequest, refreshTarget } from '../../../../sip-stack/dialog/receive.ts';
import { requestInDialog } from '../../../../sip-stack/dialog/request.ts';
import type { SipRequest } from '../../../../sip-stack/wire/message.ts';
import { requestOf, responseOf } from '../../../support/sip-text.ts';

const good = <Value, Fault>(result: Result<Value, Fault>): Value => {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
};

const subscribe = (extra: readonly string[] = ['Contact: <sip:bob@192.0.2.7:5062;transport=tcp>']): SipRequest =>
  requestOf([
    'SUBSCRIBE sip:alice@example.org SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bKabc',
    'Max-Forwards: 70',
    'From: "Bob <x>" <sip:bob@example.org>;tag=ft;other=1',
    'To: sip:alice@example.org',
    'Call-ID: c1',
    'CSeq: 7 SUBSCRIBE',
    ...extra,
  ]);

const dialog: Dialog = {
  callId: 'c1',
  localTag: 'lt',
  remoteTag: 'ft',
  localUri: '<sip:alice@example.org>',
  remoteUri: '"Bob <x>" <sip:bob@example.org>',
  remoteTarget: 'sip:bob@192.0.2.7:5062;transport=tcp',
  routeSet: '',
  localCSeq: 0,
  remoteCSeq: 7,
};

test('a UAS takes the parts of its dialog from request and response (RFC 3261 §12.1.1)', () => {
  assert.deepEqual(good(dialogOfUas(subscribe(), 'lt')), dialog);
});

test('the route set of a UAS is Record-Route in order, over all lines, parameters kept (RFC 3261 §12.1.1)', () => {
  const request = subscribe([
    'Record-Route: <sip:p1.example.com;lr;x=1>;id=5, <sip:p2.example.com;lr>',
    'Record-Route: <sip:p3.example.com>',
    'Contact: <sip:bob@192.0.2.7>',
  ]);
  const all = '<sip:p1.example.com;lr;x=1>;id=5, <sip:p2.example.com;lr>, <sip:p3.example.com>';
  assert.equal(good(dialogOfUas(request, 'lt')).routeSet, all);
  assert.equal(recordRoute(request), all);
});

test('a request that makes a dialog names exactly one SIP Contact (RFC 3261 §8.1.1.8)', () => {
  const faultOf = (contact: readonly string[]): string | undefined => {
    const made = dialogOfUas(subscribe(contact), 'lt');
    return made.ok ? undefined : made.fault;
  };
  assert.equal(faultOf([]), 'Missing Contact');
  assert.equal(faultOf(['Contact: <sip:a@192.0.2.7>, <sip:b@192.0.2.7>']), 'More Than One Contact');
  assert.equal(faultOf(['Contact: <mailto:bob@example.org>']), 'Contact Is No SIP URI');
  assert.equal(faultOf(['Contact: *']), 'Bad Contact');
});

test('a UAC takes the route set in reverse and its own tag from From (RFC 3261 §12.1.2)', () => {
  const response = responseOf([
    'SIP/2.0 200 OK',
    'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabc',
    'Record-Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr>',
    'From: <sip:alice@example.org>;tag=lt',
    'To: <sip:bob@example.org>;tag=rt',
    'Call-ID: c1',
    'CSeq: 4 SUBSCRIBE',
    'Contact: <sip:bob@192.0.2.7>',
  ]);
  const made = good(dialogOfUac(response));
  assert.deepEqual(made, {
    callId: 'c1',
    localTag: 'lt',
    remoteTag: 'rt',
    localUri: '<sip:alice@example.org>',
    remoteUri: '<sip:bob@example.org>',
    remoteTarget: 'sip:bob@192.0.2.7',
    routeSet: '<sip:p2.example.com;lr>, <sip:p1.example.com;lr>',
    localCSeq: 4,
    remoteCSeq: 0,
  });
  assert.equal(idOfResponse(response), idOf(made));
});

test('a request without route set goes to the remote target (RFC 3261 §12.2.1.1)', () => {
  const sent = requestInDialog(dialog, { method: 'NOTIFY', headers: [['Event', 'presence']] });
  assert.deepEqual(sent.request, {
    method: 'NOTIFY',
    uri: dialog.remoteTarget,
    headers: [
      ['From', '<sip:alice@example.org>;tag=lt'],
      ['To', '"Bob <x>" <sip:bob@example.org>;tag=ft'],
      ['Call-ID', 'c1'],
      ['CSeq', '1 NOTIFY'],
      ['Event', 'presence'],
    ],
  });
  assert.equal(sent.nextHop, dialog.remoteTarget);
});

test('CSeq numbers rise by one, request after request (RFC 3261 §12.2.1.1)', () => {
  const first = requestInDialog(dialog, { method: 'NOTIFY' });
  const second = requestInDialog(first.dialog, { method: 'NOTIFY' });
  assert.equal(second.request.headers.find(([name]) => name === 'CSeq')?.[1], '2 NOTIFY');
  assert.equal(second.dialog.localCSeq, 2);
});

test('a loose router gets the whole route set and the target as Request-URI (RFC 3261 §12.2.1.1)', () => {
  const routeSet = '<sip:p1.example.com;lr>, <sip:p2.example.com;lr>';
  const sent = requestInDialog({ ...dialog, routeSet }, { method: 'NOTIFY' });
  assert.equal(sent.request.uri, dialog.remoteTarget);
  assert.deepEqual(sent.request.headers[0], ['Route', routeSet]);
  assert.equal(sent.nextHop, 'sip:p1.example.com;lr');
});

test('a strict router gets itself as Request-URI and the target last (RFC 3261 §12.2.1.1, its example)', () => {
  const path = pathOf({
    remoteTarget: 'sip:user@remoteua',
    routeSet: '<sip:proxy1>,<sip:proxy2>,<sip:proxy3;lr>,<sip:proxy4>',
  });
  assert.deepEqual(path, {
    requestUri: 'sip:proxy1',
    route: '<sip:proxy2>, <sip:proxy3;lr>, <sip:proxy4>, <sip:user@remoteua>',
    nextHop: 'sip:proxy1',
  });
});

test('what a Request-URI must not have is stripped from a strict route (RFC 3261 §12.2.1.1)', () => {
  const path = pathOf({ remoteTarget: 'sip:u@h', routeSet: '<sip:p;method=INVITE;transport=tcp?Subject=x>' });
  assert.equal(path.requestUri, 'sip:p;transport=tcp');
  assert.equal(path.route, '<sip:u@h>');
});

test('a parameter that merely begins with lr is not lr (RFC 3261 §19.1.1)', () => {
  assert.equal(pathOf({ remoteTarget: 'sip:u@h', routeSet: '<sip:p;lrx>' }).requestUri, 'sip:p;lrx');
  assert.equal(pathOf({ remoteTarget: 'sip:u@h', routeSet: '<sip:p;lr=on>' }).requestUri, 'sip:u@h');
});

test('a lower CSeq of the peer is out of order: 500 (RFC 3261 §12.2.2)', () => {
  const refused = acceptRequest({ ...dialog, remoteCSeq: 8 }, subscribe());
  assert.equal(refused.ok ? 200 : refused.fault.status, 500);
});

test('an equal or higher CSeq of the peer is taken, gaps included (RFC 3261 §12.2.2)', () => {
  assert.equal(good(acceptRequest({ ...dialog, remoteCSeq: 7 }, subscribe())).remoteCSeq, 7);
  assert.equal(good(acceptRequest({ ...dialog, remoteCSeq: 2 }, subscribe())).remoteCSeq, 7);
});

test('a target refresh moves the target, a request without Contact leaves it (RFC 3261 §12.2.2)', () => {
  const moved = good(refreshTarget(dialog, subscribe(['Contact: <sip:bob@198.51.100.9>'])));
  assert.equal(moved.remoteTarget, 'sip:bob@198.51.100.9');
  assert.equal(good(refreshTarget(dialog, subscribe([]))), dialog);
  const refused = refreshTarget(dialog, subscribe(['Contact: <tel:+1>']));
  assert.equal(refused.ok ? 200 : refused.fault.status, 400);
});

test('a request of the peer names the dialog by the tags in their places (RFC 3261 §12)', () => {
  const inside = requestOf([
    'SUBSCRIBE sip:alice@192.0.2.1 SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bKabd',
    'From: <sip:bob@example.org>;tag=ft',
    'To: <sip:alice@example.org>;tag=lt',
    'Call-ID: c1',
    'CSeq: 8 SUBSCRIBE',
    'Max-Forwards: 70',
  ]);
  assert.equal(idOfReceived(inside), idOf(dialog));
  assert.equal(idOfReceived(subscribe()), undefined);
});
