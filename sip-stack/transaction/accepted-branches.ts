import type { Milliseconds, Tokens } from '../../kernel/clock.ts';
import { limits } from '../../kernel/limits.ts';
import type { TimerWheel } from '../../kernel/timer-wheel.ts';
import { seedFrom } from './identity.ts';

/**
 * Branches of INVITEs that were sent on and accepted: state Accepted of their client transactions, of which all that is needed
 * is that a further 2xx goes on, and where (RFC 6026 §7.2, §8.4). Timer M would hold a hundred thousand objects at 3,000 calls a
 * second; here each is two numbers, and a whole generation is dropped at once (ADR 0012).
 */
export interface AcceptedBranches {
  /**
   * Remembers for one to two lifetimes that a further 2xx may go on.
   *
   * @param below  the Via value below ours, to which it goes
   */
  add(branch: string, below: string): void;
  /** Whether this branch was accepted, and its responses go there. */
  has(branch: string, below: string): boolean;
  readonly size: number;
}

/** Slots looked at before a search gives up: half of them are free, so that hardly one comes near it. */
const probesMax = 64;
const slotsMin = 1024;

/** Pairs of numbers; nothing is ever taken out. */
interface Generation {
  /** The half by which a pair is found (0: free) and the other half. */
  table: Int32Array;
  count: number;
}

const generation = (slots: number): Generation => ({ table: new Int32Array(slots * 2), count: 0 });

export function createAcceptedBranches(
  deps: { readonly wheel: TimerWheel; readonly tokens: Tokens },
  config: { readonly lifetime: Milliseconds; readonly branchesMax?: number },
): AcceptedBranches {
  const branchesMax = Math.min(config.branchesMax ?? Infinity, limits.acceptedBranchesMax);
  const sums = new Sums(deps.tokens);
  let current = generation(slotsMin);
  let previous = generation(slotsMin);
  let turning = false;

  const turn = (): void => {
    const spare = previous.table;
    previous = current;
    // What a generation of about the same size has used is used again.
    current = { table: spare.length === previous.table.length ? spare.fill(0) : generation(slotsMin).table, count: 0 };
  };
  const onLifetime = (): void => {
    turn();
    turning = previous.count > 0;
    if (turning) deps.wheel.start(config.lifetime, onLifetime, undefined);
  };

  return {
    add(branch, below) {
      // Beyond the bound the older half goes: its further 2xx are dropped as strays.
      if (current.count * 2 >= branchesMax) turn();
      if (current.count * 4 >= current.table.length) grow(current);
      sums.of(branch, below);
      insert(current, sums.high, sums.low);
      if (turning) return;
      turning = true;
      deps.wheel.start(config.lifetime, onLifetime, undefined);
    },
    has(branch, below) {
      if (current.count + previous.count === 0) return false;
      sums.of(branch, below);
      const { high, low } = sums;
      return holds(current, high, low) || holds(previous, high, low);
    },
    get size() {
      return current.count + previous.count;
    },
  };
}

function insert(into: Generation, high: number, low: number): void {
  const { table } = into;
  let slot = slotAt(table, high);
  for (let probe = 0; probe < probesMax; probe += 1) {
    if (table[slot] === 0) {
      table[slot] = high;
      table[slot + 1] = low;
      into.count += 1;
      return;
    }
    slot = (slot + 2) & (table.length - 1);
  }
}

function holds({ table }: Generation, high: number, low: number): boolean {
  let slot = slotAt(table, high);
  for (let probe = 0; probe < probesMax; probe += 1) {
    const stored = table[slot];
    if (stored === 0) return false;
    if (stored === high && table[slot + 1] === low) return true;
    slot = (slot + 2) & (table.length - 1);
  }
  return false;
}

function grow(crowded: Generation): void {
  const old = crowded.table;
  crowded.table = new Int32Array(old.length * 2);
  crowded.count = 0;
  for (let at = 0; at < old.length; at += 2) {
    const high = old[at] ?? 0;
    if (high !== 0) insert(crowded, high, old[at + 1] ?? 0);
  }
}

/** The first slot to look at; the table's length is a power of two. */
const slotAt = (table: Int32Array, hash: number): number => (hash << 1) & (table.length - 1);

/**
 * Sums up one pair after the other. The multipliers are secrets of the process: who was called knows the branch and the Via, and
 * could otherwise make another Via with the same sums, to have a response sent to whom he likes.
 */
class Sums {
  /** Never 0, which stands for a free slot. */
  high = 1;
  low = 0;
  private readonly first: number;
  private readonly second: number;

  constructor(tokens: Tokens) {
    this.first = seedFrom(tokens.token(128));
    this.second = seedFrom(tokens.token(128));
  }

  of(branch: string, below: string): void {
    this.high = this.first;
    this.low = this.second;
    this.add(branch);
    this.add(below);
    this.high = this.high === 0 ? 1 : this.high;
  }

  /** Reading a character costs more than mixing it: both sums in one pass. */
  private add(text: string): void {
    const { first, second } = this;
    // The length keeps 'ab' + 'c' from being 'a' + 'bc'.
    let high = Math.imul(this.high ^ text.length, first);
    let low = Math.imul(this.low ^ text.length, second);
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      high = Math.imul(high ^ (high >>> 15) ^ code, first);
      low = Math.imul(low ^ (low >>> 15) ^ code, second);
    }
    this.high = high ^ (high >>> 15);
    this.low = low ^ (low >>> 15);
  }
}
