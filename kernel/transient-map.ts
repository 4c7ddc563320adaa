/**
 * A map for what comes and goes by the thousand a second: live transactions, requests in flight.
 *
 * V8's own Map is rebuilt after every few deletions, and each dead build points to the next one. Once one of them has grown old,
 * all that follow are kept alive with what they held until the next full collection: measured, half of all requests survived
 * their answer and went through the collector twice (ADR 0012). Here a deleted place is empty at once, and nothing points forward.
 *
 * Open addressing with linear probing; a deletion moves the followers up (Knuth, TAOCP vol. 3, §6.4, algorithm R), so
 * there are no tombstones. Grows by doubling, never shrinks: bound what is put in.
 */
export interface TransientMap<Key, Value> {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
  delete(key: Key): void;
  values(): IterableIterator<Value>;
  readonly size: number;
}

const placesMin = 64;

/** @param hashOf  any 32-bit number, spread over its low bits */
export function createTransientMap<Key extends string | number, Value extends object>(
  hashOf: (key: Key) => number,
): TransientMap<Key, Value> {
  let keys = emptyPlaces<Key>(placesMin);
  let values = emptyPlaces<Value>(placesMin);
  let mask = placesMin - 1;
  let size = 0;

  /** Where the key is, or where it would go. */
  const placeOf = (key: Key): number => {
    let place = hashOf(key) & mask;
    while (keys[place] !== undefined && keys[place] !== key) place = (place + 1) & mask;
    return place;
  };

  const grow = (): void => {
    const [oldKeys, oldValues] = [keys, values];
    keys = emptyPlaces((mask + 1) * 2);
    values = emptyPlaces((mask + 1) * 2);
    mask = mask * 2 + 1;
    for (const [at, key] of oldKeys.entries()) {
      if (key === undefined) continue;
      const place = placeOf(key);
      keys[place] = key;
      values[place] = oldValues[at];
    }
    // The old arrays may have grown old themselves.
    oldKeys.fill(undefined);
    oldValues.fill(undefined);
  };

  /** Empties a place and moves up what would not be found beyond it. */
  const empty = (place: number): void => {
    let hole = place;
    for (let next = (hole + 1) & mask; ; next = (next + 1) & mask) {
      const key = keys[next];
      if (key === undefined) break;
      const home = hashOf(key) & mask;
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      keys[hole] = key;
      values[hole] = values[next];
      hole = next;
    }
    keys[hole] = undefined;
    values[hole] = undefined;
  };

  return {
    get: (key) => values[placeOf(key)],
    set(key, value) {
      const place = placeOf(key);
      if (keys[place] === undefined) size += 1;
      keys[place] = key;
      values[place] = value;
      if (size * 2 > mask) grow();
    },
    delete(key) {
      const place = placeOf(key);
      if (keys[place] === undefined) return;
      size -= 1;
      empty(place);
    },
    *values() {
      for (const value of [...values]) if (value !== undefined) yield value;
    },
    get size() {
      return size;
    },
  };
}

const emptyPlaces = <Kept>(count: number): (Kept | undefined)[] => new Array<Kept | undefined>(count).fill(undefined);

/** Spreads a whole number over 32 bits (Fibonacci hashing, TAOCP vol. 3, §6.4). */
export const spread = (key: number): number => Math.imul(key, 0x9e3779b1) >>> 12;

/** A hash of the first characters of a text: enough for one that holds chance early on, as a branch does. */
export function textHash(key: string): number {
  const end = Math.min(key.length, 24);
  let hash = 0;
  for (let at = 0; at < end; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return spread(hash);
}
