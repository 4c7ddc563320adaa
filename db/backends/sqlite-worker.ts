import { parentPort, workerData } from 'node:worker_threads';
import type { Connection } from './sqlite-connection.ts';
import { openConnection } from './sqlite-connection.ts';
import { createJournal } from './sqlite-journal.ts';
import { load } from './sqlite-load.ts';
import { openSegments } from './sqlite-segments.ts';
import type { FromWorker, Opening, ToWorker, WorkerSetup } from './sqlite-messages.ts';

// The worker thread of the SQLite backend: the only place where the server waits for the disk. It is a program of its own,
// so it runs when it is loaded.
const setup = workerData as WorkerSetup;
const say = (message: Opening | FromWorker): void => parentPort?.postMessage(message);

const opened = openConnection(setup.file, setup.durability);
if (opened.ok) serve(opened.value);
else say({ kind: 'refused', sentence: opened.fault });

function serve(connection: Connection): void {
  const segments = openSegments(setup.file, setup.durability);
  const loaded = load(connection, segments, setup, say);
  if (!loaded.ok) {
    connection.close();
    say({ kind: 'refused', sentence: loaded.fault });
    return;
  }
  const journal = createJournal({ connection, layouts: loaded.value.layouts, segments, say }, setup);
  const outbox = Buffer.from(setup.outbox);
  parentPort?.on('message', (message: ToWorker) => {
    if (message !== 'close') {
      journal.append(
        typeof message === 'number'
          ? outbox.subarray(0, message)
          : Buffer.from(message.buffer, message.byteOffset, message.byteLength),
      );
      return;
    }
    journal.close();
    connection.close();
    say({ kind: 'closed' });
    parentPort?.close();
  });
  say({ kind: 'ready', ...loaded.value.opening });
}
