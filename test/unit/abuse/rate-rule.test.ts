import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOfRateRule, parseRate, parseRateRule } from '../../../abuse/rate-rule.ts';

test('reads rates of seconds, minutes and hours', () => {
  assert.deepEqual(parseRate('20/s burst 500'), { ok: true, value: { perSecond: 20, burst: 500 } });
  assert.deepEqual(parseRate('6/m burst 10'), { ok: true, value: { perSecond: 0.1, burst: 10 } });
  assert.deepEqual(parseRate('36/h burst 1'), { ok: true, value: { perSecond: 0.01, burst: 1 } });
});

test('reads rules for several methods', () => {
  assert.deepEqual(parseRateRule('subscribe+PUBLISH 1/s burst 2'), {
    ok: true,
    value: { methods: ['SUBSCRIBE', 'PUBLISH'], rate: { perSecond: 1, burst: 2 } },
  });
});

for (const text of [
  '',
  '20/s',
  '0/s burst 5',
  '5/s burst 0',
  '5/d burst 1',
  'A B 1/s burst 1',
  'INVITE+ 1/s burst 1',
]) {
  test(`'${text}' is no rule`, () => {
    assert.match(faultOfRateRule(text) ?? 'none', /is not written like/);
  });
}
