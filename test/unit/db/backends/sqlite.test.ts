import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import Database from 'better-sqlite3';
import type { StoreOptions } from '../../../../db/backend.ts';
import { openSqliteStore } from '../../../../db/backends/sqlite.ts';
import { openConnection } from '../../../../db/backends/sqlite-connection.ts';
import { createJournal } from '../../../../db/backends/sqlite-journal.ts';
import type { WritePieces } from '../../../../db/backends/sqlite-segment.ts';
import { writePieces } from '../../../../db/backends/sqlite-segment.ts';
import { openSegments } from '../../../../db/backends/sqlite-segments.ts';
import type { FromWorker } from '../../../../db/backends/sqlite-messages.ts';
import { GroupEncoder } from '../../../../db/group-encoder.ts';
import { migrateConnection } from '../../../../db/migrate.ts';
import { layoutOf } from '../../../../db/row-layout.ts';
import type { Store } from '../../../../db/store.ts';
import { put, remove } from '../../../../db/store.ts';
import type { LogFields } from '../../../../kernel/log.ts';
import { silentLog } from '../../../../kernel/log.ts';
import { createFakeTime } from '../../../support/fake-time.ts';
import {
  inDirectory,
  type Note,
  note,
  notesTable,
  optionsFor,
  writeMigrations,
} from '../../../support/store-fixture.ts';

async function open(options: StoreOptions): Promise<Store> {
  const opened = await openSqliteStore(options);
  assert.ok(opened.ok, opened.ok ? '' : opened.fault);
  return opened.value;
}

const rowsOf = (store: Store): Note[] => [...store.all(notesTable)].sort((a, b) => (a.id < b.id ? -1 : 1));

describe('the SQLite backend', () => {
  it('has every row again after a restart, as it was', () =>
    inDirectory(async (directory) => {
      const options = optionsFor(directory);
      const store = await open(options);
      const odd = note('a', {
        body: 'gr\u00fc\u00dfe \u20ac \ud83d\ude00 "\0"',
        count: 2 ** 40,
        until: 1_700_000_000_001,
      });
      const kept = [odd, note('b', { body: '' }), note('c', { owner: 'bob', body: 'x'.repeat(100_000) })];
      await store.transact([...kept.map((row) => put(notesTable, row)), put(notesTable, note('d'))]);
      await store.transact([remove(notesTable, ['d', 'p'])]);
      await store.close();
      const again = await open(options);
      assert.deepEqual(rowsOf(again), kept);
      assert.deepEqual(again.scan(notesTable, 'byOwner', ['bob']), [kept[2]]);
      await again.close();
      assert.deepEqual(new Database(options.file).prepare('SELECT count(*) n FROM journal').get(), { n: 0 });
    }));

  it('commits a group that is larger than the outbox', () =>
    inDirectory(async (directory) => {
      const options = optionsFor(directory);
      const store = await open(options);
      const rows = Array.from({ length: 40 }, (_, at) => note(`n${String(at)}`, { body: 'b'.repeat(65_536) }));
      assert.ok((await store.transact(rows.map((row) => put(notesTable, row)))).ok);
      await store.close();
      const again = await open(options);
      assert.deepEqual(new Set(rowsOf(again)), new Set(rows));
      await again.close();
    }));

  it('writes a note within a second', () =>
    inDirectory(async (directory) => {
      const time = createFakeTime();
      const options = optionsFor(directory, { scheduler: time.scheduler });
      const store = await open(options);
      store.note([put(notesTable, note('a', { count: 4 }))]);
      time.advance(1000);
      await store.settled();
      await store.close();
      const again = await open(options);
      assert.equal(again.get(notesTable, ['a', 'p'])?.count, 4);
      await again.close();
    }));

  it('folds the journal between commits when it has grown, and loses nothing by it', () =>
    inDirectory(async (directory) => {
      const folds: (string | undefined)[] = [];
      const seen = (event: string): void => void folds.push(event);
      const options = optionsFor(directory, {
        journalBytesMax: 2_000,
        log: {
          ...silentLog,
          debug: seen,
          error: (event: string, fields?: LogFields) => seen(`${event} ${JSON.stringify(fields)}`),
        },
      });
      const store = await open(options);
      for (let version = 1; version <= 40; version += 1) {
        const rows = Array.from({ length: 20 }, (_, at) => put(notesTable, note(`n${String(at)}`, { count: version })));
        assert.ok((await store.transact([...rows, remove(notesTable, [`n${String(version % 5)}`, 'p'])])).ok);
      }
      const before = rowsOf(store);
      await store.close();
      assert.ok(folds.filter((event) => event === 'journal-folded').length > 0, String(folds));
      assert.deepEqual(
        folds.filter((event) => event !== 'journal-folded'),
        [],
      );
      const again = await open(options);
      assert.deepEqual(rowsOf(again), before);
      assert.equal(before.length, 19);
      await again.close();
    }));

  it('keeps in the journal, and loads again, a row that its table refuses', () =>
    inDirectory(async (directory) => {
      const errors: string[] = [];
      const options = optionsFor(directory, { log: { ...silentLog, error: (event) => void errors.push(event) } });
      const store = await open(options);
      const refused = note('bad', { count: -1 });
      await store.transact([put(notesTable, refused), put(notesTable, note('good'))]);
      await store.close();
      const again = await open(options);
      assert.deepEqual(again.get(notesTable, ['bad', 'p']), refused);
      assert.equal(again.size(notesTable), 2);
      await again.transact([put(notesTable, note('bad', { count: 1 }))]);
      await again.close();
      const mended = await open(options);
      assert.equal(mended.get(notesTable, ['bad', 'p'])?.count, 1);
      await mended.close();
      assert.deepEqual(new Database(options.file).prepare('SELECT count(*) n FROM journal').get(), { n: 0 });
      assert.deepEqual(
        errors,
        ['journal-fold-failed', 'journal-fold-failed'],
        'at the close and at the open that met it',
      );
    }));

  it('lets nobody else open the database, and says so in a sentence', () =>
    inDirectory(async (directory) => {
      const options = optionsFor(directory);
      const store = await open(options);
      const second = await openSqliteStore(options);
      assert.match(second.ok ? 'opened' : second.fault, /in use by another process.*stop that one/);
      await store.close();
      await (await open(options)).close();
    }));

  it('refuses tables that no migration makes', () =>
    inDirectory(async (directory) => {
      const options = optionsFor(directory, { tables: [notesTable, { ...notesTable, name: 'more' }] });
      const opened = await openSqliteStore(options);
      assert.match(opened.ok ? 'opened' : opened.fault, /table more is declared, but no migration makes it/);
      assert.ok(existsSync(join(directory, 'pharos.sqlite')));
    }));
});

describe('the journal', () => {
  it('says that a group could not be written when the disk is full, and commits again when there is room', () =>
    inDirectory((directory) => {
      const file = join(directory, 'pharos.sqlite');
      const opened = openConnection(file, 'power-loss');
      assert.ok(opened.ok);
      const connection = opened.value;
      let room = 0;
      const write: WritePieces = (...call) => {
        if (room === 0) throw new Error('ENOSPC: no space left on device');
        writePieces(...call);
      };
      const segments = openSegments(file, 'power-loss', write);
      assert.ok(migrateConnection(connection, segments, file, writeMigrations(directory)).ok);
      const layout = layoutOf(notesTable);
      const said: FromWorker[] = [];
      const journal = createJournal(
        { connection, layouts: new Map([[1, layout]]), segments, say: (message) => void said.push(message) },
        { file, durability: 'power-loss', fold: { bytesMax: 1e9, idleAfter: 1e9 / 2 } },
      );
      const encoder = new GroupEncoder();
      encoder.put(1, layout, note('a', { body: 'x'.repeat(50_000) }));
      journal.append(encoder.toBuffer());
      room = 1;
      journal.append(encoder.toBuffer());
      assert.deepEqual(
        said.map((message) => message.kind),
        ['failed', 'committed'],
      );
      assert.match(JSON.stringify(said[0]), /no space left/);
      journal.close();
      assert.deepEqual(connection.prepare('SELECT id, length(body) n FROM notes').all(), [{ id: 'a', n: 50_000 }]);
      connection.close();
    }));
});
