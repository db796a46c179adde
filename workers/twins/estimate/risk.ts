// The estimator. N counts an outcome in a sample, A is its integrated hazard, and N - A has mean zero: the mean of
// N - c(N - A) with c = Cov(N, N - A) / Var(N - A) is never worse than either alone.
import { fromFixedPoint } from './fixed-point.ts';
import { linearInterval, riskInterval } from './interval.ts';
import { type MemberMoments, type Moments, noMoments, pooled } from './moments.ts';

/** A mean with the variance of that mean. */
export interface Mean {
  readonly value: number;
  readonly variance: number;
}

/** An estimate with its interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Standard error from the finite number of samples. */
  readonly monteCarloError: number;
}

/** Level of all intervals. */
export const level = 0.9;

/** Offsets of the sums of a quantity: of the scenario itself, or of its paired difference. */
const own = 0;
const paired = 5;

/** Mean of a quantity over the samples of a cell. */
function controlled(moments: Moments, offset: number): Mean {
  const { n } = moments;
  if (n === 0) return { value: 0, variance: 0 };
  const [sN = 0, sA = 0, sNn = 0, sAa = 0, sNa = 0] = moments.sums
    .slice(offset, offset + 5)
    .map(fromFixedPoint);
  const meanN = sN / n;
  const meanA = sA / n;
  const varN = Math.max(0, sNn / n - meanN * meanN);
  const varA = Math.max(0, sAa / n - meanA * meanA);
  const covNA = sNa / n - meanN * meanA;
  const varD = Math.max(0, varN + varA - 2 * covNA);
  const covND = varN - covNA;
  const c = coefficient(meanN, varN, covND, varD);
  const variance = Math.max(0, varN - 2 * c * covND + c * c * varD);
  const value = meanN - c * (meanN - meanA);
  const freedom = Math.max(1, n - 1);
  if (varN > 0 || meanN === 0 || varD === 0) return { value, variance: variance / freedom };
  // The same in every sample is not yet certain: by Laplace's rule for n of n, or by the hazard where that knows more.
  return { value, variance: Math.min((n + 2) ** -2, (meanN - meanA) ** 2 + varA / freedom) };
}

/**
 * How much of N - A is taken off. Where the outcome never happened in the samples the fitted value would be 0 and the
 * estimate 0 for certain, which is biased by as much as (1 - p)^n; the hazard alone is unbiased and knows more.
 */
function coefficient(meanN: number, varN: number, covND: number, varD: number): number {
  if (varD === 0) return 0;
  if (varN === 0) return meanN === 0 ? 1 : 0;
  return covND / varD;
}

/** Mean count of a cell. */
export function meanOf(moments: Moments): Mean {
  return controlled(moments, own);
}

/** Mean paired difference of a cell to scenario 0; exactly 0 when no sample differs. */
export function differenceOf(moments: Moments): Mean {
  return controlled(moments, paired);
}

/** Bounds that an estimate is kept in. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** Of a risk; of an expected count; of a difference of risks; of a difference of counts. */
export const riskBounds: Bounds = { least: 0, most: 1 };
export const countBounds: Bounds = { least: 0, most: Number.MAX_VALUE };
export const differenceBounds: Bounds = { least: -1, most: 1 };
export const countDifferenceBounds: Bounds = { least: -Number.MAX_VALUE, most: Number.MAX_VALUE };

/** How an estimate is bounded and how wide its interval is. */
export interface EstimateOptions {
  /** Inflation of intervals that hold parameter error. */
  readonly kappa: number;
  /** Error of the bundle's risk of the outcome on the logit scale; 0 = unknown. Says nothing of differences and counts. */
  readonly logitSd: number;
  /** The paired difference to scenario 0 instead of the scenario itself. */
  readonly difference: boolean;
  readonly bounds: Bounds;
}

/** The estimate of one cell of one subject. */
export function estimate(members: MemberMoments, index: number, options: EstimateOptions): Estimate {
  const quantity = options.difference ? differenceOf : meanOf;
  const values = [...members]
    .sort(([a], [b]) => a - b)
    .map(([, cells]) => quantity(cells[index] ?? noMoments).value);
  return combine(quantity(pooled(members, index)), values, options);
}

/** An estimate from the pooled mean and the value of every ensemble member, in the order of the members. */
export function combine(mean: Mean, members: readonly number[], options: EstimateOptions): Estimate {
  const { bounds, difference, kappa, logitSd } = options;
  const { variance } = mean;
  const value = clamp(mean.value, bounds);
  const isRisk = !difference && bounds.most === 1;
  const { low, high } = isRisk
    ? riskInterval({ value, variance, members, logitSd, kappa })
    : linearInterval({ value: mean.value, variance, members, kappa });
  return {
    value,
    low: clamp(low, bounds),
    high: clamp(high, bounds),
    monteCarloError: Math.sqrt(variance),
  };
}

function clamp(value: number, { least, most }: Bounds): number {
  return Math.min(most, Math.max(least, value)) + 0;
}
