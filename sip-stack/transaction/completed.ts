import type { Milliseconds } from '../../kernel/clock.ts';
import { milliseconds } from '../../kernel/clock.ts';
import { limits } from '../../kernel/limits.ts';
import type { TimerWheel } from '../../kernel/timer-wheel.ts';
import type { RequestIdentity } from './identity.ts';
import { createSlabs, matchRecord, responseAt, writeRecord } from './slab.ts';
import type { Slab } from './slab.ts';

/**
 * Server transactions in state Completed, over unreliable transports: their final response for retransmitted requests,
 * for Timer J (RFC 3261 §17.2.2). At 20,000 requests a second 640,000 of them are alive, so nothing of a transaction is
 * left as an object: its identity and response are bytes in slabs, found by an open hash table of numbers, and a whole
 * generation is dropped at once in place of one timer for each.
 */
export interface CompletedTransactions {
  /** Keeps a copy of `response` for at least the lifetime. */
  keep(identity: RequestIdentity, response: Buffer): void;
  /**
   * @returns a copy of the response when the request is a retransmission; 'merged' when it came by another way before
   *   (RFC 3261 §8.2.2.2), which matters for a request without To tag only; undefined when it is new
   */
  find(identity: RequestIdentity): Buffer | 'merged' | undefined;
  /** Whether a CANCEL matches a transaction here, whatever its method (RFC 3261 §9.2). */
  hasForCancel(identity: RequestIdentity): boolean;
  /** Transactions kept. */
  readonly size: number;
  /** Bytes of slabs and tables. */
  readonly bytes: number;
}

/** Generations beside the current one; each as long as the lifetime divided by this. */
const olderGenerations = 4;
/** Slots looked at before a search gives up: bounds what one Call-ID used a thousand times can cost. */
const probesMax = 64;
const slotsMin = 1024;

/** What was completed within one span of time. */
interface Generation {
  readonly slabs: Slab[];
  /** Pairs of hash (0: free) and place of the record, in units of the slab. */
  table: Int32Array;
  count: number;
}

const generation = (slots: number): Generation => ({ slabs: [], table: new Int32Array(slots * 2), count: 0 });

export function createCompletedTransactions(
  deps: { readonly wheel: TimerWheel },
  config: { readonly lifetime: Milliseconds; readonly transactionsMax?: number },
): CompletedTransactions {
  const transactionsMax = Math.min(config.transactionsMax ?? Infinity, limits.completedTransactionsMax);
  const slabs = createSlabs();
  const span = milliseconds(config.lifetime / olderGenerations);
  /** The current one first. */
  let generations: readonly Generation[] = [generation(slotsMin)];
  let size = 0;
  let turning = false;

  const turn = (keepOlder: number): void => {
    const dropped = generations.slice(keepOlder);
    for (const old of dropped) size -= old.count;
    const expected = generations[0]?.count ?? 0;
    generations = [generation(slotsFor(expected)), ...generations.slice(0, keepOlder)];
    slabs.giveBack(dropped.flatMap((old) => old.slabs));
  };
  const onSpan = (): void => {
    turn(olderGenerations);
    turning = size > 0;
    if (turning) deps.wheel.start(span, onSpan, undefined);
  };

  const makeRoom = (): void => {
    const full = size >= transactionsMax || slabs.bytesInUse >= limits.completedBytesMax;
    // Beyond the bound the oldest generation goes: its retransmissions are then taken for new requests.
    if (full) turn(generations.length - 1);
  };

  return {
    keep(identity, response) {
      makeRoom();
      const [current] = generations;
      if (current === undefined) return;
      const slot = freeSlot(current, identity.groupHigh);
      if (slot < 0) return;
      const place = writeRecord(slabs, current.slabs, identity, response);
      if (place < 0) return;
      current.table[slot] = identity.groupHigh;
      current.table[slot + 1] = place;
      current.count += 1;
      size += 1;
      if (current.count * 4 > current.table.length) grow(current);
      if (turning) return;
      turning = true;
      deps.wheel.start(span, onSpan, undefined);
    },
    find(identity) {
      if (size === 0) return undefined;
      let merged = false;
      for (const searched of generations) {
        if (searched.count === 0) continue;
        const found = search(searched, identity);
        if (typeof found === 'object') return found;
        merged ||= found === 'merged';
      }
      return merged ? 'merged' : undefined;
    },
    hasForCancel(identity) {
      return size > 0 && generations.some((searched) => search(searched, identity) === 'other-method');
    },
    get size() {
      return size;
    },
    get bytes() {
      return slabs.bytes + generations.reduce((sum, { table }) => sum + table.byteLength, 0);
    },
  };
}

/** What the records of one generation say to a request; a transaction of its way is preferred to a merged one. */
function search(
  { table, slabs }: Generation,
  identity: RequestIdentity,
): Buffer | 'other-method' | 'merged' | undefined {
  let found: 'other-method' | 'merged' | undefined;
  let slot = slotAt(table, identity.groupHigh);
  for (let probe = 0; probe < probesMax; probe += 1) {
    const stored = table[slot];
    if (stored === 0) return found;
    if (stored === identity.groupHigh) {
      const place = table[slot + 1] ?? 0;
      const match = matchRecord(slabs, place, identity);
      if (match === 'same') return responseAt(slabs, place);
      if (match === 'other-method' || found === undefined) found = match;
    }
    slot = (slot + 2) & (table.length - 1);
  }
  return found;
}

/** Index of a free slot for this hash, or -1 when too many neighbours are taken. */
function freeSlot({ table }: Generation, hash: number): number {
  let slot = slotAt(table, hash);
  for (let probe = 0; probe < probesMax; probe += 1) {
    if (table[slot] === 0) return slot;
    slot = (slot + 2) & (table.length - 1);
  }
  return -1;
}

/** Doubles the table: at most half of the slots are taken, so that searches stay short. */
function grow(crowded: Generation): void {
  const old = crowded.table;
  crowded.table = new Int32Array(old.length * 2);
  for (let at = 0; at < old.length; at += 2) {
    const hash = old[at] ?? 0;
    if (hash === 0) continue;
    const slot = freeSlot(crowded, hash);
    if (slot < 0) continue;
    crowded.table[slot] = hash;
    crowded.table[slot + 1] = old[at + 1] ?? 0;
  }
}

/** The first slot to look at; the table's length is a power of two. */
const slotAt = (table: Int32Array, hash: number): number => (hash << 1) & (table.length - 1);

/** Slots for about as many entries as last time, half of them free. */
function slotsFor(count: number): number {
  let slots = slotsMin;
  while (slots < count * 2) slots *= 2;
  return slots;
}
