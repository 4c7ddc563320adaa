import { Entry } from './entry.ts';

/** The rows under one index value, in insertion order: most values have one row, and a lone row needs no collection. */
type Bucket = Entry | Entry[] | Set<Entry>;

/** Rows of one bucket from which on a Set, whose deletions do not search, costs less than an array. */
const setFrom = 32;

/** The rows of a table by the values of some of its columns. */
export class IndexBuckets {
  readonly #buckets = new Map<string, Bucket>();
  /** The entry that `rows` told last, where it was the only one of its value. */
  lone: Entry | undefined;

  add(value: string, entry: Entry): void {
    const bucket = this.#buckets.get(value);
    if (bucket === undefined) this.#buckets.set(value, entry);
    else if (bucket instanceof Set) bucket.add(entry);
    else if (bucket instanceof Entry) this.#buckets.set(value, [bucket, entry]);
    else if (bucket.length >= setFrom) this.#buckets.set(value, new Set(bucket).add(entry));
    else bucket.push(entry);
  }

  remove(value: string, entry: Entry): void {
    const bucket = this.#buckets.get(value);
    if (bucket === undefined) return;
    if (bucket === entry) {
      this.#buckets.delete(value);
    } else if (bucket instanceof Set) {
      bucket.delete(entry);
      if (bucket.size <= setFrom / 2) this.#buckets.set(value, [...bucket]);
    } else if (Array.isArray(bucket)) {
      const at = bucket.indexOf(entry);
      if (at >= 0) bucket.splice(at, 1);
      const [last] = bucket;
      if (bucket.length === 1 && last !== undefined) this.#buckets.set(value, last);
    }
  }

  /** Puts an entry back where it was before it was removed. */
  restore(value: string, entry: Entry): void {
    this.add(value, entry);
    const bucket = this.#buckets.get(value);
    if (bucket === undefined || bucket instanceof Entry) return;
    const sorted = [...bucket].sort((a, b) => a.order - b.order);
    this.#buckets.set(value, bucket instanceof Set ? new Set(sorted) : sorted);
  }

  count(value: string): number {
    const bucket = this.#buckets.get(value);
    if (bucket === undefined) return 0;
    if (bucket instanceof Entry) return 1;
    return bucket instanceof Set ? bucket.size : bucket.length;
  }

  /** A fresh array of the rows, in insertion order. */
  rows(value: string): object[] {
    const bucket = this.#buckets.get(value);
    if (bucket === undefined) return [];
    if (bucket instanceof Entry) {
      this.lone = bucket;
      return bucket.row === undefined ? [] : [bucket.row];
    }
    const rows: object[] = [];
    for (const entry of bucket) if (entry.row !== undefined) rows.push(entry.row);
    return rows;
  }
}
