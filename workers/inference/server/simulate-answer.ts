// Messages of a Simulate stream.
import type { Cell } from '#proto/gen/twinward/v1/Cell.ts';
import type { Coverage } from '#proto/gen/twinward/v1/Coverage.ts';
import type { Leaf } from '#proto/gen/twinward/v1/Leaf.ts';
import type { Output__Output } from '#proto/gen/twinward/v1/Output.ts';
import type { LeafAnswer } from '../engine/messages.ts';
import { CELL_SUMS } from '../trajectory/leaf.ts';
import { LEAF_SAMPLES, type RolloutPlan } from '../trajectory/plan.ts';
import type { CoverageCounts } from '../trajectory/tokenise.ts';

/** Coverage as a message. */
export function coverageMessage({ mapped, ignored, unmapped, badUnit }: CoverageCounts): Coverage {
  return { mapped, ignored, unmapped, badUnit };
}

/** A leaf as a message: cells unless only paths were asked for, paths when they were. */
export function leafMessage(leaf: LeafAnswer, plan: RolloutPlan, output: Output__Output): Leaf {
  const { paths } = leaf;
  return {
    range: { from: leaf.firstSample, to: leaf.firstSample + LEAF_SAMPLES },
    member: leaf.member,
    cells: output === 'OUTPUT_PATHS' ? [] : cellMessages(leaf, plan),
    ...(paths === undefined
      ? {}
      : {
          paths: {
            offsetsU32: paths.offsets,
            scenarioU8: paths.scenarios,
            eventU16: paths.events,
            daysF64: paths.days,
            endU8: paths.ends,
          },
        }),
  };
}

function cellMessages(leaf: LeafAnswer, plan: RolloutPlan): Cell[] {
  const outcomes = plan.outcomes.length;
  const horizons = plan.horizonsYears.length;
  return Array.from({ length: leaf.ineligible.length }, (_, cell) => {
    const at = cell * CELL_SUMS;
    const [sN, sA, sNn, sAa, sNa, dN, dA, dNn, dAa, dNa] = leaf.sums.subarray(at, at + CELL_SUMS);
    return {
      scenario: Math.floor(cell / (outcomes * horizons)),
      outcome: Math.floor(cell / horizons) % outcomes,
      horizon: cell % horizons,
      n: LEAF_SAMPLES,
      ...definedSums({ sN, sA, sNn, sAa, sNa, dN, dA, dNn, dAa, dNa }),
      ineligible: leaf.ineligible[cell] ?? 0,
    };
  });
}

function definedSums<K extends string>(sums: Readonly<Record<K, number | undefined>>): Record<K, number> {
  const defined = Object.entries<number | undefined>(sums).map(
    ([name, value]) => [name, value ?? 0] as const,
  );
  return Object.fromEntries(defined) as Record<K, number>;
}
