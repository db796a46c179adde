// Exact sums over samples. Leaves (64 aligned samples) may arrive in any order and from any worker: as integers, their
// sums are the same bits.
import type { Leaf__Output } from '#proto/gen/twinward/v1/Leaf.ts';
import { toFixedPoint } from './fixed-point.ts';

/** Names of the sums of a cell, in stored order. N = count, A = compensator, d… = paired difference to scenario 0. */
export const sumNames = ['sN', 'sA', 'sNn', 'sAa', 'sNa', 'dN', 'dA', 'dNn', 'dAa', 'dNa'] as const;

/** Sums of one scenario × outcome × horizon over the samples of one ensemble member. */
export interface Moments {
  readonly n: number;
  readonly ineligible: number;
  /** In the order of `sumNames`, in units of 2^-40. */
  readonly sums: readonly bigint[];
}

/** Sizes of the grid that a cell is addressed in. */
export interface Shape {
  readonly scenarios: number;
  readonly outcomes: number;
  readonly horizons: number;
}

/** Sums per member, cells in scenario-major, then outcome, then horizon order. */
export type MemberMoments = ReadonlyMap<number, readonly Moments[]>;

/** No samples. */
export const noMoments: Moments = { n: 0, ineligible: 0, sums: sumNames.map(() => 0n) };

/** The sum of two sums. */
export function addMoments(a: Moments, b: Moments): Moments {
  return {
    n: a.n + b.n,
    ineligible: a.ineligible + b.ineligible,
    sums: a.sums.map((sum, index) => sum + (b.sums[index] ?? 0n)),
  };
}

/** Position of a cell in the grid. */
export function cellIndex(shape: Shape, scenario: number, outcome: number, horizon: number): number {
  return (scenario * shape.outcomes + outcome) * shape.horizons + horizon;
}

/** How many cells a grid has. */
export function cellCount(shape: Shape): number {
  return shape.scenarios * shape.outcomes * shape.horizons;
}

/** Leaves merged. Throws RangeError when a cell lies outside the grid, is missing, or a sum is not finite. */
export function mergeLeaves(leaves: readonly Leaf__Output[], shape: Shape): MemberMoments {
  const members = new Map<number, Moments[]>();
  for (const leaf of leaves) {
    const cells = members.get(leaf.member) ?? Array.from({ length: cellCount(shape) }, () => noMoments);
    if (leaf.cells.length !== cells.length)
      throw new RangeError('a leaf does not hold every cell of the grid once');
    for (const cell of leaf.cells) {
      const index = cellIndex(shape, cell.scenario, cell.outcome, cell.horizon);
      const before = cells[index];
      if (before === undefined) throw new RangeError('a leaf holds a cell outside the grid');
      const sums = sumNames.map((name) => toFixedPoint(cell[name]));
      cells[index] = addMoments(before, { n: cell.n, ineligible: cell.ineligible, sums });
    }
    members.set(leaf.member, cells);
  }
  return members;
}

/** Sums of two disjoint sets of samples of one subject. */
export function addMembers(a: MemberMoments, b: MemberMoments): MemberMoments {
  const sum = new Map(a);
  for (const [member, cells] of b) {
    const before = sum.get(member);
    sum.set(
      member,
      before === undefined ? cells : before.map((cell, index) => addMoments(cell, cells[index] ?? noMoments)),
    );
  }
  return sum;
}

/** The sums of one cell over all members. */
export function pooled(members: MemberMoments, index: number): Moments {
  return [...members.values()].reduce((sum, cells) => addMoments(sum, cells[index] ?? noMoments), noMoments);
}

/** The same samples under whichever leaf layout have the same ranges: whether they cover [from, to) exactly once. */
export function coversExactly(
  ranges: readonly { readonly from: number; readonly to: number }[],
  from: number,
  to: number,
): boolean {
  const sorted = [...ranges].sort((a, b) => a.from - b.from);
  let next = from;
  for (const range of sorted) {
    if (range.from !== next || range.to <= range.from) return false;
    next = range.to;
  }
  return next === to;
}
