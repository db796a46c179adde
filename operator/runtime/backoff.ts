import type { Random } from './clock.ts';

/** Bounds of an exponential back-off, in milliseconds. */
export interface BackoffBounds {
  readonly first: number;
  readonly longest: number;
}

/**
 * The delay in milliseconds before attempt `failures` + 1: doubling from `first`, never above `longest`,
 * and spread over the upper half of that value so that many clients do not come back at once.
 */
export function backoffDelay(bounds: BackoffBounds, failures: number, random: Random): number {
  const ceiling = Math.min(bounds.longest, bounds.first * 2 ** Math.min(failures, 62));
  return ceiling / 2 + (ceiling / 2) * random();
}
