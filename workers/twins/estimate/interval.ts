// Pure: the 90 % interval of a figure, from what is known of its errors.
//
// A risk has two: Monte-Carlo error (mc) from the finite number of samples, and parameter error from the data that the
// model was fitted on. Both are taken on the logit scale, where mc is its standard error divided by p(1 - p):
//   one member        logit(p) ± 1.645 · kappa · sqrt(mc² + logitSd²)     logitSd: error of the bundle, as it was measured
//   several members   logit(p) ± t · kappa · sqrt(mc² + s²)               s: standard deviation between the members
// and the wider of the two where both are known. Members are fits to resampled persons: s is the standard error of one
// fit and does not shrink with their number; t has members - 1 degrees of freedom. Where no parameter error is known
// (one member, logitSd 0) there is nothing to inflate: the interval is Monte-Carlo only, without kappa.
//
// Parameter error is the same in all subjects. It goes on the logit of the mean risk of a cohort at full size: that is
// never less than the change of the mean when every subject moves by as much, since the mean of p(1 - p) is at most
// that of the mean.
//
// logitSd is measured on risks. Expected counts, and paired differences, in which most of it cancels, have Monte-Carlo
// error and the spread between members on their own scale.

/** What an interval is made from. */
export interface Errors {
  /** The estimate. */
  readonly value: number;
  /** Monte-Carlo variance of the estimate. */
  readonly variance: number;
  /** The estimate of each ensemble member alone; fewer than two say nothing of the parameters. */
  readonly members: readonly number[];
  /** Error of the bundle's risk on the logit scale, as a standard deviation; 0 = unknown. */
  readonly logitSd: number;
  /** Inflation of intervals that hold parameter error; below 1 counts as 1. */
  readonly kappa: number;
}

/** An interval at 90 %. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

const normalQuantile = 1.6448536269514722;
/** 95 % quantiles of Student's t for 1 to 31 degrees of freedom: a bundle has at most 32 members. */
const tQuantiles = [
  6.3138, 2.92, 2.3534, 2.1318, 2.015, 1.9432, 1.8946, 1.8595, 1.8331, 1.8125, 1.7959, 1.7823, 1.7709, 1.7613,
  1.7531, 1.7459, 1.7396, 1.7341, 1.7291, 1.7247, 1.7207, 1.7171, 1.7139, 1.7109, 1.7081, 1.7056, 1.7033,
  1.7011, 1.6991, 1.6973, 1.6955,
];
/** Nearest that the logit of a risk is taken to 0 or 1. */
const nearest = 1e-15;

/** The interval of a risk. It holds the risk and lies within 0 to 1; a risk of 0 or 1 without any error is a point. */
export function riskInterval({ value, variance, members, logitSd, kappa }: Errors): Interval {
  const error = Math.min(0.5, Math.sqrt(variance));
  const risk = between(value, 0, 1);
  if (error === 0 && (risk === 0 || risk === 1)) return { low: risk, high: risk };
  // Nearer to 0 or 1 than its own Monte-Carlo error, a risk is not told from one at that distance.
  const margin = Math.max(error, nearest);
  const inside = (each: number): number => between(each, margin, 1 - margin);
  const centre = inside(risk);
  const half = halfWidth({
    monteCarlo: error / (centre * (1 - centre)),
    known: logitSd,
    members: members.map((each) => logit(inside(each))),
    kappa,
  });
  return {
    low: Math.min(risk, expit(logit(centre) - half)),
    high: Math.max(risk, expit(logit(centre) + half)),
  };
}

/** The interval of an expected count or of a paired difference, on its own scale and not yet bounded. */
export function linearInterval({ value, variance, members, kappa }: Omit<Errors, 'logitSd'>): Interval {
  const half = halfWidth({ monteCarlo: Math.sqrt(variance), known: 0, members, kappa });
  return { low: value - half, high: value + half };
}

/** Half width on the scale on which all errors are given. */
function halfWidth(errors: {
  readonly monteCarlo: number;
  readonly known: number;
  readonly members: readonly number[];
  readonly kappa: number;
}): number {
  const { monteCarlo, known, members } = errors;
  const kappa = Math.max(1, errors.kappa);
  const single = normalQuantile * (known > 0 ? kappa : 1) * Math.hypot(monteCarlo, known);
  if (members.length < 2) return single;
  const t = tQuantiles[members.length - 2] ?? normalQuantile;
  return Math.max(single, t * kappa * Math.hypot(monteCarlo, deviation(members)));
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

function between(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

function logit(risk: number): number {
  return Math.log(risk) - Math.log1p(-risk);
}

function expit(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
