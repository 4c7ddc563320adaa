import { limits } from '../kernel/limits.ts';

/** So many a second for good, and `burst` at once after a quiet time. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** How fast each of many senders goes. */
export interface Rates {
  /**
   * Takes one, or `cost`, of what the sender has left.
   *
   * @returns 0 when it was there; else nothing is taken, and it is the milliseconds after which it would be
   */
  take(key: string, now: number, cost?: number): number;
  /** As `take`, without taking. */
  wait(key: string, now: number): number;
  /** Whether nobody has been heard of lately: spares making a key. */
  readonly idle: boolean;
  readonly size: number;
}

/** When the bucket of one sender would be full again. An object that is changed in place: no figure is allocated for it. */
interface Bucket {
  fullAt: number;
}

/**
 * Token buckets as the generic cell rate algorithm has them (ITU-T I.371): one figure for each sender, no timer. In any
 * time t no more than rate times t plus burst get through. Senders are kept in two generations: one that was not heard of
 * for as long as a bucket takes to fill has a full one, and is as good as forgotten.
 */
export function createRates(rate: Rate, rememberedMax: number = limits.ratesRememberedMax): Rates {
  const interval = 1000 / rate.perSecond;
  const depth = interval * rate.burst;
  const generationMax = Math.ceil(rememberedMax / 2);
  const generationAge = Math.max(1000, depth);
  let young = new Map<string, Bucket>();
  let old = new Map<string, Bucket>();
  let rotatedAt = 0;

  const rotate = (now: number): void => {
    if (young.size < generationMax && now - rotatedAt < generationAge) return;
    old = young;
    young = new Map();
    rotatedAt = now;
  };

  const bucketOf = (key: string, now: number): Bucket => {
    const known = young.get(key);
    if (known !== undefined) return known;
    const bucket = old.get(key) ?? { fullAt: now };
    rotate(now);
    young.set(key, bucket);
    return bucket;
  };

  /** Never beyond an empty bucket, also when the clock was put back. */
  const from = (bucket: Bucket, now: number): number => Math.min(Math.max(bucket.fullAt, now), now + depth);

  return {
    take(key, now, cost = 1) {
      const bucket = bucketOf(key, now);
      const full = from(bucket, now) + interval * cost;
      if (full > now + depth) return full - now - depth;
      bucket.fullAt = full;
      return 0;
    },
    wait(key, now) {
      const bucket = young.get(key) ?? old.get(key);
      return bucket === undefined ? 0 : Math.max(0, from(bucket, now) + interval - now - depth);
    },
    get idle() {
      return young.size === 0 && old.size === 0;
    },
    get size() {
      return young.size + old.size;
    },
  };
}
