import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DescribeResponse__Output } from '#proto/gen/twinward/v1/DescribeResponse.ts';
import { catalogueOf, optionsOf } from './catalogue.ts';
import { countBounds, countDifferenceBounds, differenceBounds, riskBounds } from './risk.ts';

const model: DescribeResponse__Output = {
  model: 'm',
  version: '1',
  bundleDigest: 'd',
  task: 'Trajectory',
  engine: 'e',
  replayable: true,
  maxHorizonDays: 3_653,
  minAgeYears: 18,
  maxAgeYears: 100,
  minCoverage: 0.8,
  intendedUse: 'research',
  statement: '',
  members: 1,
  kappa: 1.3,
  outcomes: [
    { name: 'mi', title: '', calibrated: true, recurrent: false, logitSd: 0.2 },
    { name: 'stay', title: '', calibrated: false, recurrent: true, logitSd: 0 },
  ],
  interventions: [],
};

describe('catalogueOf', () => {
  it('keeps what figures need, and no error that is unknown', () =>
    assert.deepEqual(catalogueOf(model), {
      kappa: 1.3,
      calibrated: ['mi'],
      recurrent: ['stay'],
      logitSd: { mi: 0.2 },
    }));
});

describe('optionsOf', () => {
  const cases = [
    { name: 'a risk', given: ['mi', false], want: { logitSd: 0.2, bounds: riskBounds } },
    { name: 'a difference of risks', given: ['mi', true], want: { logitSd: 0.2, bounds: differenceBounds } },
    { name: 'an expected count', given: ['stay', false], want: { logitSd: 0, bounds: countBounds } },
    {
      name: 'a difference of counts',
      given: ['stay', true],
      want: { logitSd: 0, bounds: countDifferenceBounds },
    },
    { name: 'an outcome unheard of', given: ['x', false], want: { logitSd: 0, bounds: riskBounds } },
  ] as const;
  for (const { name, given, want } of cases) {
    it(name, () => {
      const [outcome, difference] = given;
      const options = optionsOf(catalogueOf(model), outcome, difference);
      assert.deepEqual(options, { kappa: 1.3, difference, ...want });
    });
  }
});
