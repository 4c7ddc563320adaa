import type { Instant } from '../kernel/clock.ts';
import type { Entry } from './entry.ts';
import { noBucket } from './entry.ts';
import type { RowValues } from './key.ts';

/** Stale references that are tolerated before the buckets are built anew. */
const staleMax = 1024;

/**
 * The rows of a table by the second in which they expire. A row whose expiry moves further away stays where it is and is
 * moved on when its bucket's turn comes: a refresh costs nothing. What is deleted is dropped then, too.
 */
export class ExpiryBuckets {
  readonly #column: string;
  readonly #buckets = new Map<number, Entry[]>();
  /** The seconds that have a bucket, latest first. */
  readonly #seconds: number[] = [];
  /** Entries in all buckets, stale ones counted. */
  #references = 0;

  constructor(column: string) {
    this.#column = column;
  }

  get references(): number {
    return this.#references;
  }

  /** Takes note of an entry that is new, restored, or has another row. */
  track(entry: Entry): void {
    const due = this.#secondOf(entry);
    if (due === noBucket || (entry.bucket !== noBucket && entry.bucket <= due)) return;
    this.#add(due, entry);
  }

  /** Up to `most` rows that expire at or before `now`, oldest first (to the second once there are more than `most`). */
  expired(now: Instant, most: number): object[] {
    const found = new Set<Entry>();
    const visited: number[] = [];
    const last = Math.floor(now / 1000);
    while (found.size < most) {
      const second = this.#seconds.at(-1);
      if (second === undefined || second > last) break;
      this.#seconds.pop();
      if (this.#settle(second, now, most, found)) visited.push(second);
      else this.#buckets.delete(second);
    }
    while (visited.length > 0) this.#seconds.push(visited.pop() ?? 0);
    const sorted = [...found].sort((a, b) => this.#expiryOf(a) - this.#expiryOf(b));
    return sorted.flatMap((entry) => entry.row ?? []);
  }

  /** Builds the buckets anew from the live entries once most references are stale: memory stays in proportion to rows. */
  compact(live: { readonly size: number; values(): Iterable<Entry> }): void {
    if (this.#references <= 2 * live.size + staleMax) return;
    this.#buckets.clear();
    this.#seconds.length = 0;
    this.#references = 0;
    for (const entry of live.values()) {
      entry.bucket = noBucket;
      this.track(entry);
    }
  }

  /** Drops and moves what does not belong to this bucket, collects what is due; false when nothing is left in it. */
  #settle(second: number, now: Instant, most: number, found: Set<Entry>): boolean {
    const bucket = this.#buckets.get(second) ?? [];
    const kept: Entry[] = [];
    let at = 0;
    for (; at < bucket.length && found.size < most; at += 1) {
      const entry = bucket[at];
      if (entry === undefined || entry.row === undefined || entry.bucket !== second) continue;
      const due = this.#secondOf(entry);
      if (due > second) {
        this.#add(due, entry);
      } else if (due === noBucket) {
        entry.bucket = noBucket;
      } else {
        kept.push(entry);
        if (this.#expiryOf(entry) <= now) found.add(entry);
      }
    }
    this.#references -= at - kept.length;
    for (; at < bucket.length; at += 1) {
      const entry = bucket[at];
      if (entry !== undefined) kept.push(entry);
    }
    this.#buckets.set(second, kept);
    return kept.length > 0;
  }

  #add(second: number, entry: Entry): void {
    entry.bucket = second;
    this.#references += 1;
    const bucket = this.#buckets.get(second);
    if (bucket !== undefined) {
      bucket.push(entry);
      return;
    }
    this.#buckets.set(second, [entry]);
    let low = 0;
    let high = this.#seconds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#seconds[middle] ?? 0) > second) low = middle + 1;
      else high = middle;
    }
    this.#seconds.splice(low, 0, second);
  }

  #secondOf(entry: Entry): number {
    const expiry = this.#expiryOf(entry);
    return Number.isFinite(expiry) ? Math.max(0, Math.floor(expiry / 1000)) : noBucket;
  }

  #expiryOf(entry: Entry): number {
    const value = (entry.row as RowValues | undefined)?.[this.#column];
    return typeof value === 'number' ? value : Number.POSITIVE_INFINITY;
  }
}
