import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { configurationManual, sampleConfiguration } from '../../../config/document.ts';
import { loadConfig } from '../../../config/load.ts';
import type { Sections } from '../../../config/setting.ts';
import { sections, sectionTitles, shortNames } from '../../../server/sections.ts';

/** Compiled, this file lies in <root>/<out>/test/unit/config. */
const docs = new URL('../../../../docs/', import.meta.url);

test('docs/configuration.md is what the sections say (npm run docs makes it so)', () => {
  assert.equal(
    readFileSync(new URL('configuration.md', docs), 'utf8'),
    configurationManual(sections, sectionTitles, shortNames),
  );
});

test('docs/pharos.sample.yaml is what the sections say (npm run docs makes it so)', () => {
  assert.equal(readFileSync(new URL('pharos.sample.yaml', docs), 'utf8'), sampleConfiguration(sections, sectionTitles));
});

test('the sample, with its comment signs taken away, is a configuration that changes nothing', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pharos-sample-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const file = join(folder, 'pharos.yaml');
  writeFileSync(file, sampleConfiguration(sections, sectionTitles).replaceAll(/^ {2}#(\w+: )/gm, '  $1'));
  const read = loadConfig(sections, { file, environment: {} });
  const defaults = loadConfig(sections, { environment: {} });
  assert.ok(read.ok, JSON.stringify(read));
  assert.ok(defaults.ok);
  assert.deepEqual(read.value.values, defaults.value.values);
  assert.ok(read.value.origins.size > 30, 'every setting stands in it');
});

test('every section has its sentence, and every default is one that the setting takes', () => {
  const all: Sections = sections;
  for (const [name, settings] of Object.entries(all)) {
    assert.notEqual(sectionTitles[name as keyof typeof sections], '');
    for (const [settingName, setting] of Object.entries(settings)) {
      assert.deepEqual(setting.read(setting.default), { ok: true, value: setting.default }, `${name}.${settingName}`);
      assert.match(setting.doc, /\.$|\.\)$/, `${name}.${settingName} has sentences`);
    }
  }
});
