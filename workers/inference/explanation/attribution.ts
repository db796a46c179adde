// From log-hazards with and without something to signed contributions. Pure.
import { type IndexLists, listAt } from '../trajectory/model.ts';

/**
 * Log of the summed hazard of an outcome at the index. `logLambda` [K]: log-hazards, per year. `atRisk` [K]: 1 where the
 * event can happen. Undefined when no event of the outcome can.
 */
export function logRateOf(
  logLambda: Float32Array,
  atRisk: Float32Array,
  events: IndexLists,
  outcome: number,
): number | undefined {
  const able = [...listAt(events, outcome)].filter((event) => atRisk[event] === 1);
  if (able.length === 0) return undefined;
  const logs = able.map((event) => logLambda[event] ?? Number.NEGATIVE_INFINITY);
  const highest = Math.max(...logs);
  return highest + Math.log(logs.reduce((sum, value) => sum + Math.exp(value - highest), 0));
}

/**
 * How much the log-odds of a risk P change per unit of the log-hazard, first order: with P = 1 - exp(-L),
 * d logit(P) / d log(L) = L / P, which is 1 for a small risk. A recurrent outcome has a rate instead: 1.
 */
export function oddsPerHazard(risk: number, isRecurrent: boolean): number {
  if (isRecurrent || !(risk > 0)) return 1;
  const bounded = Math.min(risk, 1 - 1e-9);
  return -Math.log1p(-bounded) / bounded;
}

/** The largest `most` by size, in that order; equal ones keep theirs. */
export function largest<T extends { readonly logOdds: number }>(
  contributions: readonly T[],
  most: number,
): readonly T[] {
  return contributions
    .filter(({ logOdds }) => logOdds !== 0)
    .toSorted((one, other) => Math.abs(other.logOdds) - Math.abs(one.logOdds))
    .slice(0, most);
}
