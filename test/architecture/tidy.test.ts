import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

/** The package root, from dist/test/architecture/. */
const root = fileURLToPath(new URL('../../../', import.meta.url));
const architecture = createRequire(import.meta.url)(join(root, 'architecture.cjs')) as {
  readonly floors: readonly (readonly string[])[];
  readonly edges: Readonly<Record<string, string>>;
};

const folders = architecture.floors.flat().filter((folder) => existsSync(join(root, folder)));
const sources = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file)),
);
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** The text without comments and strings, line by line, so that a word in prose is not taken for code. */
const codeOf = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');

test('the source tree was found', () => {
  assert.ok(sources.length > 50, `only ${String(sources.length)} source files`);
});

test('every top-level folder stands on a floor', () => {
  const known = new Set([
    ...architecture.floors.flat(),
    'test',
    'bench',
    'tools',
    'docs',
    'dist',
    'node_modules',
    'examples',
    'data',
  ]);
  const strangers = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !entry.name.startsWith('dist-'))
    .map((entry) => entry.name)
    .filter((name) => !known.has(name));
  assert.deepEqual(strangers, []);
});

test('time, chance and the environment are read at the edges only', () => {
  const breaches = Object.entries(architecture.edges).flatMap(([expression, owners]) =>
    sources
      .filter((file) => !new RegExp(owners).test(file) && codeOf(read(file)).includes(expression))
      .map((file) => `${file}: ${expression}`),
  );
  assert.deepEqual(breaches, []);
});

test('every folder that holds source has a README of at most 40 lines', () => {
  const withSource = new Set(sources.map((file) => file.slice(0, file.lastIndexOf('/'))));
  const faults = [...withSource]
    .filter((folder) => /^[^/]+(\/(wire|transaction|dialog|transport))?$/.test(folder))
    .flatMap((folder) => {
      const readme = join(root, folder, 'README.md');
      if (!existsSync(readme)) return [`${folder}: no README.md`];
      const lines = readFileSync(readme, 'utf8').trimEnd().split('\n').length;
      return lines > 40 ? [`${folder}/README.md: ${String(lines)} lines`] : [];
    });
  assert.deepEqual(faults, []);
});

test('nothing is left for later in the source', () => {
  const left = sources.filter((file) => /\b(TODO|FIXME|XXX|HACK)\b/.test(read(file)));
  assert.deepEqual(left, []);
});

test('names are the field’s: no file is called by a word that says nothing', () => {
  const empty = sources.filter((file) => /(^|[/-])(utils?|helpers?|common|misc|manager|data)(\.ts|\/)/.test(file));
  assert.deepEqual(empty, []);
});

test('no file has become a drawer', () => {
  const long = sources.flatMap((file) => {
    const lines = read(file).split('\n').length;
    return lines > 420 ? [`${file}: ${String(lines)} lines`] : [];
  });
  assert.deepEqual(long, []);
});

test('the four lists name every member of their folder', () => {
  const lists: readonly (readonly [list: string, members: RegExp])[] = [
    ['event-packages/index.ts', /^event-packages\/(?!index|.*-port)[^/]+\.ts$/],
    ['sip-stack/transport/index.ts', /^sip-stack\/transport\/(udp|tcp|tls|ws)\.ts$/],
    ['db/backends/index.ts', /^db\/backends\/(memory|sqlite|redis)\.ts$/],
  ];
  for (const [list, members] of lists) {
    const text = read(list);
    const found = sources.filter((file) => members.test(file));
    assert.ok(found.length > 0, `${list} has members`);
    for (const member of found) {
      const name = member.slice(member.lastIndexOf('/') + 1);
      assert.ok(text.includes(`./${name}`), `${list} names ${name}`);
    }
  }
});
