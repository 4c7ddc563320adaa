import assert from 'node:assert/strict';
import { statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { abuseTables } from '../../../abuse/tables.ts';
import { authTables } from '../../../auth/tables.ts';
import { openConnection } from '../../../db/backends/sqlite-connection.ts';
import { schemaFaults } from '../../../db/backends/sqlite-schema.ts';
import { GroupEncoder } from '../../../db/group-encoder.ts';
import { openSegments } from '../../../db/backends/sqlite-segments.ts';
import { migrate, migrateConnection } from '../../../db/migrate.ts';
import type { AnyTable } from '../../../db/table.ts';
import { integer, table, text, textOrNull } from '../../../db/table.ts';
import { escTables } from '../../../esc/tables.ts';
import { subscriptions } from '../../../events/tables.ts';
import { proxyTables } from '../../../proxy/tables.ts';
import { registrarTables } from '../../../registrar/tables.ts';
import { inDirectory, writeMigrations } from '../../support/store-fixture.ts';

const declared: readonly AnyTable[] = [
  ...abuseTables,
  ...authTables,
  ...registrarTables,
  ...proxyTables,
  ...escTables,
  subscriptions,
];

const fault = (result: { readonly ok: boolean; readonly fault?: string }): string =>
  result.ok ? 'no fault' : (result.fault ?? '');

describe('migrations', () => {
  it('make a new database, file and directory, that only its owner can read, and have nothing to do the second time', () =>
    inDirectory((directory) => {
      const file = join(directory, 'new', 'pharos.sqlite');
      const made = migrate(file);
      assert.ok(made.ok && made.value.from === 0 && made.value.to >= 5);
      assert.equal(statSync(file).mode & 0o777, 0o600);
      assert.deepEqual(migrate(file), { ok: true, value: { from: made.value.to, to: made.value.to } });
    }));

  it('make every declared table, column by column', () =>
    inDirectory((directory) => {
      const opened = openConnection(join(directory, 'pharos.sqlite'), 'process-crash');
      assert.ok(opened.ok);
      assert.ok(migrateConnection(opened.value, openSegments(':memory:', 'process-crash'), 'pharos.sqlite').ok);
      assert.ok(declared.length >= 4);
      for (const one of declared) assert.deepEqual(schemaFaults(opened.value, one), []);
      const made = opened.value
        .prepare(
          "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'journal%'",
        )
        .raw()
        .all() as string[][];
      const names = new Set(declared.map((one) => one.name));
      assert.deepEqual(
        made.flat().filter((name) => !names.has(name)),
        [],
        'tables that nobody declares',
      );
      opened.value.close();
    }));

  it('differ from a declaration in a sentence for each difference', () => {
    const connection = new Database(':memory:');
    connection.exec(
      'CREATE TABLE things (id TEXT NOT NULL PRIMARY KEY, a TEXT, b TEXT NOT NULL, extra TEXT, until TEXT NOT NULL)',
    );
    const things = table('things', {
      columns: { id: text(), a: text(), b: integer(), missing: textOrNull(), until: text() },
      key: ['id', 'b'],
      expiry: 'until',
    });
    const faults = schemaFaults(connection, things).join('\n');
    for (const word of [
      /things\.b is part of a key/,
      /things\.until holds the expiry/,
      /things\.a may not be null/,
      /things\.b is INTEGER/,
      /things\.missing is declared/,
      /things\.extra is in SQL/,
      /primary key of things is \(id,b\)/,
    ]) {
      assert.match(faults, word);
    }
    assert.match(schemaFaults(connection, { ...things, name: 'absent' }).join(), /no migration makes it/);
    connection.close();
  });

  it('are refused for a database that a newer program wrote', () =>
    inDirectory((directory) => {
      const file = join(directory, 'pharos.sqlite');
      assert.ok(migrate(file).ok);
      const newer = new Database(file);
      newer.pragma('user_version = 9000');
      newer.close();
      assert.match(fault(migrate(file)), /schema 9000.*newer Pharos.*install/);
    }));

  it('are refused for what is not a database, is another program’s, or cannot be opened', () =>
    inDirectory((directory) => {
      writeFileSync(join(directory, 'text'), 'no database, but long enough to be looked at as one '.repeat(40));
      assert.match(fault(migrate(join(directory, 'text'))), /not an SQLite database/);
      const foreign = new Database(join(directory, 'foreign'));
      foreign.exec('CREATE TABLE songs (title TEXT)');
      foreign.close();
      assert.match(fault(migrate(join(directory, 'foreign'))), /another program/);
      assert.notEqual(fault(migrate(join(directory, 'text', 'below'))), 'no fault');
    }));

  it('fold the journal first, whose rows lie as the old tables do', () =>
    inDirectory((directory) => {
      const file = join(directory, 'pharos.sqlite');
      const migrations = writeMigrations(directory);
      const opened = openConnection(file, 'process-crash');
      assert.ok(opened.ok);
      const connection = opened.value;
      assert.ok(migrateConnection(connection, openSegments(file, 'process-crash'), file, migrations).ok);
      const layout = {
        name: 'notes',
        columns: ['id', 'part', 'owner', 'body', 'count', 'until'],
        textual: [true, true, true, true, false, false],
        key: ['id', 'part'],
      };
      connection.prepare('INSERT INTO journal_layouts VALUES (3, ?)').run(JSON.stringify(layout));
      const encoder = new GroupEncoder();
      encoder.put(3, layout, { id: 'a', part: 'p', owner: 'alice', body: null, count: 5, until: 1 });
      connection.prepare('INSERT INTO journal (changes) VALUES (?)').run(encoder.toBuffer());
      writeFileSync(new URL('0003-rename.sql', migrations), 'ALTER TABLE notes RENAME COLUMN count TO total;');
      assert.deepEqual(migrateConnection(connection, openSegments(file, 'process-crash'), file, migrations), {
        ok: true,
        value: { from: 2, to: 3 },
      });
      assert.deepEqual(connection.prepare('SELECT id, total FROM notes').all(), [{ id: 'a', total: 5 }]);
      assert.equal(connection.prepare('SELECT 1 FROM journal').get(), undefined);
      connection.close();
    }));

  it('leave the database as it was when one of them fails or one is missing', () =>
    inDirectory((directory) => {
      const file = join(directory, 'pharos.sqlite');
      const migrations = writeMigrations(directory);
      writeFileSync(
        new URL('0003-broken.sql', migrations),
        'CREATE TABLE fine (id TEXT); CREATE TABLE notes (id TEXT);',
      );
      const opened = openConnection(file, 'process-crash');
      assert.ok(opened.ok);
      assert.match(
        fault(migrateConnection(opened.value, openSegments(file, 'process-crash'), file, migrations)),
        /notes already exists/,
      );
      assert.deepEqual(opened.value.prepare("SELECT name FROM sqlite_schema WHERE name = 'fine'").all(), []);
      assert.deepEqual(opened.value.pragma('user_version'), [{ user_version: 2 }]);
      unlinkSync(new URL('0003-broken.sql', migrations));
      writeFileSync(new URL('0004-late.sql', migrations), '');
      assert.match(
        fault(migrateConnection(opened.value, openSegments(file, 'process-crash'), file, migrations)),
        /0004-late\.sql is not the migration that follows 2/,
      );
      opened.value.close();
    }));
});
