import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDialogSeal } from '../../../proxy/dialog-seal.ts';
import { uriOf } from '../../support/fake-call.ts';

const us = 'sip:192.0.2.1:5060;lr';

test('the seal of a call is on its Record-Route values, after a restart with the same secret too (RFC 3261 §16.6 step 4)', () => {
  const seal = createDialogSeal('secret');
  const param = seal.param('call-1@192.0.2.9');
  assert.match(param, /^;dlg=[\w-]{12}$/);
  for (const later of [seal, createDialogSeal('secret')]) {
    assert.equal(later.isOn(uriOf(us + param), 'call-1@192.0.2.9'), true);
    assert.equal(later.isOn(uriOf(`${us};transport=tcp${param};x=y`), 'call-1@192.0.2.9'), true);
  }
});

test('what was made for another call, elsewhere, or by guessing is no seal', () => {
  const seal = createDialogSeal('secret');
  const param = seal.param('call-1');
  assert.equal(seal.isOn(uriOf(us + param), 'call-2'), false);
  assert.equal(createDialogSeal('other').isOn(uriOf(us + param), 'call-1'), false);
  for (let at = 5; at < param.length; at += 1) {
    const changed = `${param.slice(0, at)}${param.charAt(at) === 'x' ? 'y' : 'x'}${param.slice(at + 1)}`;
    assert.equal(seal.isOn(uriOf(us + changed), 'call-1'), false, String(at));
  }
  for (const guess of ['', ';dlg', ';dlg=', ';dlg=A', `${param}A`, param.slice(0, -1)])
    assert.equal(seal.isOn(uriOf(us + guess), 'call-1'), false, guess);
});

test('an empty Call-ID has a seal like any other', () => {
  const seal = createDialogSeal('secret');
  assert.equal(seal.isOn(uriOf(`${us};dlg=`), ''), false);
  assert.equal(seal.isOn(uriOf(us + seal.param('')), ''), true);
});
