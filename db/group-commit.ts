import type { Scheduler, Timer } from '../kernel/clock.ts';
import { milliseconds } from '../kernel/clock.ts';
import type { StateChange } from '../kernel/feed.ts';
import type { Log } from '../kernel/log.ts';
import type { Counter, Meter } from '../kernel/meter.ts';
import { fail, ok } from '../kernel/result.ts';
import type { Entry } from './entry.ts';
import type { Group, GroupWriter } from './group.ts';
import { createGroup, undoGroup } from './group.ts';
import type { ResidentTable } from './resident.ts';

export interface GroupCommitDeps {
  readonly writer: GroupWriter;
  /** Calls back at the end of the present turn, when what is at hand has joined the group and awaited promises have run. */
  readonly later: (run: () => void) => void;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly meter?: Meter | undefined;
  /** Given the news of a group once it is durable and its callers have gone on. */
  readonly tell: (news: readonly StateChange[]) => void;
}

export interface GroupCommitConfig {
  /** Milliseconds from one posting to the next, 0 for none: bounds the syncs of a second; the first after a rest never waits. */
  readonly gap: number;
  /** Milliseconds after which a note is written even when no group comes by. */
  readonly noteDelay: number;
  /** Rows that may be noted at once; what is noted beyond is in memory only. */
  readonly notesMax: number;
}

/** Gathers changes into groups and has them written one after the other. */
export interface GroupCommit {
  /** The group that gathers now; whoever joins adds to it at once and waits for its `done`. */
  join(): Group;
  note(entry: Entry, resident: ResidentTable): void;
  /** The group that is durable last of those begun; `undefined` when all is durable. */
  newest(): Group | undefined;
  /** Changes not durable yet. */
  waiting(): number;
  /** Writes what gathers, then closes the writer. Nobody may join any more. */
  close(): Promise<void>;
}

export function createGroupCommit(deps: GroupCommitDeps, config: GroupCommitConfig): GroupCommit {
  const counters = countersOf(deps.meter);
  let gathering: Group | undefined;
  let writing: Group | undefined;
  let notes = new Map<Entry, ResidentTable>();
  let noteTimer: Timer | undefined;
  let postComing = false;
  let resting = false;
  let closing = false;

  const requestPost = (): void => {
    if (postComing || resting || writing !== undefined) return;
    postComing = true;
    deps.later(post);
  };

  const join = (): Group => {
    if (gathering === undefined) {
      gathering = createGroup();
      requestPost();
    }
    return gathering;
  };

  const post = (): void => {
    postComing = false;
    if (gathering === undefined || writing !== undefined) return;
    const posted = gathering;
    gathering = undefined;
    writing = posted;
    posted.notes = notes;
    if (notes.size > 0) notes = new Map();
    noteTimer?.cancel();
    noteTimer = undefined;
    if (config.gap > 0) rest();
    deps.writer.write(posted, (fault) => {
      writing = undefined;
      if (fault === undefined) committed(posted);
      else failed(posted, fault);
    });
  };

  const rest = (): void => {
    resting = true;
    deps.scheduler.after(milliseconds(config.gap), () => {
      resting = false;
      if (gathering !== undefined) requestPost();
    });
  };

  const committed = (posted: Group): void => {
    counters?.groups.add();
    counters?.changes.add(posted.applied.length + posted.notes.size);
    posted.finish(ok(undefined));
    if (posted.news.length > 0) deps.later(() => deps.tell(posted.news));
    if (gathering !== undefined) requestPost();
  };

  // What gathers stands on what failed, so it falls with it: newest first, back to what is on disk.
  const failed = (posted: Group, reason: string): void => {
    deps.log.error('store-write-failed', { reason, changes: posted.applied.length });
    counters?.faults.add();
    const next = gathering;
    gathering = undefined;
    if (next !== undefined) undoGroup(next);
    undoGroup(posted);
    for (const [entry, resident] of posted.notes) notes.set(entry, resident);
    startNoteTimer();
    posted.finish(fail('unavailable'));
    next?.finish(fail('unavailable'));
  };

  const startNoteTimer = (): void => {
    if (notes.size === 0 || closing || noteTimer !== undefined) return;
    noteTimer = deps.scheduler.after(milliseconds(config.noteDelay), () => {
      noteTimer = undefined;
      join();
    });
  };

  return {
    join,
    note(entry, resident) {
      if (notes.size < config.notesMax) notes.set(entry, resident);
      if (gathering === undefined) startNoteTimer();
    },
    newest: () => gathering ?? writing,
    waiting: () => (gathering?.applied.length ?? 0) + (writing?.applied.length ?? 0),
    async close() {
      closing = true;
      noteTimer?.cancel();
      noteTimer = undefined;
      if (notes.size > 0) join();
      for (let last = gathering ?? writing; last !== undefined; last = gathering ?? writing) {
        if (writing === undefined) post();
        await last.done;
      }
      await deps.writer.close();
    },
  };
}

function countersOf(meter: Meter | undefined): { groups: Counter; changes: Counter; faults: Counter } | undefined {
  if (meter === undefined) return undefined;
  return {
    groups: meter.counter('pharos_db_groups_total', 'Groups of changes made durable'),
    changes: meter.counter('pharos_db_changes_total', 'Changes made durable'),
    faults: meter.counter('pharos_db_write_faults_total', 'Groups that could not be written'),
  };
}
