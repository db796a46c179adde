// When to ask again: exponential back-off with jitter, or what the server asked for.
import { isServiceError, pushbackTrailer } from '#proto/status.ts';
import { backoffDelay } from '#runtime/backoff.ts';
import type { Random } from '#runtime/clock.ts';

const BOUNDS = { first: 100, longest: 5_000 } as const;

/** Milliseconds to wait before asking again after `failures` failures in a row, at least what the server asked for. */
export function backoffMs(failures: number, error: unknown, random: Random): number {
  return Math.max(pushbackOf(error), backoffDelay(BOUNDS, failures - 1, random));
}

function pushbackOf(error: unknown): number {
  if (!isServiceError(error)) return 0;
  const value = Number(error.metadata?.get(pushbackTrailer)[0] ?? 0);
  return Number.isFinite(value) ? Math.min(Math.max(0, value), BOUNDS.longest) : 0;
}
