import type { Applied } from './group.ts';
import type { Entry } from './entry.ts';
import { joinKey } from './key.ts';
import type { ResidentTable } from './resident.ts';
import type { Change, StoreFault } from './store.ts';

/** A change that may be made, and the row it meets. */
interface Judged {
  readonly change: Change;
  readonly resident: ResidentTable;
  readonly key: string;
  readonly entry: Entry | undefined;
}

/** Makes all changes in memory, or none. */
export interface Transactions {
  /** Throws for a table that was not declared: a bug. */
  readonly residentOf: (declared: object) => ResidentTable;
  /** @param applied receives what was done, in order */
  readonly make: (changes: readonly Change[], applied: Applied[]) => StoreFault | undefined;
}

export function createTransactions(residents: readonly ResidentTable[], rowsPerTableMax: number): Transactions {
  const byTable = new Map<object, ResidentTable>(residents.map((resident) => [resident.table, resident]));

  const residentOf = (declared: object): ResidentTable => {
    const resident = byTable.get(declared);
    if (resident === undefined) throw new Error('a table that was not declared when the store was opened');
    return resident;
  };

  /** Judges every change against the rows as they were before the first; changes nothing. */
  const judge = (changes: readonly Change[], judged: Judged[]): StoreFault | undefined => {
    let created = 0;
    for (const change of changes) {
      const resident = residentOf(change.table);
      const latest = latestOf(change, resident);
      const key = latest?.key ?? (change.kind === 'put' ? resident.keyOf(change.row) : joinKey(change.key));
      const entry = latest ?? resident.find(key);
      if (!meets(change, entry)) return 'conflict';
      if (change.kind === 'put') {
        resident.check(change.row, entry?.row);
        if (entry === undefined) created += 1;
        if (entry === undefined && resident.size + created > rowsPerTableMax) return 'full';
      }
      judged.push({ change, resident, key, entry });
    }
    return undefined;
  };

  return {
    residentOf,
    make(changes, applied) {
      const judged: Judged[] = [];
      const fault = judge(changes, judged);
      if (fault !== undefined) return fault;
      for (const one of judged) {
        const done = make(one);
        if (done !== undefined) applied.push(done);
      }
      return undefined;
    },
  };
}

/** The entry of a row that was read just before it is changed, as most are. */
function latestOf(change: Change, resident: ResidentTable): Entry | undefined {
  if (change.kind !== 'put' || typeof change.expect !== 'object') return undefined;
  return resident.latestOf(change.expect.was, change.row);
}

function meets(change: Change, entry: Entry | undefined): boolean {
  if (change.expect === 'any') return true;
  if (change.expect === 'absent') return entry === undefined;
  return entry?.row === change.expect.was;
}

/** `undefined` when there is nothing to delete. */
function make({ change, resident, key, entry: met }: Judged): Applied | undefined {
  // A transaction may change one row twice: what was met is then no longer the truth.
  const entry = met?.row === undefined ? resident.find(key) : met;
  const before = entry?.row;
  if (change.kind === 'delete') {
    if (entry === undefined) return undefined;
    resident.delete(entry);
    return { resident, entry, before, after: undefined };
  }
  const after = change.row;
  if (entry === undefined) return { resident, entry: resident.insert(key, after), before, after };
  resident.replace(entry, after);
  return { resident, entry, before, after };
}
