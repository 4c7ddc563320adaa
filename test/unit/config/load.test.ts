import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { faultLines } from '../../../config/fault.ts';
import { environmentName, loadConfig } from '../../../config/load.ts';
import { choice, integer, list, section } from '../../../config/section.ts';

const sections = {
  server: section({
    domains: list({ default: ['localhost'], doc: 'Domains.' }),
    portBase: integer({ default: 5060, min: 1, max: 65_535, doc: 'Port.' }),
  }),
  log: section({ level: choice({ of: ['debug', 'info'], default: 'info', doc: 'Level.' }) }),
} as const;

const shortNames = { domain: 'server.domains' };

function fileWith(t: TestContext, name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'pharos-config-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function faultsOf(sources: Parameters<typeof loadConfig>[1]): readonly string[] {
  const outcome = loadConfig(sections, sources);
  if (outcome.ok) assert.fail('faults were expected');
  return faultLines(outcome.fault);
}

test('without any source every setting has its default', () => {
  const outcome = loadConfig(sections, { environment: { HOME: '/root' } });
  assert.ok(outcome.ok);
  assert.deepEqual(outcome.value.values, {
    server: { domains: ['localhost'], portBase: 5060 },
    log: { level: 'info' },
  });
  assert.equal(outcome.value.origins.size, 0);
});

test('the command line wins over the environment, and that over the file', (t) => {
  const file = fileWith(t, 'pharos.yaml', 'server:\n  domains: [file.example]\n  portBase: 1\nlog:\n  level: debug\n');
  const outcome = loadConfig(sections, {
    file,
    environment: { PHAROS_SERVER_PORT_BASE: '2', PHAROS_DOMAIN: 'env.example' },
    flags: [{ path: 'server.domains', value: 'flag.example,other.example', place: '--domain' }],
    shortNames,
  });
  assert.ok(outcome.ok);
  assert.deepEqual(outcome.value.values.server, { domains: ['flag.example', 'other.example'], portBase: 2 });
  assert.equal(outcome.value.values.log.level, 'debug');
  assert.equal(outcome.value.origins.get('server.domains'), '--domain');
  assert.equal(outcome.value.origins.get('log.level'), `${file}:5:3`);
});

test('a JSON file is read as well, with places', (t) => {
  const file = fileWith(t, 'pharos.json', '{\n  "server": { "portBase": 70000 }\n}\n');
  assert.deepEqual(faultsOf({ file, environment: {} }), [
    `${file}:2:15: server.portBase is 70000, but takes a whole number from 1 to 65535. ` +
      'Give a whole number from 1 to 65535, or leave it out for the default 5060.',
  ]);
});

test('all faults of all sources are told at once, each with its place and how to mend it', (t) => {
  const file = fileWith(
    t,
    'p.yaml',
    'server:\n  portbase: 1\n  domains: 5\nlogg:\n  level: info\nlog:\n  level: verbose\n',
  );
  const lines = faultsOf({
    file,
    environment: { PHAROS_LOG_LEVL: 'info', PHAROS_SERVER_PORT_BASE: 'x' },
    flags: [{ path: 'log.lvl', value: 'info', place: '--set log.lvl' }],
    shortNames,
  });
  assert.equal(lines.length, 7);
  assert.ok(lines.includes(`${file}:2:3: there is no setting called server.portbase. Did you mean server.portBase.`));
  assert.ok(lines.includes(`${file}:4:1: there is no section called logg. Did you mean log.`));
  assert.ok(lines.some((line) => line.startsWith(`${file}:3:3: server.domains is 5, but takes a list`)));
  assert.ok(lines.some((line) => line.startsWith(`${file}:7:3: log.level is "verbose", but takes one of debug, info`)));
  assert.ok(
    lines.includes('PHAROS_LOG_LEVL: there is no setting called PHAROS_LOG_LEVL. Did you mean PHAROS_LOG_LEVEL.'),
  );
  assert.ok(lines.some((line) => line.startsWith('PHAROS_SERVER_PORT_BASE: server.portBase takes a whole number')));
  assert.ok(lines.includes('--set log.lvl: there is no setting called log.lvl. Did you mean log.level.'));
});

test('what is no YAML, no mapping, or not there, is a fault with its line', (t) => {
  const broken = fileWith(t, 'a.yaml', 'server:\n  domains: [a\n');
  assert.match(faultsOf({ file: broken, environment: {} })[0] ?? '', /a\.yaml:\d+:\d+: this is not YAML or JSON/);
  const flat = fileWith(t, 'b.yaml', '- server\n');
  assert.match(faultsOf({ file: flat, environment: {} })[0] ?? '', /b\.yaml:1:1: the file must hold names and values/);
  const deep = fileWith(t, 'c.yaml', 'server: 5\n');
  assert.match(
    faultsOf({ file: deep, environment: {} })[0] ?? '',
    /c\.yaml:1:1: section 'server' must hold names and values/,
  );
  const twice = fileWith(t, 'd.yaml', 'log:\n  level: info\n  level: debug\n');
  assert.match(faultsOf({ file: twice, environment: {} })[0] ?? '', /d\.yaml:\d+:\d+: .*unique/);
  assert.match(
    faultsOf({ file: '/nowhere/p.yaml', environment: {} })[0] ?? '',
    /^\/nowhere\/p\.yaml: the file cannot be read/,
  );
});

test('an alias without anchor, and one that explodes, are faults and no crash', (t) => {
  const noAnchor = fileWith(t, 'e.yaml', 'server:\n  domains: *none\n');
  assert.ok(faultsOf({ file: noAnchor, environment: {} }).length > 0);
  const levels = Array.from({ length: 12 }, (_, at) =>
    at === 0 ? '  a0: &a0 [x, x]' : `  a${String(at)}: &a${String(at)} [${`*a${String(at - 1)}, `.repeat(9)}x]`,
  );
  const bomb = fileWith(t, 'f.yaml', `server:\n${levels.join('\n')}\n`);
  assert.ok(faultsOf({ file: bomb, environment: {} }).length > 0);
});

test('an empty file and an empty section set nothing', (t) => {
  for (const text of ['', '# nothing\n', 'server:\n']) {
    assert.ok(loadConfig(sections, { file: fileWith(t, 'g.yaml', text), environment: {} }).ok);
  }
});

test('names that Kubernetes sets for a service called pharos are no faults', () => {
  const environment = {
    PHAROS_SERVICE_HOST: '10.0.0.1',
    PHAROS_PORT: 'udp://10.0.0.1:5060',
    PHAROS_PORT_5060_UDP: 'x',
    PHAROS_CONFIG: 'x',
  };
  assert.ok(loadConfig(sections, { environment, shortNames }).ok);
});

test('the environment name of a setting is its path in capitals', () => {
  assert.equal(environmentName('server.portBase'), 'PHAROS_SERVER_PORT_BASE');
});

test('names inherited by every object are unknown settings', () => {
  const flags = [
    { path: 'constructor.name', value: 'x', place: '--set' },
    { path: 'log.toString', value: 'x', place: '--set' },
  ];
  assert.equal(faultsOf({ environment: {}, flags }).length, 2);
});
