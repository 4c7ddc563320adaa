import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reasonPhrase } from '../../../../sip-stack/wire/status.ts';

test('every status has a phrase: its own, or that of its class (RFC 3261 §8.1.3.2, §21)', () => {
  assert.equal(reasonPhrase(200), 'OK');
  assert.equal(reasonPhrase(489), 'Bad Event');
  assert.equal(reasonPhrase(412), 'Conditional Request Failed');
  assert.equal(reasonPhrase(499), 'Bad Request');
  assert.equal(reasonPhrase(299), 'OK');
});
