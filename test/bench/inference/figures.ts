// Figures of interleaved rounds: medians, and the median of the ratios round by round, which holds when a machine's
// speed drifts.

/** What one measurement gave. */
export interface Measure {
  readonly rows: number;
  readonly events: number;
  /** CPU and wall seconds. */
  readonly cpu: number;
  readonly wall: number;
}

/** The median; NaN of nothing. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** A quantile by the nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const ordered = values.toSorted((one, other) => one - other);
  return ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))] ?? Number.NaN;
}

/** Median of `one / other`, pair by pair. */
export function ratio(one: readonly number[], other: readonly number[]): number {
  return median(one.map((value, at) => value / (other[at] ?? Number.NaN)));
}

/** A number for people. */
export function plain(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2);
}

/** Prints a line: what, figure, and what it is compared with. */
export function line(what: string, figure: string, target = ''): void {
  console.log(`${what.padEnd(62)} ${figure.padStart(18)}  ${target}`.trimEnd());
}
