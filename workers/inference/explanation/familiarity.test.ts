import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { packLists } from '../trajectory/model.ts';
import { logRateOf, oddsPerHazard } from './attribution.ts';
import { judgeHistory, poissonTwoSided } from './familiarity.ts';
import type { Segment } from './leave-one-out.ts';

const close = (actual: number | undefined, wanted: number): void =>
  assert.ok(Math.abs((actual ?? Number.NaN) - wanted) < 1e-9, `${actual} is not ${wanted}`);

describe('a Poisson count as far off', () => {
  // 2 min(P(N <= k), P(N >= k)), at most 1, summed by hand.
  for (const [count, mean, wanted] of [
    [0, 0, 1],
    [0, 3, 0.099574136735],
    [3, 0.1, 0.000309305703],
    [10, 10, 1],
    [25, 10, 0.000093898763],
  ] as const) {
    it(`${count} where ${mean} were expected`, () =>
      assert.ok(Math.abs(poissonTwoSided(count, mean) - wanted) < 1e-9, `${poissonTwoSided(count, mean)}`));
  }
});

describe('a history', () => {
  // Event 0 lights index 0, event 1 lights index 1 and ends the path.
  const events = { count: 2, terminal: Uint8Array.of(0, 1), now: packLists([[0], [1]]) };
  const model = { events } as unknown as Parameters<typeof judgeHistory>[2];
  const segment = (fromYears: number, toYears: number, instant: number, risk = 1): Segment => ({
    ...{ fromYears, toYears, instant },
    atRisk: Float32Array.of(risk, 1),
    spent: Float32Array.of(0.5 * risk, 0.25),
  });
  const instant = (offsetDays: number, position: number) => ({
    ...{ offsetDays, now: [0], bag: [0] },
    sources: [{ index: 0, position }],
  });

  it('counts what happened while it could, and what was expected, death left out', () => {
    const segments = [segment(-3, -2, 0), segment(-2, -1, -1), segment(-1, 0, -1)];
    const judged = judgeHistory(segments, [instant(-730.5, 7)], model, -10);
    assert.equal(judged.observed, 1);
    close(judged.expected, 1.5);
    assert.equal(judged.years, 3);
    assert.equal(judged.latest[0]?.position, 7);
    close(judged.latest[0]?.pit, 1 - Math.exp(-0.5));
  });

  it('counts from the entry into observation on, but waits from before it', () => {
    const segments = [segment(-4, -3, -1), segment(-3, -2, 0), segment(-2, 0, -1)];
    const judged = judgeHistory(segments, [instant(-730.5, 0)], model, -2.5);
    assert.equal(judged.observed, 1);
    close(judged.expected, 0.75);
    close(judged.latest[0]?.pit, 1 - Math.exp(-1));
  });

  it('does not count what could not happen any more', () => {
    const judged = judgeHistory(
      [segment(-2, -1, 0, 0), segment(-1, 0, -1, 0)],
      [instant(-365.25, 0)],
      model,
      -10,
    );
    assert.deepEqual([judged.observed, judged.expected, judged.surprise], [0, 0, 1]);
  });
});

describe('log-odds', () => {
  it('sum the hazards of an outcome that can happen', () => {
    const logs = Float32Array.of(Math.log(0.25), Math.log(0.5), 3);
    const outcomes = packLists([[0, 1, 2], [2]]);
    assert.ok(
      Math.abs((logRateOf(logs, Float32Array.of(1, 1, 0), outcomes, 0) ?? 0) - Math.log(0.75)) < 1e-6,
    );
    assert.equal(logRateOf(logs, Float32Array.of(1, 1, 0), outcomes, 1), undefined);
  });

  it('follow the derivative of logit by log hazard', () => {
    for (const risk of [0.01, 0.2, 0.7]) {
      const hazard = -Math.log(1 - risk);
      const logit = (log: number): number => Math.log(Math.expm1(Math.exp(log)));
      const step = 1e-5;
      const slope = (logit(Math.log(hazard) + step) - logit(Math.log(hazard) - step)) / (2 * step);
      assert.ok(Math.abs(oddsPerHazard(risk, false) - slope) < 1e-6);
    }
    assert.equal(oddsPerHazard(0, false), 1);
    assert.equal(oddsPerHazard(0.5, true), 1);
    assert.ok(Number.isFinite(oddsPerHazard(1, false)));
  });
});
