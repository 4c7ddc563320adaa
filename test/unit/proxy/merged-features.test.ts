import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../kernel/limits.ts';
import { featuresText, mergeFeatures, valuesNamed } from '../../../proxy/merged-features.ts';

const merged = (...devices: readonly string[]): string => featuresText(mergeFeatures(devices));

test('booleans of all devices are there, and a true one stays true (RFC 3840 §5)', () => {
  assert.equal(merged(';audio', ';video;audio', ';text="FALSE"'), ';audio;video;text="FALSE"');
  assert.equal(merged(';audio="FALSE"', ';audio'), ';audio');
  assert.equal(merged(';audio="TRUE"'), ';audio');
});

test('lists are united, without case and in the order met (RFC 3840 §9)', () => {
  assert.equal(merged(';methods="INVITE,BYE"', ';methods="bye,MESSAGE"'), ';methods="INVITE,BYE,MESSAGE"');
  const rcs = ';+g.3gpp.iari-ref="urn%3Aa,urn%3Ab"';
  assert.equal(merged(rcs, ';+g.3gpp.iari-ref="urn%3Ac"'), ';+g.3gpp.iari-ref="urn%3Aa,urn%3Ab,urn%3Ac"');
});

test('what one device excludes and another has is there (RFC 3840 §5)', () => {
  assert.equal(merged(';events="!presence,dialog"', ';events="presence"'), ';events="dialog,presence"');
  assert.equal(merged(';events="!presence"', ';events="!presence"'), ';events="!presence"');
});

test('of strings the first device counts, since a string stands alone (RFC 3840 §5)', () => {
  assert.equal(merged(';description="<PC>"', ';description="<Phone>"'), ';description="<PC>"');
  assert.equal(merged(';description="<a \\"b\\">"'), ';description="<a \\"b\\">"');
});

test('numbers are united like other values (RFC 3840 §9)', () => {
  assert.equal(merged(';priority="#>=20"', ';priority="#=5"'), ';priority="#>=20,#=5"');
});

test('what is no feature, or names one device, is left out (RFC 3840 §9, RFC 5626 §4.1)', () => {
  assert.equal(merged(';ob;reg-id=1;+sip.instance="<urn:uuid:x>";transport=tcp;pub-gruu="sip:x";audio'), ';audio');
  assert.equal(merged(), '');
  assert.equal(merged(';audio;=;', ';video'), ';video');
});

test('values named are those that are there', () => {
  const features = mergeFeatures([';methods="INVITE,!BYE";audio']);
  assert.deepEqual(valuesNamed(features, 'methods'), ['INVITE']);
  assert.deepEqual(valuesNamed(features, 'audio'), []);
  assert.deepEqual(valuesNamed(features, 'events'), []);
});

test('a device that states too much is cut', () => {
  const many = Array.from({ length: 4000 }, (_, n) => `m${String(n)}`).join(',');
  assert.equal(
    valuesNamed(mergeFeatures([`;methods="${many}"`, `;methods="x,${many}"`]), 'methods').length,
    limits.featureValuesMax,
  );
  const tags = Array.from({ length: 4000 }, (_, n) => `;+t${String(n)}`).join('');
  assert.equal(mergeFeatures([tags]).size, limits.featureValuesMax);
});
