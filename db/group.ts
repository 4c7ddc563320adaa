import type { StateChange } from '../kernel/feed.ts';
import type { Result } from '../kernel/result.ts';
import type { Entry } from './entry.ts';
import type { ResidentTable } from './resident.ts';
import type { StoreFault } from './store.ts';

/** A change as it was made in memory: what must be written, and what undoing it needs. */
export interface Applied {
  readonly resident: ResidentTable;
  readonly entry: Entry;
  /** The row before; `undefined` when there was none. */
  readonly before: object | undefined;
  /** The row after; `undefined` when it was deleted. */
  readonly after: object | undefined;
}

/** What is committed together: the changes, the notes that ride along, the news, and the one promise of all its callers. */
export interface Group {
  readonly applied: Applied[];
  /** Entries whose newest row is to be written though nobody waits for it. */
  notes: ReadonlyMap<Entry, ResidentTable>;
  readonly news: StateChange[];
  readonly done: Promise<Result<void, StoreFault>>;
  readonly finish: (result: Result<void, StoreFault>) => void;
}

export function createGroup(): Group {
  let finish: Group['finish'] = () => undefined;
  const done = new Promise<Result<void, StoreFault>>((resolve) => {
    finish = resolve;
  });
  return { applied: [], notes: new Map(), news: [], done, finish };
}

/** What a group writes: for each row it touched, the newest version in memory. */
export interface GroupSink {
  put(resident: ResidentTable, row: object): void;
  delete(resident: ResidentTable, key: string): void;
}

/** Tells `sink` the rows as they are now; called when the group is posted, before the next one begins to gather. */
export function writeGroup(group: Group, sink: GroupSink): void {
  for (const { resident, entry } of group.applied) writeEntry(resident, entry, sink);
  for (const [entry, resident] of group.notes) writeEntry(resident, entry, sink);
}

function writeEntry(resident: ResidentTable, entry: Entry, sink: GroupSink): void {
  if (entry.row !== undefined) sink.put(resident, entry.row);
  // What was deleted and made again since is told by its new entry, which is in the same group.
  else if (resident.find(entry.key) === undefined) sink.delete(resident, entry.key);
}

/**
 * Takes back in memory what could not be written, newest first. What was noted about a row since it was put stays: a CSeq
 * number that has been used must not be used again (RFC 6665 §4.4.1, RFC 3261 §12.2.1.1).
 */
export function undoGroup(group: Group): void {
  for (let at = group.applied.length - 1; at >= 0; at -= 1) {
    const change = group.applied[at];
    if (change !== undefined) undo(change);
  }
}

function undo({ resident, entry, before, after }: Applied): void {
  if (before === undefined) resident.delete(entry);
  else if (after === undefined) resident.restore(entry, before);
  else if (entry.row === after) resident.replace(entry, before);
}

/** Makes the rows of a table durable, a group at a time. */
export interface GroupWriter {
  /**
   * Writes one group; not called again before it has answered.
   *
   * @param answered called once: with `undefined` when the group is durable, else with what went wrong
   */
  write(group: Group, answered: (fault: string | undefined) => void): void;
  /** Called once, when nothing is being written. */
  close(): Promise<void>;
}
