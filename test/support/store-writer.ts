// Writes notes until it is killed, and tells on stdout every one that was acknowledged. Started by crash.test.ts.
import { openSqliteStore } from '../../db/backends/sqlite.ts';
import { put, remove } from '../../db/store.ts';
import { note, notesTable, optionsFor } from './store-fixture.ts';

const [, , directory = '', round = ''] = process.argv;
const opened = await openSqliteStore(optionsFor(directory, { durability: 'power-loss', journalBytesMax: 20_000 }));
if (!opened.ok) throw new Error(opened.fault);
const store = opened.value;

/** Each writer puts its row again and again, deletes every seventh version, and has at most one version unacknowledged. */
async function writer(id: string): Promise<void> {
  for (let version = 1; ; version += 1) {
    const count = version;
    const deleted = version % 7 === 0;
    const change = deleted ? remove(notesTable, [id, 'p']) : put(notesTable, note(id, { count }));
    const done = await store.transact([change]);
    if (!done.ok) throw new Error(done.fault);
    process.stdout.write(`${id} ${String(version)}\n`);
  }
}

for (let at = 0; at < 20; at += 1) void writer(`${round}-${String(at)}`);
