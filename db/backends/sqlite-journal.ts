import { performance } from 'node:perf_hooks';
import type { Connection } from './sqlite-connection.ts';
import { synchronousOf } from './sqlite-connection.ts';
import type { FoldOutcome } from './sqlite-fold.ts';
import { fold, foldAll, refusalOf, settle } from './sqlite-fold.ts';
import type { Layouts } from './sqlite-layouts.ts';
import type { FromWorker, WorkerSetup } from './sqlite-messages.ts';
import type { Segment } from './sqlite-segment.ts';
import type { Segments } from './sqlite-segments.ts';

/** While groups come, folding rests for this many times the length of its last slice: it takes a quarter of the thread. */
const restPerSlice = 3;

/** The append-only list of committed groups, in files of its own, folded into the tables between commits. */
export interface Journal {
  /** Commits one group and says so. */
  append(group: Buffer): void;
  /** Folds what it can; what it cannot stays in the journal for the next start. */
  close(): void;
}

const committed: FromWorker = { kind: 'committed' };

export function createJournal(
  deps: {
    readonly connection: Connection;
    readonly layouts: Layouts;
    readonly segments: Segments;
    readonly say: (message: FromWorker) => void;
  },
  setup: Pick<WorkerSetup, 'file' | 'durability' | 'fold'>,
): Journal {
  const { connection, segments, say } = deps;
  const { bytesMax, idleAfter } = setup.fold;
  let foldAt = bytesMax;
  let folding: readonly Segment[] = [];
  let pass: Generator<void, FoldOutcome> | undefined;
  let passBegan = 0;

  /** A group came since the last slice: somebody waits for commits. */
  let appended = false;

  const begin = (): void => {
    if (pass !== undefined) return;
    segments.turn();
    folding = segments.full;
    if (folding.length === 0) return;
    passBegan = performance.now();
    pass = fold({ ...deps, segments: folding });
    setImmediate(step);
  };

  const step = (): void => {
    if (pass === undefined) return;
    try {
      const sliceBegan = performance.now();
      const { done, value } = nextSlice(pass);
      if (done === true) finish(value);
      else if (!appended) setImmediate(step);
      else setTimeout(step, (performance.now() - sliceBegan) * restPerSlice);
      appended = false;
    } catch (error) {
      // The files still have everything; it is tried again when they have grown, or when nothing else is to do.
      pass = undefined;
      foldAt = segments.bytes + bytesMax;
      say({ kind: 'fold-failed', reason: String(error) });
    }
  };

  // A slice needs no sync of its own: until the whole pass is on the disk, the files are there.
  const nextSlice = (running: Generator<void, FoldOutcome>): IteratorResult<void, FoldOutcome> => {
    connection.pragma('synchronous = NORMAL');
    try {
      return running.next();
    } finally {
      connection.pragma(`synchronous = ${synchronousOf(setup.durability)}`);
    }
  };

  const finish = (outcome: FoldOutcome): void => {
    pass = undefined;
    settle(setup);
    for (const segment of folding) segments.release(segment);
    connection.pragma('wal_checkpoint(PASSIVE)');
    foldAt = bytesMax;
    say({ kind: 'folded', rows: outcome.folded, milliseconds: performance.now() - passBegan });
    sayRefused(outcome);
  };

  const sayRefused = (outcome: FoldOutcome): void => {
    const reason = refusalOf(outcome);
    if (reason !== undefined) say({ kind: 'fold-failed', reason });
  };

  const idle = setTimeout(begin, idleAfter);

  return {
    append(group) {
      try {
        segments.append(group);
        say(committed);
        appended = true;
      } catch (error) {
        say({ kind: 'failed', reason: String(error) });
        return;
      }
      if (segments.bytes > foldAt) begin();
      idle.refresh();
    },
    close() {
      clearTimeout(idle);
      pass = undefined;
      try {
        sayRefused(foldAll(deps, setup));
        connection.pragma('wal_checkpoint(TRUNCATE)');
        segments.close();
      } catch (error) {
        say({ kind: 'fold-failed', reason: String(error) });
      }
    },
  };
}
