import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultsOf } from '../../../config/section.ts';
import { silentLog } from '../../../kernel/log.ts';
import { createMeter } from '../../../kernel/meter.ts';
import type { ExtensionContext } from '../../../server/extension.ts';
import { type ExtensionModule, importExtensions } from '../../../server/extension-modules.ts';
import { createExtensions } from '../../../server/extensions.ts';
import { extensionsSection } from '../../../server/extensions-section.ts';
import { createFakeTime } from '../../support/fake-time.ts';
import { inDirectory } from '../../support/store-fixture.ts';

const step = (name: string): object => ({ name, doc: 'Does nothing.', run: () => 'next' });
const eventPackage = (name: string): object => ({
  name,
  defined: 'RFC 0000',
  expiresDefault: 60,
  notifyBodies: ['text/plain'],
  admit: () => undefined,
  authorize: () => 'allow',
  view: () => 'all',
  render: () => undefined,
});
const handler = (method: string): object => ({ method, handler: () => ({ reply: { status: 200 } }) });

const moduleOf = (exports: Readonly<Record<string, unknown>>, name = 'mine'): ExtensionModule => ({
  written: `./${name}.mjs`,
  name,
  exports,
});

function made(
  modules: readonly ExtensionModule[],
  settings: readonly string[] = [],
): ReturnType<typeof createExtensions> {
  const { clock, scheduler } = createFakeTime();
  return createExtensions(
    {
      modules,
      context: {
        log: silentLog,
        meter: createMeter(),
        clock,
        scheduler,
        isUser: () => true,
        published: () => [],
        changed: () => undefined,
      },
    },
    { settings },
    { eventPackages: ['presence'], methods: ['REGISTER'] },
  );
}
const faults = (modules: readonly ExtensionModule[], settings?: readonly string[]): readonly string[] => {
  const result = made(modules, settings);
  return result.ok ? [] : result.fault;
};

test('takes lists and factories of steps, event packages and handlers', () => {
  const result = made([
    moduleOf({ steps: [step('one')], eventPackages: () => [eventPackage('x-door')] }),
    moduleOf({ handlers: [handler('PING')], steps: () => [step('two'), step('three')] }, 'other'),
  ]);
  assert.ok(result.ok);
  assert.deepEqual(
    result.value.steps.map(({ name }) => name),
    ['one', 'two', 'three'],
  );
  assert.deepEqual(
    result.value.eventPackages.map(({ name }) => name),
    ['x-door'],
  );
  assert.deepEqual(
    result.value.handlers.map(({ method }) => method),
    ['PING'],
  );
});

test('a factory is given the settings of its module', () => {
  const seen: ExtensionContext['settings'][] = [];
  const steps = ({ settings }: ExtensionContext): readonly object[] => {
    seen.push(settings);
    return [];
  };
  const modules = [moduleOf({ steps }), moduleOf({ steps, name: '@acme/other.js' }, 'file')];
  assert.ok(made(modules, ['mine.from=22:00', '@acme/other.js.url=sip:a@b;x=1', 'mine.until=7']).ok);
  assert.deepEqual(seen, [{ from: '22:00', until: '7' }, { url: 'sip:a@b;x=1' }]);
});

test('a setting of no module is a fault that names the near one', () => {
  assert.deepEqual(faults([moduleOf({ steps: [] }, 'night-calls')], ['night-cals.from=22:00']), [
    'extensions.settings has night-cals.from, and there is no extension called night-cals: did you mean night-calls',
  ]);
});

test('what is wrong with the shape of a part is told at the start, all of it', () => {
  const stepless = { ...step('a'), run: undefined };
  assert.deepEqual(
    faults([
      moduleOf({ steps: [stepless, step('Bad Name'), 7], eventPackages: {} }),
      moduleOf({ eventPackages: [{ ...eventPackage('x-door'), expiresDefault: '1h' }] }, 'door'),
      moduleOf({ handlers: [{ method: 'PING' }] }, 'ping'),
    ]),
    [
      'extension ./mine.mjs: step 1 has no function run',
      'extension ./mine.mjs: step 2 has no kebab-case name',
      'extension ./mine.mjs: step 3 is no object',
      'extension ./mine.mjs: eventPackages is no list and no function that gives one',
      'extension ./door.mjs: event package 1 has no expiresDefault in seconds',
      'extension ./ping.mjs: handler 1 has no function handler',
    ],
  );
});

test('a name of this server or of another module cannot be taken', () => {
  assert.deepEqual(
    faults([
      moduleOf({ steps: [step('admit'), step('mine')], eventPackages: [eventPackage('presence')] }),
      moduleOf({ steps: [step('mine')], handlers: [handler('REGISTER'), handler('ACK')] }, 'other'),
    ]),
    [
      'extension ./mine.mjs: step 1 is called admit, as one of this server is',
      'extension ./mine.mjs: event package 1 is called presence, as one of this server is',
      'extension ./other.mjs: step 1 is called mine, as one of extension ./mine.mjs is',
      'extension ./other.mjs: handler 1 is called REGISTER, as one of this server is',
      'extension ./other.mjs: handler 2 is called ACK, as one of this server is',
    ],
  );
});

test('a factory that throws, a module with nothing to give, and XCAP usages are faults', () => {
  const steps = (): never => {
    throw new Error('night-calls.from is noon\nat line 7');
  };
  assert.deepEqual(faults([moduleOf({ steps }), moduleOf({ stepps: [] }, 'empty'), moduleOf({ usages: [] }, 'xcap')]), [
    'extension ./mine.mjs: steps failed: night-calls.from is noon',
    'extension ./empty.mjs exports neither steps nor eventPackages nor handlers',
    'extension ./xcap.mjs brings XCAP usages, and this server has no XCAP',
  ]);
});

test('modules are imported from the folder of the configuration: files, and packages installed there', async () => {
  await inDirectory(async (folder) => {
    writeFileSync(join(folder, 'one.mjs'), 'export const steps = [];');
    writeFileSync(join(folder, 'two.cjs'), 'module.exports = { handlers: [] };');
    const inPackage = join(folder, 'node_modules', '@acme', 'three');
    mkdirSync(inPackage, { recursive: true });
    writeFileSync(join(inPackage, 'package.json'), '{"name":"@acme/three","type":"module","main":"index.js"}');
    writeFileSync(join(inPackage, 'index.js'), 'export const eventPackages = [];');
    const imported = await importExtensions(['./one.mjs', join(folder, 'two.cjs'), '@acme/three'], folder);
    assert.ok(imported.ok);
    assert.deepEqual(
      imported.value.map(({ name, exports }) => [name, Object.keys(exports)[0]]),
      [
        ['one', 'steps'],
        ['two', 'handlers'],
        ['@acme/three', 'eventPackages'],
      ],
    );
  });
});

test('modules that are missing, or fail while they are loaded, are all named', async () => {
  await inDirectory(async (folder) => {
    writeFileSync(join(folder, 'throws.mjs'), "throw new Error('no licence');");
    writeFileSync(join(folder, 'broken.mjs'), 'export const = 1;');
    const imported = await importExtensions(['./gone.mjs', './throws.mjs', './broken.mjs', '@acme/none'], folder);
    assert.ok(!imported.ok);
    const [gone = '', throws = '', broken = '', none = ''] = imported.fault;
    assert.equal(gone, `extension ./gone.mjs is not there: no file ${join(folder, 'gone.mjs')}`);
    assert.equal(throws, 'extension ./throws.mjs cannot be loaded: no licence');
    assert.match(broken, /^extension .\/broken.mjs cannot be loaded: ./);
    assert.equal(none, `extension @acme/none is not there: no package of this name is installed for ${folder}`);
  });
});

test('the settings are judged where they are read', () => {
  const { settings, modules } = extensionsSection;
  assert.ok(settings.read(['night-calls.from=22:00', '@acme/x.y.z=']).ok);
  for (const wrong of ['from=22:00', 'night-calls.from', 'night calls.from=1']) {
    assert.ok(!settings.read([wrong]).ok, wrong);
  }
  assert.ok(!modules.read(['']).ok);
  assert.deepEqual(defaultsOf(extensionsSection), { modules: [], settings: [] });
});
