/** Time as a parameter, so that a test never waits. Units are milliseconds unless a name says otherwise. */
export interface Clock {
  /** Wall-clock time, for what leaves the process; it may jump. */
  now(): Date;
  /** Milliseconds that only grow, for measuring and for leases. */
  monotonic(): number;
  /** Calls `run` once after `milliseconds`; the returned function cancels it. */
  schedule(milliseconds: number, run: () => void): () => void;
}

/** A source of numbers in [0, 1). */
export type Random = () => number;

const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** The clock of the machine. Its timers keep the process alive. */
export function systemClock(): Clock {
  return {
    now: () => new Date(),
    monotonic: () => performance.now(),
    schedule: (milliseconds, run) => {
      const timer = setTimeout(run, Math.min(Math.max(0, milliseconds), LONGEST_TIMEOUT));
      return () => clearTimeout(timer);
    },
  };
}

/** Resolves after `milliseconds`, or at once when `signal` is aborted (it does not throw then). */
export function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const wake = (): void => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    const cancel = clock.schedule(milliseconds, wake);
    const onAbort = (): void => {
      cancel();
      resolve();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
