// Pure: per-subject estimates added up as integers, and the figures made from the totals.
import { createHash } from 'node:crypto';
import { type Catalogue, optionsOf } from '../estimate/catalogue.ts';
import { fromFixedPoint, toFixedPoint } from '../estimate/fixed-point.ts';
import {
  cellCount,
  cellIndex,
  type MemberMoments,
  noMoments,
  pooled,
  type Shape,
} from '../estimate/moments.ts';
import {
  combine,
  differenceOf,
  type Estimate,
  type EstimateOptions,
  level,
  type Mean,
  meanOf,
} from '../estimate/risk.ts';
import { outcomesOf, type PinnedSpec } from './spec.ts';

/** Fewest subjects that a figure may be a mean of. */
export const fewestSubjects = 11;

interface CellTotal {
  value: bigint;
  variance: bigint;
  difference: bigint;
  differenceVariance: bigint;
  readonly members: Map<number, { value: bigint; difference: bigint }>;
}

/** Totals over subjects. */
export interface Totals {
  subjects: number;
  readonly cells: readonly CellTotal[];
}

/** Nothing added yet. */
export function emptyTotals(shape: Shape): Totals {
  const cell = (): CellTotal => ({
    value: 0n,
    variance: 0n,
    difference: 0n,
    differenceVariance: 0n,
    members: new Map(),
  });
  return { subjects: 0, cells: Array.from({ length: cellCount(shape) }, cell) };
}

/** Adds one subject. Integers: the order of subjects does not matter. */
export function addSubject(totals: Totals, members: MemberMoments): void {
  totals.subjects += 1;
  totals.cells.forEach((total, index) => {
    const moments = pooled(members, index);
    const own = meanOf(moments);
    const paired = differenceOf(moments);
    total.value += toFixedPoint(own.value);
    total.variance += toFixedPoint(own.variance);
    total.difference += toFixedPoint(paired.value);
    total.differenceVariance += toFixedPoint(paired.variance);
    for (const [member, cells] of members) {
      const before = total.members.get(member) ?? { value: 0n, difference: 0n };
      const cell = cells[index] ?? noMoments;
      total.members.set(member, {
        value: before.value + toFixedPoint(meanOf(cell).value),
        difference: before.difference + toFixedPoint(differenceOf(cell).value),
      });
    }
  });
}

/** Digest over the exact totals. */
export function totalsDigest(totals: Totals): string {
  const cells = totals.cells.map((cell) => [
    [cell.value, cell.variance, cell.difference, cell.differenceVariance].map(String),
    [...cell.members]
      .sort(([a], [b]) => a - b)
      .map(([member, sums]) => [member, String(sums.value), String(sums.difference)]),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([totals.subjects, cells]))
    .digest('hex');
}

/** One figure of a final result. */
export interface FinalFigure {
  readonly scenario: string;
  readonly outcome: string;
  readonly risk: Omit<Estimate, 'monteCarloError'>;
  /** Absent for the baseline. */
  readonly difference?: Omit<Estimate, 'monteCarloError'>;
  readonly calibrated: boolean;
}

/** Level of the intervals of a final result. */
export const finalLevel: number = level;

/** The figures of a run. */
export function finalFigures(totals: Totals, spec: PinnedSpec, catalogue: Catalogue): readonly FinalFigure[] {
  const outcomes = outcomesOf(spec);
  const shape = { scenarios: spec.scenarios.length, outcomes: outcomes.length, horizons: 1 };
  return spec.scenarios.flatMap((scenario, s) =>
    outcomes.map((outcome, o): FinalFigure => {
      const total = totals.cells[cellIndex(shape, s, o, 0)];
      const figure = {
        scenario: scenario.name,
        outcome,
        risk: figureOf(total, totals.subjects, optionsOf(catalogue, outcome, false)),
        calibrated: catalogue.calibrated.includes(outcome),
      };
      if (s === 0) return figure;
      return { ...figure, difference: figureOf(total, totals.subjects, optionsOf(catalogue, outcome, true)) };
    }),
  );
}

function figureOf(
  total: CellTotal | undefined,
  subjects: number,
  options: EstimateOptions,
): Omit<Estimate, 'monteCarloError'> {
  if (total === undefined || subjects === 0) return { value: 0, low: 0, high: 0 };
  const { difference } = options;
  const sum = difference ? total.difference : total.value;
  const variance = difference ? total.differenceVariance : total.variance;
  const mean: Mean = {
    value: fromFixedPoint(sum) / subjects,
    variance: fromFixedPoint(variance) / subjects ** 2,
  };
  const members = [...total.members]
    .sort(([a], [b]) => a - b)
    .map(([, sums]) => fromFixedPoint(difference ? sums.difference : sums.value) / subjects);
  const { value, low, high } = combine(mean, members, options);
  return { value, low, high };
}
