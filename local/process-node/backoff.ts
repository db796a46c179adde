/** Restart delays as kubelet has them: none before the first restart, then `base` doubling up to `cap`. */
export interface BackoffPolicy {
  /** First delay, milliseconds. */
  readonly base: number;
  /** Longest delay, milliseconds. */
  readonly cap: number;
}

export interface Backoff {
  /** Delay before the next restart, milliseconds. */
  readonly delay: number;
  /** When the delay was last raised, milliseconds since the epoch. */
  readonly raisedAt: number;
}

/** Kubelet's numbers: 10 s, doubling, at most 5 minutes. */
export const KUBELET_BACKOFF: BackoffPolicy = { base: 10_000, cap: 300_000 };

/** When something that ended at `endedAt` may start again; a calm period of twice the cap forgives. */
export function mayStartAt(backoff: Backoff | undefined, endedAt: number, policy: BackoffPolicy): number {
  if (backoff === undefined || isForgiven(backoff, endedAt, policy)) return endedAt;
  return endedAt + backoff.delay;
}

/** The back-off after one more restart at `now`, of something that ended at `endedAt`. */
export function raised(
  backoff: Backoff | undefined,
  endedAt: number,
  now: number,
  policy: BackoffPolicy,
): Backoff {
  if (backoff === undefined || isForgiven(backoff, endedAt, policy))
    return { delay: policy.base, raisedAt: now };
  return { delay: Math.min(backoff.delay * 2, policy.cap), raisedAt: now };
}

function isForgiven(backoff: Backoff, endedAt: number, policy: BackoffPolicy): boolean {
  return endedAt - backoff.raisedAt > 2 * policy.cap;
}
