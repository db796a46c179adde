import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Leaf__Output } from '#proto/gen/twinward/v1/Leaf.ts';
import { toFixedPoint } from './fixed-point.ts';
import { addMembers, coversExactly, mergeLeaves, pooled, type Shape } from './moments.ts';
import { differenceBounds, estimate, riskBounds } from './risk.ts';

const shape: Shape = { scenarios: 2, outcomes: 1, horizons: 1 };
const options = { kappa: 1.3, logitSd: 0, difference: false, bounds: riskBounds };

interface Sample {
  readonly n: number;
  readonly a: number;
}

/** A leaf over paired samples of two scenarios. */
function leaf(from: number, base: readonly Sample[], other: readonly Sample[], member = 0): Leaf__Output {
  const cell = (scenario: number, samples: readonly Sample[]) => {
    const sum = (f: (sample: Sample, paired: Sample) => number): number =>
      samples.reduce((total, sample, index) => total + f(sample, base[index] ?? { n: 0, a: 0 }), 0);
    return {
      scenario,
      outcome: 0,
      horizon: 0,
      n: samples.length,
      ineligible: 0,
      sN: sum((s) => s.n),
      sA: sum((s) => s.a),
      sNn: sum((s) => s.n ** 2),
      sAa: sum((s) => s.a ** 2),
      sNa: sum((s) => s.n * s.a),
      dN: sum((s, b) => s.n - b.n),
      dA: sum((s, b) => s.a - b.a),
      dNn: sum((s, b) => (s.n - b.n) ** 2),
      dAa: sum((s, b) => (s.a - b.a) ** 2),
      dNa: sum((s, b) => (s.n - b.n) * (s.a - b.a)),
    };
  };
  return {
    range: { from, to: from + base.length },
    member,
    cells: [cell(0, base), cell(1, other)],
    paths: null,
  };
}

/** Exponential event times: A is the integrated hazard up to the event or the end. */
function exponential(rate: number, count: number, draw: () => number): readonly Sample[] {
  return Array.from({ length: count }, () => {
    const time = -Math.log1p(-draw()) / rate;
    return { n: time <= 1 ? 1 : 0, a: rate * Math.min(1, time) };
  });
}

function lcg(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

describe('mergeLeaves', () => {
  it('gives the same bits in any order and any grouping', () => {
    const draw = lcg(7);
    const leaves = Array.from({ length: 12 }, (_, i) =>
      leaf(i * 64, exponential(0.3, 64, draw), exponential(0.2, 64, draw), i % 3),
    );
    const whole = mergeLeaves(leaves, shape);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(leaves, { minLength: 12 }),
        fc.integer({ min: 0, max: 12 }),
        (order, cut) => {
          const parts = addMembers(
            mergeLeaves(order.slice(0, cut), shape),
            mergeLeaves(order.slice(cut), shape),
          );
          for (const index of [0, 1]) assert.deepEqual(pooled(parts, index), pooled(whole, index));
          assert.deepEqual(
            estimate(parts, 1, { ...options, difference: true, bounds: differenceBounds }).value,
            estimate(whole, 1, { ...options, difference: true, bounds: differenceBounds }).value,
          );
        },
      ),
    );
  });
  it('refuses a leaf that misses a cell or has one outside the grid', () => {
    const whole = leaf(0, exponential(0.3, 64, lcg(1)), exponential(0.3, 64, lcg(1)));
    assert.throws(() => mergeLeaves([{ ...whole, cells: whole.cells.slice(1) }], shape), RangeError);
    assert.throws(() => mergeLeaves([whole], { ...shape, scenarios: 1 }), RangeError);
  });
  it('refuses a sum that is not finite', () => assert.throws(() => toFixedPoint(Number.NaN), RangeError));
});

describe('estimate', () => {
  const truth = 1 - Math.exp(-0.3);
  it('finds the risk, with an interval that shrinks with samples', () => {
    const few = mergeLeaves([leaf(0, exponential(0.3, 64, lcg(3)), exponential(0.3, 64, lcg(3)))], shape);
    const many = mergeLeaves(
      Array.from({ length: 64 }, (_, i) =>
        leaf(i * 64, exponential(0.3, 64, lcg(i + 1)), exponential(0.3, 64, lcg(i + 1))),
      ),
      shape,
    );
    const [a, b] = [estimate(few, 0, options), estimate(many, 0, options)];
    assert.ok(Math.abs(b.value - truth) < 0.01, `${b.value} is not ${truth}`);
    assert.ok(b.low < b.value && b.value < b.high && b.high - b.low < (a.high - a.low) / 4);
  });
  it('covers the truth about nine times of ten', () => {
    const hits = Array.from({ length: 400 }, (_, i) => {
      const samples = exponential(0.3, 256, lcg(i * 977 + 5));
      const { low, high } = estimate(mergeLeaves([leaf(0, samples, samples)], shape), 0, options);
      return low <= truth && truth <= high ? 1 : 0;
    }).reduce<number>((sum, hit) => sum + hit, 0);
    assert.ok(hits > 336 && hits < 384, `${hits} of 400`);
  });
  it('beats plain counting', () => {
    const samples = exponential(0.1, 4_096, lcg(11));
    const { monteCarloError } = estimate(mergeLeaves([leaf(0, samples, samples)], shape), 0, options);
    assert.ok(monteCarloError < 0.5 * Math.sqrt((0.095 * 0.905) / 4_096));
  });
  it('says exactly 0 for a scenario that changes nothing', () => {
    const samples = exponential(0.3, 640, lcg(5));
    const difference = estimate(mergeLeaves([leaf(0, samples, samples)], shape), 1, {
      kappa: 1,
      logitSd: 0.2,
      difference: true,
      bounds: differenceBounds,
    });
    assert.deepEqual(difference, { value: 0, low: 0, high: 0, monteCarloError: 0 });
  });
  it('is not biased for a rare outcome that few samples show', () => {
    const risks = Array.from({ length: 500 }, (_, i) => {
      const samples = exponential(0.005, 128, lcg(i * 31 + 9));
      return estimate(mergeLeaves([leaf(0, samples, samples)], shape), 0, options).value;
    });
    const mean = risks.reduce((sum, risk) => sum + risk, 0) / risks.length;
    assert.ok(Math.abs(mean - 0.005) < 0.0005, `${mean}`);
  });
  it('stays between 0 and 1', () => {
    const sure = Array.from({ length: 64 }, (_, i) => ({ n: 1, a: 2 + (i % 5) }));
    const { low, high, value } = estimate(mergeLeaves([leaf(0, sure, sure)], shape), 0, options);
    assert.ok(low >= 0 && high <= 1 && value <= 1);
  });
  it('is wider when ensemble members disagree', () => {
    const leaves = [0.2, 0.3, 0.4].map((rate, member) =>
      leaf(
        member * 64,
        exponential(rate, 64, lcg(member + 1)),
        exponential(rate, 64, lcg(member + 1)),
        member,
      ),
    );
    const one = estimate(
      mergeLeaves(
        leaves.map((each) => ({ ...each, member: 0 })),
        shape,
      ),
      0,
      options,
    );
    const three = estimate(mergeLeaves(leaves, shape), 0, options);
    assert.equal(three.value, one.value);
    assert.ok(three.high - three.low >= one.high - one.low);
  });
});

describe('coversExactly', () => {
  const cases = [
    {
      name: 'whole, out of order',
      given: [
        { from: 64, to: 128 },
        { from: 0, to: 64 },
      ],
      want: true,
    },
    { name: 'a gap', given: [{ from: 0, to: 64 }], want: false },
    {
      name: 'twice',
      given: [
        { from: 0, to: 64 },
        { from: 0, to: 64 },
        { from: 64, to: 128 },
      ],
      want: false,
    },
    {
      name: 'too much',
      given: [
        { from: 0, to: 64 },
        { from: 64, to: 192 },
      ],
      want: false,
    },
  ];
  for (const { name, given, want } of cases) it(name, () => assert.equal(coversExactly(given, 0, 128), want));
});
