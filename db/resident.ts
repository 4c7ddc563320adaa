import type { Instant } from '../kernel/clock.ts';
import { Entry } from './entry.ts';
import { ExpiryBuckets } from './expiry-buckets.ts';
import { IndexBuckets } from './index-bucket.ts';
import type { RowValues } from './key.ts';
import { keyReader } from './key.ts';
import type { AnyTable } from './table.ts';

interface Index {
  readonly columns: readonly string[];
  readonly valueOf: (row: object) => string | undefined;
  readonly buckets: IndexBuckets;
}

/**
 * All rows of one table, in memory. A class, so that the store's calls see one shape whatever the table.
 */
export class ResidentTable {
  readonly table: AnyTable;
  readonly #rows = new Map<string, Entry>();
  readonly #keyOf: (row: object) => string | undefined;
  readonly #indexes = new Map<string, Index>();
  readonly #indexList: readonly Index[];
  readonly #expiry: ExpiryBuckets | undefined;
  /** What was found last: a request asks for one row several times over, and then changes it. */
  #latest: Entry | undefined;
  #inserted = 0;

  constructor(table: AnyTable) {
    this.table = table;
    this.#keyOf = keyReader(table.key);
    for (const [name, columns] of Object.entries(table.indexes)) {
      this.#indexes.set(name, { columns, valueOf: keyReader(columns), buckets: new IndexBuckets() });
    }
    this.#indexList = [...this.#indexes.values()];
    this.#expiry = table.expiry === undefined ? undefined : new ExpiryBuckets(table.expiry);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Entries in expiry buckets, stale ones counted: bounded by `ExpiryBuckets.compact`. */
  get expiryReferences(): number {
    return this.#expiry?.references ?? 0;
  }

  /** The key of a row to be put; throws on a row that cannot be stored, before anything is changed. */
  keyOf(row: object): string {
    const key = this.#keyOf(row);
    if (key === undefined) throw new Error(`a row of ${this.table.name} has no key`);
    return key;
  }

  /** Throws on a row that no index can take, before anything is changed. */
  check(row: object, before: object | undefined): void {
    for (const index of this.#indexList) {
      if (before === undefined || !sameValues(before, row, index.columns)) index.valueOf(row);
    }
  }

  find(key: string): Entry | undefined {
    const latest = this.#latest;
    if (latest?.row !== undefined && latest.key === key) return latest;
    const found = this.#rows.get(key);
    if (found !== undefined) this.#latest = found;
    return found;
  }

  /** The entry that `after` would change when its present row is `before` and was found last: no key is made, no map asked. */
  latestOf(before: object, after: object): Entry | undefined {
    const latest = this.#latest;
    return latest?.row === before && sameValues(before, after, this.table.key) ? latest : undefined;
  }

  insert(key: string, row: object): Entry {
    this.#inserted += 1;
    const entry = new Entry(key, row, this.#inserted);
    this.#rows.set(key, entry);
    for (const index of this.#indexList) {
      const value = index.valueOf(row);
      if (value !== undefined) index.buckets.add(value, entry);
    }
    if (this.#expiry !== undefined) {
      this.#expiry.track(entry);
      this.#expiry.compact(this.#rows);
    }
    return entry;
  }

  replace(entry: Entry, row: object): void {
    const before = entry.row;
    entry.row = row;
    for (const index of this.#indexList) {
      if (before !== undefined && sameValues(before, row, index.columns)) continue;
      const from = before === undefined ? undefined : index.valueOf(before);
      const to = index.valueOf(row);
      if (from !== undefined) index.buckets.remove(from, entry);
      if (to !== undefined) index.buckets.add(to, entry);
    }
    this.#expiry?.track(entry);
  }

  delete(entry: Entry): void {
    const { row } = entry;
    if (row === undefined) return;
    for (const index of this.#indexList) {
      const value = index.valueOf(row);
      if (value !== undefined) index.buckets.remove(value, entry);
    }
    entry.row = undefined;
    this.#rows.delete(entry.key);
  }

  /** Undoes `delete`: the entry is back with `row`, at its old place in the order. */
  restore(entry: Entry, row: object): void {
    const usurper = this.#rows.get(entry.key);
    if (usurper !== undefined) this.delete(usurper);
    entry.row = row;
    this.#rows.set(entry.key, entry);
    for (const index of this.#indexList) {
      const value = index.valueOf(row);
      if (value !== undefined) index.buckets.restore(value, entry);
    }
    this.#expiry?.track(entry);
  }

  scan(index: string, value: string): object[] {
    const { buckets } = this.#index(index);
    const rows = buckets.rows(value);
    if (rows.length === 1) this.#latest = buckets.lone;
    return rows;
  }

  count(index: string, value: string): number {
    return this.#index(index).buckets.count(value);
  }

  *all(): Generator<object> {
    for (const entry of this.#rows.values()) if (entry.row !== undefined) yield entry.row;
  }

  expired(now: Instant, most: number): object[] {
    return this.#expiry?.expired(now, most) ?? [];
  }

  #index(name: string): Index {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`table ${this.table.name} has no index ${name}`);
    return index;
  }
}

/** Compared column by column: a refresh hands on the very strings, and joining them would cost more than comparing. */
function sameValues(before: object, after: object, columns: readonly string[]): boolean {
  for (const column of columns) {
    if ((before as RowValues)[column] !== (after as RowValues)[column]) return false;
  }
  return true;
}
