import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featuresIn, meets, type Filter } from '../../../proxy/features.ts';

const token = (value: string, negated = false): Filter => ({ kind: 'token', value, negated });

test('reads the feature predicate of a header field (RFC 3841 §8)', () => {
  const read = featuresIn(
    ';mobility="fixed";events="!presence,message-summary";language="en,de";description="<PC>"' +
      ';+sip.newparam;+rangeparam="#-4:+5.125"',
  );
  assert.deepEqual(
    [...read],
    [
      ['sip.mobility', [token('fixed')]],
      ['sip.events', [token('presence', true), token('message-summary')]],
      ['language', [token('en'), token('de')]],
      ['sip.description', [{ kind: 'string', value: 'PC', negated: false }]],
      ['sip.newparam', [token('true')]],
      ['rangeparam', [{ kind: 'range', from: -4, to: 5.125, negated: false }]],
    ],
  );
});

test('takes feature parameters only, and no +video beside video (RFC 3841 §7.2.3)', () => {
  const read = featuresIn(';audio;video;mobility="fixed";+video="FALSE";+sip.message="TRUE";other-param=66372;q=0.5');
  assert.deepEqual([...read.keys()], ['sip.audio', 'sip.video', 'sip.mobility', 'sip.message']);
  assert.deepEqual(read.get('sip.video'), [token('true')]);
});

test("decodes ! and ' in the name of a feature tag (RFC 3841 §8)", () => {
  assert.deepEqual([...featuresIn(';+g.acme!colour\'deep="red"').keys()], ['g.acme:colour/deep']);
});

test('compares tokens without case and strings with it (RFC 3841 §7.2.4)', () => {
  const device = featuresIn(';methods="INVITE,BYE";description="<PC>"');
  assert.equal(meets(featuresIn(';methods="invite"'), device), true);
  assert.equal(meets(featuresIn(';methods="MESSAGE"'), device), false);
  assert.equal(meets(featuresIn(';description="<PC>"'), device), true);
  assert.equal(meets(featuresIn(';description="<pc>"'), device), false);
  assert.equal(meets(featuresIn(';description="PC"'), device), false);
});

test('a tag that one side does not name excludes nothing (RFC 2533 §4.2)', () => {
  assert.equal(meets(featuresIn(';audio;class="business"'), featuresIn(';audio')), true);
  assert.equal(meets(featuresIn(';audio'), featuresIn(';audio="FALSE"')), false);
});

test('compares numbers and ranges (RFC 3841 §8)', () => {
  const speed = (value: string): ReturnType<typeof featuresIn> => featuresIn(`;+speed="${value}"`);
  assert.equal(meets(speed('#>=5'), speed('#=7')), true);
  assert.equal(meets(speed('#<=5'), speed('#=7')), false);
  assert.equal(meets(speed('#1:5'), speed('#5:9')), true);
  assert.equal(meets(speed('#1:4.9'), speed('#5:9')), false);
  assert.equal(meets(speed('!#1:9'), speed('#2:3')), false);
  assert.equal(meets(speed('!#2:3'), speed('#1:9')), true);
  assert.equal(meets(speed('#=5'), speed('fast')), false);
});

test('a negated value agrees with all others (RFC 2533 §4.2)', () => {
  const events = (value: string): ReturnType<typeof featuresIn> => featuresIn(`;events="${value}"`);
  assert.equal(meets(events('!presence'), events('presence')), false);
  assert.equal(meets(events('!presence'), events('dialog')), true);
  assert.equal(meets(events('!presence'), events('!presence')), true);
  assert.equal(meets(events('!presence'), events('presence,dialog')), true);
});

test('what cannot be read states nothing, and no input is read beyond the bound', () => {
  assert.equal(featuresIn(';audio;"').size, 0);
  const long = featuresIn(`;events="${Array.from({ length: 5000 }, (_, at) => `e${String(at)}`).join(',')}";audio`);
  assert.equal(long.get('sip.events')?.length, 128);
  assert.equal(long.has('sip.audio'), false);
});
