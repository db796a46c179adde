// A leaf: 64 aligned samples of all scenarios. Counts N and compensators A of every path are kept, and summed in
// sample order in float64 once all paths have ended: sums are not associative.
import type { RolloutPlan } from './plan.ts';
import { LEAF_SAMPLES } from './plan.ts';

/** Sums of a cell, in the order of the fields of the message Cell. */
export const CELL_SUMS = 10;

/** The finished sums of a leaf: scenario-major, then outcome, then horizon. */
export interface LeafSums {
  /** CELL_SUMS numbers per cell: n a nn aa na, then the paired differences to scenario 0. */
  readonly sums: Float64Array;
  /** Samples per cell in which an intervention could not act. */
  readonly ineligible: Uint32Array;
}

/** One path: which event, when (days from the index). */
export interface PathRecord {
  readonly events: number[];
  readonly days: number[];
  end: number;
}

/** How a path ended: at the longest horizon, or by death. */
export const PathEnd = { Horizon: 1, Death: 2 } as const;

/** Counts and compensators of the paths of a leaf. A path is `scenario * 64 + sample`. */
export class LeafBuffer {
  readonly firstSample: number;
  readonly scenarios: number;
  readonly outcomes: number;
  readonly horizons: number;
  readonly counts: Float64Array;
  readonly compensators: Float64Array;
  /** Years from the index of the first intervention that could not act; Infinity = all could. */
  readonly ineligibleAt: Float64Array;
  readonly paths: readonly PathRecord[] | undefined;

  constructor(plan: RolloutPlan, firstSample: number) {
    this.firstSample = firstSample;
    this.scenarios = plan.scenarios.length;
    this.outcomes = plan.outcomes.length;
    this.horizons = plan.horizonsYears.length;
    const paths = this.scenarios * LEAF_SAMPLES;
    this.counts = new Float64Array(paths * this.outcomes * this.horizons);
    this.compensators = new Float64Array(this.counts.length);
    this.ineligibleAt = new Float64Array(paths).fill(Infinity);
    this.paths = plan.wantsPaths
      ? Array.from({ length: paths }, () => ({ events: [], days: [], end: 0 }))
      : undefined;
  }

  /** Where the cells of a path begin in counts and compensators. */
  offset(path: number): number {
    return path * this.outcomes * this.horizons;
  }
}

/** Whether every count and compensator is a finite number. */
export function hasFiniteSums(leaf: LeafBuffer): boolean {
  return leaf.compensators.every(Number.isFinite);
}

/**
 * Sums of a leaf whose paths have all ended. `complement[o]` = 1 turns an outcome into its absence (1 - N, 1 - A),
 * whose difference N - A still has mean zero.
 */
export function sumLeaf(leaf: LeafBuffer, horizonsYears: Float64Array, complement: Uint8Array): LeafSums {
  const cells = leaf.scenarios * leaf.outcomes * leaf.horizons;
  const sums = new Float64Array(cells * CELL_SUMS);
  const ineligible = new Uint32Array(cells);
  let cell = 0;
  for (let scenario = 0; scenario < leaf.scenarios; scenario++) {
    for (let outcome = 0; outcome < leaf.outcomes; outcome++) {
      const flip = complement[outcome] === 1;
      for (let horizon = 0; horizon < leaf.horizons; horizon++) {
        sumCell(leaf, scenario, outcome * leaf.horizons + horizon, flip, sums.subarray(cell * CELL_SUMS));
        ineligible[cell] = countIneligible(leaf, scenario, horizonsYears[horizon] ?? 0);
        cell++;
      }
    }
  }
  return { sums, ineligible };
}

function sumCell(leaf: LeafBuffer, scenario: number, place: number, flip: boolean, out: Float64Array): void {
  const stride = leaf.outcomes * leaf.horizons;
  const value = (array: Float64Array, at: number): number => {
    const raw = array[at] ?? 0;
    return flip ? 1 - raw : raw;
  };
  let [n, a, nn, aa, na, dn, da, dnn, daa, dna] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let sample = 0; sample < LEAF_SAMPLES; sample++) {
    const at = (scenario * LEAF_SAMPLES + sample) * stride + place;
    const reference = sample * stride + place;
    const count = value(leaf.counts, at);
    const hazard = value(leaf.compensators, at);
    const countGap = count - value(leaf.counts, reference);
    const hazardGap = hazard - value(leaf.compensators, reference);
    n += count;
    a += hazard;
    nn += count * count;
    aa += hazard * hazard;
    na += count * hazard;
    dn += countGap;
    da += hazardGap;
    dnn += countGap * countGap;
    daa += hazardGap * hazardGap;
    dna += countGap * hazardGap;
  }
  out.set([n, a, nn, aa, na, dn, da, dnn, daa, dna]);
}

function countIneligible(leaf: LeafBuffer, scenario: number, horizonYears: number): number {
  let samples = 0;
  for (let sample = 0; sample < LEAF_SAMPLES; sample++) {
    if ((leaf.ineligibleAt[scenario * LEAF_SAMPLES + sample] ?? Infinity) < horizonYears) samples++;
  }
  return samples;
}
