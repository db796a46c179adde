import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CELL_SUMS, hasFiniteSums, LeafBuffer, sumLeaf } from './leaf.ts';
import { packLists } from './model.ts';
import type { RolloutPlan } from './plan.ts';

const PLAN: RolloutPlan = {
  key: { k0: 1, k1: 2 },
  ageYears: 60,
  history: {
    ...{
      years: new Float64Array(),
      now: packLists([]),
      set: packLists([]),
      clear: packLists([]),
      initialBag: [],
    },
  },
  scenarios: [{ interventions: [] }, { interventions: [] }],
  horizonsYears: Float64Array.of(1, 5),
  outcomes: Uint16Array.of(3, 7),
  leaves: Uint32Array.of(64),
  priority: 0,
  wantsPaths: false,
};

/** Counts and compensators by a rule of scenario, sample, outcome and horizon. */
const leafOf = (
  rule: (s: number, i: number, o: number, h: number) => readonly [number, number],
): LeafBuffer => {
  const leaf = new LeafBuffer(PLAN, 64);
  for (let path = 0; path < 128; path++) {
    for (let place = 0; place < 4; place++) {
      const [count, hazard] = rule(Math.floor(path / 64), path % 64, Math.floor(place / 2), place % 2);
      leaf.counts[leaf.offset(path) + place] = count;
      leaf.compensators[leaf.offset(path) + place] = hazard;
    }
  }
  return leaf;
};

const cell = (sums: Float64Array, s: number, o: number, h: number): readonly number[] => {
  const at = ((s * 2 + o) * 2 + h) * CELL_SUMS;
  return [...sums.subarray(at, at + CELL_SUMS)];
};

describe('sums of a leaf', () => {
  it('adds counts, compensators, squares, products and paired differences', () => {
    const leaf = leafOf((s, i, o, h) => [i < 16 * (s + 1) && o === 0 && h === 1 ? 1 : 0, 0.25 * (s + 1) * o]);
    const { sums } = sumLeaf(leaf, PLAN.horizonsYears, Uint8Array.of(0, 0));
    assert.deepEqual(cell(sums, 0, 0, 1), [16, 0, 16, 0, 0, 0, 0, 0, 0, 0]);
    assert.deepEqual(cell(sums, 1, 0, 1), [32, 0, 32, 0, 0, 16, 0, 16, 0, 0]);
    assert.deepEqual(cell(sums, 1, 1, 0), [0, 32, 0, 16, 0, 0, 16, 0, 4, 0]);
  });

  it('reports a complement as what did not happen', () => {
    const leaf = leafOf((_s, i) => [i < 16 ? 1 : 0, 0.25]);
    const { sums } = sumLeaf(leaf, PLAN.horizonsYears, Uint8Array.of(0, 1));
    assert.deepEqual(cell(sums, 0, 1, 0).slice(0, 5), [48, 48, 48, 36, 36]);
    assert.deepEqual(cell(sums, 0, 0, 0).slice(0, 5), [16, 16, 16, 4, 4]);
  });

  it('counts samples whose intervention could not act before the horizon', () => {
    const leaf = leafOf(() => [0, 0]);
    leaf.ineligibleAt[64] = 0.5;
    leaf.ineligibleAt[65] = 3;
    const { ineligible } = sumLeaf(leaf, PLAN.horizonsYears, Uint8Array.of(0, 0));
    assert.deepEqual([...ineligible], [0, 0, 0, 0, 1, 2, 1, 2]);
  });

  it('sums in sample order, so that the bits are those of the order', () => {
    const values = Array.from({ length: 64 }, (_, i) => 1 / (i + 1));
    const leaf = leafOf((_s, i) => [0, values[i] ?? 0]);
    const { sums } = sumLeaf(leaf, PLAN.horizonsYears, Uint8Array.of(0, 0));
    const inOrder = values.reduce((sum, value) => sum + value, 0);
    const reversed = values.toReversed().reduce((sum, value) => sum + value, 0);
    assert.notEqual(inOrder, reversed);
    assert.equal(cell(sums, 0, 0, 0)[1], inOrder);
  });

  it('notices a number that is none', () => {
    assert.equal(hasFiniteSums(leafOf(() => [0, 0.5])), true);
    assert.equal(hasFiniteSums(leafOf((s, i) => [0, s === 1 && i === 63 ? Number.NaN : 0])), false);
  });
});
