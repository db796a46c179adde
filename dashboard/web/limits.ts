// How much may be asked: in all, by those who have not signed in, and by each session.
import type { Clock } from '#runtime/clock.ts';

/** A bucket of permissions that refills. */
export interface Limit {
  /** Takes one permission of `key`; false when there is none. */
  take(key: string): boolean;
}

/** Size of a limit. */
export interface LimitSize {
  /** Permissions at once. */
  readonly burst: number;
  readonly perSecond: number;
  /** Most keys that are remembered; the one seen longest ago is forgotten. */
  readonly keys: number;
}

interface Bucket {
  readonly level: number;
  readonly at: number;
}

/** A limit per key, in bounded memory. */
export function createLimit(clock: Clock, size: LimitSize): Limit {
  const buckets = new Map<string, Bucket>();
  return {
    take: (key) => {
      const now = clock.monotonic();
      const known = buckets.get(key) ?? { level: size.burst, at: now };
      const level = Math.min(size.burst, known.level + ((now - known.at) / 1_000) * size.perSecond);
      buckets.delete(key);
      buckets.set(key, { level: level < 1 ? level : level - 1, at: now });
      if (buckets.size > size.keys) buckets.delete(buckets.keys().next().value ?? '');
      return level >= 1;
    },
  };
}
