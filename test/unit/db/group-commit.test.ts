import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Group, GroupSink, GroupWriter } from '../../../db/group.ts';
import { writeGroup } from '../../../db/group.ts';
import { createGroupedStore, type GroupedStore } from '../../../db/grouped-store.ts';
import { put, remove } from '../../../db/store.ts';
import { aorFromStore } from '../../../kernel/aor.ts';
import { silentLog } from '../../../kernel/log.ts';
import { createMeter } from '../../../kernel/meter.ts';
import { createFakeTime, type FakeTime } from '../../support/fake-time.ts';
import { type Note, note, notesTable } from '../../support/store-fixture.ts';

/** A disk that answers when the test says so. */
function createFakeDisk() {
  const written: string[][] = [];
  let answer: ((fault: string | undefined) => void) | undefined;
  const writer: GroupWriter = {
    write(group: Group, answered) {
      const changes: string[] = [];
      const sink: GroupSink = {
        put: (_resident, row) => void changes.push(`${(row as Note).id}=${String((row as Note).count)}`),
        delete: (_resident, key) => void changes.push(`${key.split('\0')[0] ?? ''} deleted`),
      };
      writeGroup(group, sink);
      written.push(changes);
      answer = answered;
    },
    close: () => Promise.resolve(),
  };
  return {
    writer,
    written,
    answer(fault?: string) {
      const waiting = answer;
      answer = undefined;
      assert.ok(waiting !== undefined, 'nothing is being written');
      waiting(fault);
    },
  };
}

interface Scene {
  readonly store: GroupedStore;
  readonly disk: ReturnType<typeof createFakeDisk>;
  readonly time: FakeTime;
  /** Ends the turn of the event loop. */
  readonly turn: () => void;
}

function scene(gap = 0, meter = createMeter()): Scene {
  const disk = createFakeDisk();
  const time = createFakeTime();
  const later: (() => void)[] = [];
  const store = createGroupedStore(
    { writer: disk.writer, later: (run) => void later.push(run), scheduler: time.scheduler, log: silentLog, meter },
    { tables: [notesTable], gap, noteDelay: 1000 },
  );
  return {
    store,
    disk,
    time,
    turn: () => {
      for (const run of later.splice(0)) run();
    },
  };
}

const count = (store: GroupedStore, id: string): number | undefined => store.get(notesTable, [id, 'p'])?.count;
const write = (store: GroupedStore, id: string, value: number) =>
  store.transact([put(notesTable, note(id, { count: value }))]);
const unavailable = { ok: false, fault: 'unavailable' };

describe('group commit', () => {
  it('writes what one turn brought as one group, and gathers the next while the disk works', async () => {
    const { store, disk, turn } = scene();
    const first = [write(store, 'a', 1), write(store, 'b', 1)];
    turn();
    const second = [write(store, 'a', 2), write(store, 'c', 1)];
    turn();
    assert.deepEqual(disk.written, [['a=1', 'b=1']]);
    disk.answer();
    assert.equal((await first[0])?.ok, true);
    turn();
    assert.deepEqual(disk.written.slice(1), [['a=2', 'c=1']]);
    disk.answer();
    assert.equal((await second[1])?.ok, true);
  });

  it('leaves the gap between two postings, but not before the first', () => {
    const { store, disk, time, turn } = scene(2);
    void write(store, 'a', 1);
    turn();
    disk.answer();
    void write(store, 'b', 1);
    turn();
    assert.equal(disk.written.length, 1);
    time.advance(2);
    turn();
    assert.deepEqual(disk.written, [['a=1'], ['b=1']]);
  });

  it('undoes in memory what could not be written, with all that was built on it, and tries again later', async () => {
    const { store, disk, turn } = scene();
    void write(store, 'kept', 1);
    void write(store, 'gone', 1);
    turn();
    disk.answer();
    turn();
    const before = store.scan(notesTable, 'byOwner', ['alice']);
    const heard: string[] = [];
    store.feed.listen((change) => heard.push(change.resource));
    const news = [{ eventPackage: 'presence', resource: aorFromStore('sip:alice@example.com') }];
    const failing = store.transact(
      [put(notesTable, note('kept', { count: 2 })), remove(notesTable, ['gone', 'p'])],
      news,
    );
    turn();
    const onTop = store.transact([
      put(notesTable, note('kept', { count: 3 })),
      put(notesTable, note('gone', { count: 3 })),
    ]);
    const added = write(store, 'new', 1);
    disk.answer('disk full');
    assert.deepEqual([await failing, await onTop, await added], [unavailable, unavailable, unavailable]);
    assert.deepEqual(store.scan(notesTable, 'byOwner', ['alice']), before);
    assert.equal(store.size(notesTable), 2);
    turn();
    const again = write(store, 'new', 2);
    turn();
    disk.answer();
    assert.equal((await again).ok, true);
    assert.equal(count(store, 'new'), 2);
    turn();
    assert.deepEqual(heard, []);
  });

  it('keeps what was noted since when a write fails, for a CSeq must not be used twice (RFC 3261 §12.2.1.1)', async () => {
    const { store, disk, time, turn } = scene();
    void write(store, 'a', 1);
    turn();
    disk.answer();
    const failing = write(store, 'a', 2);
    const created = write(store, 'new', 1);
    turn();
    store.note([put(notesTable, note('a', { count: 3 })), put(notesTable, note('new', { count: 2 }))]);
    disk.answer('disk full');
    assert.deepEqual([await failing, await created], [unavailable, unavailable]);
    assert.equal(count(store, 'a'), 3);
    assert.equal(count(store, 'new'), undefined, 'what was never there cannot be noted');
    time.advance(1000);
    turn();
    assert.deepEqual(disk.written.at(-1), ['a=3', 'new deleted']);
    disk.answer();
  });

  it('writes notes of one row once, within a second, or with the next group', () => {
    const { store, disk, time, turn } = scene();
    for (const value of [1, 2, 3]) store.note([put(notesTable, note('a', { count: value }))]);
    turn();
    time.advance(999);
    turn();
    assert.equal(disk.written.length, 0);
    time.advance(1);
    turn();
    assert.deepEqual(disk.written, [['a=3']]);
    disk.answer();
    store.note([put(notesTable, note('a', { count: 4 })), put(notesTable, note('b'))]);
    store.note([remove(notesTable, ['b', 'p'])]);
    void write(store, 'c', 1);
    turn();
    assert.deepEqual(disk.written.at(-1), ['c=1', 'a=4', 'b deleted']);
    disk.answer();
    time.advance(2000);
    assert.equal(disk.written.length, 2);
  });

  it('writes the newest state of a row that was noted, deleted and made again', () => {
    const { store, disk, turn } = scene();
    store.note([put(notesTable, note('a', { count: 1 }))]);
    void store.transact([remove(notesTable, ['a', 'p'])]);
    void write(store, 'a', 2);
    turn();
    assert.deepEqual(new Set(disk.written[0]), new Set(['a=2']));
    disk.answer();
  });

  it('writes notes, too, when it closes', async () => {
    const { store, disk } = scene(2);
    void write(store, 'a', 1);
    store.note([put(notesTable, note('b', { count: 1 }))]);
    const closing = store.close();
    assert.deepEqual(disk.written, [['a=1', 'b=1']]);
    disk.answer();
    await closing;
  });

  it('counts groups, changes, faults and rows', () => {
    const meter = createMeter();
    const { store, disk, turn } = scene(0, meter);
    void store.transact([put(notesTable, note('a')), put(notesTable, note('b'))]);
    turn();
    disk.answer();
    void write(store, 'c', 1);
    turn();
    disk.answer('disk full');
    const figures = Object.fromEntries(meter.samples().map(({ name, value }) => [name, value]));
    assert.deepEqual(figures, {
      pharos_db_rows: 2,
      pharos_db_groups_total: 1,
      pharos_db_changes_total: 2,
      pharos_db_write_faults_total: 1,
    });
  });
});
