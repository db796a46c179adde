// Ranges of samples, in multiples of 64.
import type { SampleRange__Output } from '#proto/gen/twinward/v1/SampleRange.ts';

/** Samples of a leaf. */
export const LEAF_SAMPLES = 64;

/** What is left of `ranges` when the leaves that begin at `received` are taken out; ascending, joined. */
export function missingRanges(
  ranges: readonly SampleRange__Output[],
  received: ReadonlySet<number>,
): readonly SampleRange__Output[] {
  const missing: { from: number; to: number }[] = [];
  const leaves = ranges.flatMap(({ from, to }) =>
    Array.from({ length: Math.ceil((to - from) / LEAF_SAMPLES) }, (_, leaf) => from + leaf * LEAF_SAMPLES),
  );
  for (const from of leaves.sort((one, other) => one - other)) {
    const last = missing.at(-1);
    if (received.has(from)) continue;
    if (last?.to === from) last.to = from + LEAF_SAMPLES;
    else missing.push({ from, to: from + LEAF_SAMPLES });
  }
  return missing;
}
