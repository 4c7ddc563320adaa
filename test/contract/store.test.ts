import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openStore, type StoreBackendName, storeBackends } from '../../db/backends/index.ts';
import type { StoreBounds } from '../../db/grouped-store.ts';
import type { Store } from '../../db/store.ts';
import { put, remove } from '../../db/store.ts';
import { aorFromStore } from '../../kernel/aor.ts';
import { instant } from '../../kernel/clock.ts';
import { inDirectory, note, notesTable, optionsFor } from '../support/store-fixture.ts';

const done = { ok: true, value: undefined };
const news = (user: string) => ({ eventPackage: 'presence', resource: aorFromStore(`sip:${user}@example.com`) });

for (const name of Object.keys(storeBackends) as StoreBackendName[]) {
  const withStore = (use: (store: Store) => Promise<void>, bounds: StoreBounds = {}) =>
    inDirectory(async (directory) => {
      const opened = await openStore(name, optionsFor(directory, { bounds }));
      assert.ok(opened.ok, opened.ok ? '' : opened.fault);
      try {
        await use(opened.value);
      } finally {
        await opened.value.close();
      }
    });

  describe(`store contract: ${name}`, () => {
    it('shows a write to later reads at once and acknowledges it when it is durable', () =>
      withStore(async (store) => {
        const row = note('a');
        const writing = store.transact([put(notesTable, row)]);
        assert.equal(store.get(notesTable, ['a', 'p']), row);
        assert.deepEqual(await writing, done);
        assert.equal(store.get(notesTable, ['a', 'q']), undefined);
        assert.deepEqual(await store.transact([remove(notesTable, ['a', 'p'])]), done);
        assert.equal(store.get(notesTable, ['a', 'p']), undefined);
        assert.deepEqual(await store.transact([remove(notesTable, ['a', 'p'])]), done);
      }));

    it('gives all callers of one group the same promise', () =>
      withStore(async (store) => {
        const first = store.transact([put(notesTable, note('a'))]);
        assert.equal(store.transact([put(notesTable, note('b'))]), first);
        await first;
      }));

    it('refuses a transaction whose expectation does not hold, and changes nothing', () =>
      withStore(async (store) => {
        const read = note('a');
        await store.transact([put(notesTable, read, 'absent')]);
        const conflict = { ok: false, fault: 'conflict' };
        assert.deepEqual(await store.transact([put(notesTable, note('a'), 'absent')]), conflict);
        const renewed = note('a', { count: 1 });
        assert.deepEqual(await store.transact([put(notesTable, renewed, { was: read })]), done);
        const both = [put(notesTable, note('b')), remove(notesTable, ['a', 'p'], { was: read })];
        assert.deepEqual(await store.transact(both), conflict);
        assert.equal(store.get(notesTable, ['b', 'p']), undefined);
        assert.equal(store.get(notesTable, ['a', 'p']), renewed);
        assert.deepEqual(await store.transact([remove(notesTable, ['c', 'p'], 'absent')]), done);
      }));

    it('changes one row several times in one transaction, the last change winning', () =>
      withStore(async (store) => {
        const last = note('a', { count: 2 });
        await store.transact([put(notesTable, note('a')), remove(notesTable, ['a', 'p']), put(notesTable, last)]);
        assert.equal(store.get(notesTable, ['a', 'p']), last);
        assert.deepEqual(store.scan(notesTable, 'byOwner', ['alice']), [last]);
      }));

    it('scans an index in insertion order, through replacement, many rows and change of the indexed value', () =>
      withStore(async (store) => {
        const ids = Array.from({ length: 100 }, (_, at) => `n${String(99 - at)}`);
        for (const id of ids) void store.transact([put(notesTable, note(id))]);
        void store.transact([put(notesTable, note('n50', { count: 7 }))]);
        assert.deepEqual(
          store.scan(notesTable, 'byOwner', ['alice']).map((row) => row.id),
          ids,
        );
        for (const id of ids.slice(3)) void store.transact([remove(notesTable, [id, 'p'])]);
        assert.deepEqual(
          store.scan(notesTable, 'byOwner', ['alice']).map((row) => row.id),
          ids.slice(0, 3),
        );
        void store.transact([put(notesTable, note('n98', { owner: 'bob' }))]);
        assert.deepEqual(
          store.scan(notesTable, 'byOwner', ['alice']).map((row) => row.id),
          ['n99', 'n97'],
        );
        assert.equal(store.count(notesTable, 'byOwnerAndPart', ['bob', 'p']), 1);
        assert.equal(store.count(notesTable, 'byOwner', ['carol']), 0);
        assert.deepEqual(store.scan(notesTable, 'byOwner', ['carol']), []);
        assert.equal(store.size(notesTable), 3);
        assert.deepEqual([...store.all(notesTable)].map((row) => row.id).sort(), ['n97', 'n98', 'n99']);
        await store.settled();
      }));

    it('finds expired rows oldest first, renewed and deleted ones left out', () =>
      withStore(async (store) => {
        const at = 1_700_000_000_000;
        const until = (id: string, seconds: number) => put(notesTable, note(id, { until: at + seconds * 1000 }));
        await store.transact([until('c', 3), until('a', 1), until('b', 2), until('late', 60), until('gone', 1)]);
        await store.transact([until('b', 90), remove(notesTable, ['gone', 'p'])]);
        const expired = (seconds: number, most = 10) =>
          store.expired(notesTable, instant(at + seconds * 1000), most).map((row) => row.id);
        assert.deepEqual(expired(0.999), []);
        assert.deepEqual(expired(3), ['a', 'c']);
        assert.deepEqual(expired(3), ['a', 'c'], 'asked again before the caller has acted');
        assert.deepEqual(expired(3, 1), ['a']);
        await store.transact([until('late', 2)]);
        assert.deepEqual(expired(3), ['a', 'late', 'c'], 'an expiry that moved nearer counts');
        assert.deepEqual(expired(90), ['a', 'late', 'c', 'b']);
      }));

    it('gives news to the feed in order, after the callers of transact have gone on', () =>
      withStore(async (store) => {
        const heard: string[] = [];
        let allHeard: () => void = () => undefined;
        const all = new Promise<void>((resolve) => {
          allHeard = resolve;
        });
        store.feed.listen((change) => {
          heard.push(change.resource);
          if (change.resource === 'sip:carol@example.com') allHeard();
        });
        const acknowledged = store.transact([put(notesTable, note('a'))], [news('alice'), news('bob')]);
        const answered = acknowledged.then(() => heard.push('answered'));
        await answered;
        await store.transact([put(notesTable, note('b'))], [news('carol')]);
        await all;
        assert.deepEqual(heard, ['answered', 'sip:alice@example.com', 'sip:bob@example.com', 'sip:carol@example.com']);
      }));

    it('gives no news of what was refused', () =>
      withStore(async (store) => {
        const heard: string[] = [];
        store.feed.listen((change) => heard.push(change.resource));
        await store.transact([put(notesTable, note('a'))]);
        await store.transact([put(notesTable, note('a'), 'absent')], [news('alice')]);
        await store.transact([put(notesTable, note('b'))], [news('bob')]);
        await store.close();
        await new Promise((resolve) => setImmediate(resolve));
        assert.deepEqual(heard, ['sip:bob@example.com']);
      }));

    it('is full at the bound of rows of a table, and lets them change still', () =>
      withStore(
        async (store) => {
          await store.transact([put(notesTable, note('a')), put(notesTable, note('b'))]);
          assert.deepEqual(await store.transact([put(notesTable, note('c'))]), { ok: false, fault: 'full' });
          assert.equal(store.get(notesTable, ['c', 'p']), undefined);
          assert.deepEqual(await store.transact([put(notesTable, note('b', { count: 1 }))]), done);
          await store.transact([remove(notesTable, ['a', 'p'])]);
          assert.deepEqual(await store.transact([put(notesTable, note('c'))]), done);
        },
        { rowsPerTableMax: 2 },
      ));

    it('is full while too many changes wait for commit', () =>
      withStore(
        async (store) => {
          const first = store.transact([put(notesTable, note('a')), put(notesTable, note('b'))]);
          assert.deepEqual(await store.transact([put(notesTable, note('c'))]), { ok: false, fault: 'full' });
          assert.deepEqual(await first, done);
          assert.deepEqual(await store.transact([put(notesTable, note('c'))]), done);
        },
        { changesPendingMax: 2 },
      ));

    it('takes notes at once and keeps nobody waiting', () =>
      withStore(async (store) => {
        const read = note('a');
        await store.transact([put(notesTable, read)]);
        const noted = note('a', { count: 1 });
        store.note([put(notesTable, noted, { was: read })]);
        assert.equal(store.get(notesTable, ['a', 'p']), noted);
        store.note([put(notesTable, note('a', { count: 9 }), { was: read })]);
        assert.equal(store.get(notesTable, ['a', 'p']), noted, 'a note whose expectation fails changes nothing');
        await store.settled();
      }));

    it('has settled when what was written before is durable', () =>
      withStore(async (store) => {
        const order: string[] = [];
        await store.settled();
        const written = store.transact([put(notesTable, note('a'))]).then(() => order.push('written'));
        await store.settled().then(() => order.push('settled'));
        await written;
        assert.deepEqual(order, ['written', 'settled']);
      }));

    it('throws on a table that was not declared and on a key that could be taken for another', () =>
      withStore(async (store) => {
        const other = { ...notesTable };
        assert.throws(() => store.get(other, ['a', 'p']), /not declared/);
        assert.throws(() => store.scan(notesTable, 'byColour', ['a']), /no index byColour/);
        assert.throws(
          () => void store.transact([put(notesTable, note('a'), 'any'), put(notesTable, note('a\0b'))]),
          /U\+0000/,
        );
        assert.equal(store.size(notesTable), 0);
        await store.settled();
      }));

    it('writes what is pending when it closes, and nothing after', () =>
      withStore(async (store) => {
        const writing = store.transact([put(notesTable, note('a'))]);
        const closing = store.close();
        assert.deepEqual(await store.transact([put(notesTable, note('b'))]), { ok: false, fault: 'unavailable' });
        assert.deepEqual(await writing, done);
        await closing;
        await store.close();
      }));
  });
}
