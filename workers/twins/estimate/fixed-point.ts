// Sums that do not depend on their order: floats become integers in units of 2^-40 before they are added.

const scale = 2 ** 40;

/** The integer nearest to `value` × 2^40. Throws RangeError when it is not finite. */
export function toFixedPoint(value: number): bigint {
  const scaled = value * scale;
  if (!Number.isFinite(scaled)) throw new RangeError('a sum is not finite');
  return BigInt(Math.round(scaled));
}

/** The float nearest to an integer in units of 2^-40. */
export function fromFixedPoint(value: bigint): number {
  return Number(value) / scale;
}
