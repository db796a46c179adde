// The estimator. N counts an outcome in a sample, A is its integrated hazard, and N - A has mean zero: the mean of
// N - c(N - A) with c = Cov(N, N - A) / Var(N - A) is never worse than either alone.
import { fromFixedPoint } from './fixed-point.ts';
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
const normalQuantile = 1.6448536269514722;
/** 95 % quantiles of Student's t for 1 to 10 degrees of freedom. */
const tQuantiles = [6.3138, 2.92, 2.3534, 2.1318, 2.015, 1.9432, 1.8946, 1.8595, 1.8331, 1.8125];

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
  return { value: meanN - c * (meanN - meanA), variance: variance / Math.max(1, n - 1) };
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

/** A mean with its Monte-Carlo interval. */
export function withInterval(mean: Mean, bounds: Bounds): Estimate {
  const error = Math.sqrt(mean.variance);
  return {
    value: clamp(mean.value, bounds),
    low: clamp(mean.value - normalQuantile * error, bounds),
    high: clamp(mean.value + normalQuantile * error, bounds),
    monteCarloError: error,
  };
}

function clamp(value: number, { least, most }: Bounds): number {
  return Math.min(most, Math.max(least, value)) + 0;
}

/** How an estimate is bounded and widened. */
export interface EstimateOptions {
  /** Inflation of the parameter interval on the logit scale. */
  readonly kappa: number;
  /** The paired difference to scenario 0 instead of the scenario itself. */
  readonly difference: boolean;
  readonly bounds: Bounds;
}

/** The estimate of one cell of one subject. */
export function estimate(members: MemberMoments, index: number, options: EstimateOptions): Estimate {
  const quantity = options.difference ? differenceOf : meanOf;
  const values = [...members.values()].map((cells) => quantity(cells[index] ?? noMoments).value);
  return combine(quantity(pooled(members, index)), values, options);
}

/**
 * An estimate from the pooled mean and the value of every ensemble member. With one member the interval is Monte-Carlo
 * only; with several it is widened by their spread times `kappa`, a risk on the logit scale.
 */
export function combine(mean: Mean, memberValues: readonly number[], options: EstimateOptions): Estimate {
  const all = withInterval(mean, options.bounds);
  if (memberValues.length < 2) return all;
  const logit = !options.difference && options.bounds.most === 1;
  const half = spread(memberValues, logit) * options.kappa;
  return logit ? widenedOnLogit(all, half) : widened(all, half, options.bounds);
}

/** Half width of the t interval of the mean of the members' values. */
function spread(values: readonly number[], logit: boolean): number {
  const scaled = logit ? values.map(toLogit) : values;
  const mean = scaled.reduce((sum, value) => sum + value, 0) / scaled.length;
  const variance = scaled.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (scaled.length - 1);
  const t = tQuantiles[Math.min(scaled.length - 1, tQuantiles.length) - 1] ?? normalQuantile;
  return t * Math.sqrt(variance / scaled.length);
}

function widenedOnLogit(all: Estimate, half: number): Estimate {
  const centre = toLogit(all.value);
  return {
    ...all,
    low: Math.min(all.low, fromLogit(centre - half)),
    high: Math.max(all.high, fromLogit(centre + half)),
  };
}

function widened(all: Estimate, half: number, bounds: Bounds): Estimate {
  return {
    ...all,
    low: clamp(Math.min(all.low, all.value - half), bounds),
    high: clamp(Math.max(all.high, all.value + half), bounds),
  };
}

function toLogit(risk: number): number {
  const inside = Math.min(1 - 1e-9, Math.max(1e-9, risk));
  return Math.log(inside / (1 - inside));
}

function fromLogit(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
