import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choice, defaultsOf, duration, flag, integer, list, section, text } from '../../../config/section.ts';

const sample = section({
  port: integer({ default: 5060, min: 1, max: 65_535, doc: 'A port.' }),
  life: duration({ default: 3600, min: 60, max: 86_400, unit: 'seconds', doc: 'A life.' }),
  wait: duration({ default: 250, min: 1, max: 60_000, unit: 'milliseconds', doc: 'A wait.' }),
  mode: choice({ of: ['allow', 'block'], default: 'allow', doc: 'A mode.' }),
  names: list({ default: [], max: 2, check: (name) => (name === 'bad' ? 'is bad' : undefined), doc: 'Names.' }),
  on: flag({ default: false, doc: 'A flag.' }),
  title: text({ default: '', min: 0, max: 5, doc: 'A title.' }),
});

const fault = (outcome: { readonly ok: boolean; readonly fault?: string }): string => {
  assert.equal(outcome.ok, false);
  return outcome.fault ?? '';
};

test('the defaults of a section are its values when nobody says otherwise', () => {
  const values = defaultsOf(sample);
  const mode: 'allow' | 'block' = values.mode;
  assert.deepEqual(
    { ...values, mode },
    { port: 5060, life: 3600, wait: 250, mode: 'allow', names: [], on: false, title: '' },
  );
});

test('a whole number is read from a number or from text, and held within its bounds', () => {
  assert.deepEqual(sample.port.read(5061), { ok: true, value: 5061 });
  assert.deepEqual(sample.port.read('5061'), { ok: true, value: 5061 });
  assert.match(fault(sample.port.read(0)), /^is 0, but takes a whole number from 1 to 65535$/);
  for (const wrong of [1.5, Number.NaN, '1e3', '', 'x', null, true, [1]])
    assert.match(fault(sample.port.read(wrong)), /takes a whole number/);
});

test('a length of time takes a number of its unit or text with units', () => {
  const read = (raw: unknown): unknown => {
    const outcome = sample.life.read(raw);
    return outcome.ok ? outcome.value : outcome.fault;
  };
  assert.equal(read(90), 90);
  assert.equal(read('90'), 90);
  assert.equal(read('90s'), 90);
  assert.equal(read('15m'), 900);
  assert.equal(read('1h30m'), 5400);
  assert.equal(read('1d'), 86_400);
  assert.match(String(read('2d')), /^is 172800, but takes a length of time from 1m to 1d/);
  assert.match(String(read('1.5h')), /takes a length of time/);
  assert.match(String(read('60500ms')), /takes a length of time/, 'a fraction of a second is no whole second');
  assert.deepEqual(sample.wait.read('2s'), { ok: true, value: 2000 });
});

test('a choice, a flag, a text and a list refuse what they do not take', () => {
  assert.match(fault(sample.mode.read('deny')), /^is "deny", but takes one of allow, block$/);
  assert.deepEqual(sample.on.read('Yes'), { ok: true, value: true });
  assert.deepEqual(sample.on.read(false), { ok: true, value: false });
  assert.match(fault(sample.on.read(2)), /takes true or false/);
  assert.match(fault(sample.title.read('toolong')), /has 7 characters, but takes 0 to 5/);
  assert.deepEqual(sample.names.read('a, b'), { ok: true, value: ['a', 'b'] });
  assert.deepEqual(sample.names.read(''), { ok: true, value: [] });
  assert.match(fault(sample.names.read(['a', 'b', 'c'])), /has 3 entries, but takes 0 to 2/);
  assert.match(fault(sample.names.read(['bad'])), /has the entry "bad", which is bad/);
  assert.match(fault(sample.names.read([1])), /has the entry 1/);
});
