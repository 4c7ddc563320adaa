import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overloadSection } from '../../../abuse/overload-settings.ts';
import { createPriorities } from '../../../abuse/priority.ts';
import { defaultsOf } from '../../../config/section.ts';
import { requestOf } from '../../support/sip-text.ts';

const priorityOf = createPriorities(defaultsOf(overloadSection));
const request = (method: string, uri: string, headers: readonly string[] = [], toTag = '') =>
  requestOf([
    `${method} ${uri} SIP/2.0`,
    'Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1',
    'From: <sip:a@example.com>;tag=1',
    `To: <sip:b@example.com>${toTag === '' ? '' : `;tag=${toTag}`}`,
    'Call-ID: c',
    `CSeq: 1 ${method}`,
    ...headers,
  ]);

for (const uri of [
  'urn:service:sos',
  'URN:service:sos.police',
  'sip:112@example.com',
  'sip:911@example.com;user=phone',
  'tel:911',
  'tel:1-1-2;phone-context=+49',
]) {
  test(`${uri} is an emergency (RFC 5031 §4.2, RFC 7339 §5.10.1)`, () => {
    assert.equal(priorityOf(request('INVITE', uri), false), 'emergency');
  });
}

for (const uri of ['urn:service:sosumi', 'sip:1120@example.com', 'tel:+19110']) {
  test(`${uri} is none`, () => {
    assert.equal(priorityOf(request('INVITE', uri), false), 'ordinary');
  });
}

test('what ends work is never refused', () => {
  assert.equal(priorityOf(request('BYE', 'sip:b@example.com', [], 'x'), false), 'emergency');
});

test('requests within a dialog come after the ordinary ones (RFC 7339 §5.10.1)', () => {
  assert.equal(priorityOf(request('INVITE', 'sip:b@example.com', [], 'x'), false), 'established');
  assert.equal(priorityOf(request('SUBSCRIBE', 'sip:b@example.com'), false), 'ordinary');
});

test('Resource-Priority counts from trusted peers only (RFC 4412 §11.1)', () => {
  const urgent = request('INVITE', 'sip:b@example.com', ['Resource-Priority: q999.1, ETS.0']);
  assert.equal(priorityOf(urgent, true), 'established');
  assert.equal(priorityOf(urgent, false), 'ordinary');
  const unknown = request('INVITE', 'sip:b@example.com', ['Resource-Priority: etsx.0']);
  assert.equal(priorityOf(unknown, true), 'ordinary');
});
