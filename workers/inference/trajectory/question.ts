// What is asked: horizons, outcomes and ranges of samples. Only their names enter the answer; no path depends on them.
import type { SampleRange__Output } from '#proto/gen/twinward/v1/SampleRange.ts';
import { ALWAYS_ANSWERED, type Vocabulary } from '../bundle/vocabulary.ts';
import { CallError } from '../errors.ts';
import { DAYS_PER_YEAR, LEAF_SAMPLES } from './plan.ts';

const MOST_HORIZONS = 8;
const MOST_LEAVES = 65_536;

/** Horizons in years. Throws CallError BAD_RANGE or HORIZON_TOO_LONG. */
export function planHorizons(horizonsDays: readonly number[], maxHorizonDays: number): Float64Array {
  if (horizonsDays.length === 0 || horizonsDays.length > MOST_HORIZONS) {
    throw new CallError('BAD_RANGE', 'horizons_days: ask for 1 to 8 horizons');
  }
  const isAscending = horizonsDays.every(
    (days, at) => Number.isFinite(days) && days > (at === 0 ? 0 : (horizonsDays[at - 1] ?? 0)),
  );
  if (!isAscending) throw new CallError('BAD_RANGE', 'horizons_days must be above 0 and ascending');
  if ((horizonsDays.at(-1) ?? 0) > maxHorizonDays) {
    throw new CallError('HORIZON_TOO_LONG', `horizons_days: this model answers up to ${maxHorizonDays} days`);
  }
  return Float64Array.from(horizonsDays, (days) => days / DAYS_PER_YEAR);
}

/**
 * Outcomes by index, in the order of the answer: those asked for, then death and event-free. Throws CallError
 * OUTCOME_NOT_MODELLED.
 */
export function planOutcomes(vocabulary: Vocabulary, asked: readonly string[]): Uint16Array {
  const always: readonly string[] = ALWAYS_ANSWERED;
  const names = [...new Set(asked.filter((name) => !always.includes(name))), ...always];
  const indices = names.map((name) => vocabulary.outcomes.findIndex((outcome) => outcome.name === name));
  if (indices.includes(-1)) {
    throw new CallError(
      'OUTCOME_NOT_MODELLED',
      'outcomes: this model does not know one of them; ask Describe',
    );
  }
  return Uint16Array.from(indices);
}

/** First sample of each leaf, ascending. Throws CallError BAD_RANGE or REQUEST_TOO_LARGE. */
export function planLeaves(ranges: readonly SampleRange__Output[]): Uint32Array {
  const ordered = ranges.toSorted((one, other) => one.from - other.from);
  const isAligned = ordered.every(
    ({ from, to }) => from % LEAF_SAMPLES === 0 && to % LEAF_SAMPLES === 0 && from < to,
  );
  const isDisjoint = ordered.every(({ from }, at) => at === 0 || from >= (ordered[at - 1]?.to ?? 0));
  if (ranges.length === 0 || !isAligned || !isDisjoint) {
    throw new CallError('BAD_RANGE', 'ranges must be multiples of 64, not empty, and not overlap');
  }
  const leaves = ordered.reduce((sum, { from, to }) => sum + (to - from) / LEAF_SAMPLES, 0);
  if (leaves > MOST_LEAVES)
    throw new CallError('REQUEST_TOO_LARGE', 'ranges: ask for fewer samples per call');
  return Uint32Array.from(
    ordered.flatMap(({ from, to }) =>
      Array.from({ length: (to - from) / LEAF_SAMPLES }, (_, leaf) => from + leaf * LEAF_SAMPLES),
    ),
  );
}

/** Joins leaves, given by their first samples, into ranges. */
export function rangesOf(firstSamples: Iterable<number>): { readonly from: number; readonly to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  for (const from of [...firstSamples].sort((one, other) => one - other)) {
    const last = ranges.at(-1);
    if (last?.to === from) last.to = from + LEAF_SAMPLES;
    else ranges.push({ from, to: from + LEAF_SAMPLES });
  }
  return ranges;
}
