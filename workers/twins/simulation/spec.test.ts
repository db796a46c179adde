import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DescribeResponse__Output } from '#proto/gen/twinward/v1/DescribeResponse.ts';
import type { SimulationSpec__Output } from '#proto/gen/twinward/v1/SimulationSpec.ts';
import { fitsAge } from './cohort.ts';
import { fitToModel, pinSpec } from './spec.ts';

const spec: SimulationSpec__Output = {
  model: 'm',
  modelSha256: '',
  subjects: 'cohort',
  horizon: 'P5Y',
  trajectories: 192,
  seed: 7,
  baseline: 'usual',
  outcomes: ['mi', 'death'],
  scenarios: [
    {
      name: 'statin',
      interventions: [{ action: 'Start', system: 's', code: 'c', after: 'P1Y', value: '20', unit: 'mg' }],
    },
    { name: 'usual', interventions: [] },
  ],
};
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
  kappa: 1,
  outcomes: [
    { name: 'mi', title: '', calibrated: true, recurrent: false, logitSd: 0 },
    { name: 'gout', title: '', calibrated: false, recurrent: false, logitSd: 0 },
  ],
  interventions: [{ system: 's', code: 'c', title: '', actions: ['ACTION_START'], effect: 'association' }],
};

function pinned(change: Partial<SimulationSpec__Output> = {}) {
  const result = pinSpec({ ...spec, ...change });
  assert.ok(!('reason' in result));
  return result;
}

describe('pinSpec', () => {
  it('puts the baseline first and turns durations into days', () => {
    const { scenarios, horizonDays, outcomes } = pinned();
    assert.deepEqual(
      scenarios.map((scenario) => scenario.name),
      ['usual', 'statin'],
    );
    assert.deepEqual(scenarios[1]?.interventions, [
      {
        system: 's',
        code: 'c',
        action: 'ACTION_START',
        atDays: 365.25,
        ucum: 'mg',
        number: 20,
        value: 'number',
      },
    ]);
    assert.equal(horizonDays, 1_826.25);
    assert.deepEqual(outcomes, ['mi'], 'death is always answered');
  });
  const refused = [
    { name: 'a horizon that is none', given: { horizon: '5 years' } },
    { name: 'trajectories that are no multiple of 64', given: { trajectories: 200 } },
    { name: 'a baseline that is no scenario', given: { baseline: 'none' } },
    { name: 'a scenario named twice', given: { scenarios: [...spec.scenarios, ...spec.scenarios] } },
    {
      name: 'an action that is none',
      given: {
        scenarios: [
          {
            name: 'usual',
            interventions: [{ action: 'Pause', system: 's', code: 'c', after: '', value: '', unit: '' }],
          },
        ],
      },
    },
    {
      name: 'a value that is no number',
      given: {
        scenarios: [
          {
            name: 'usual',
            interventions: [{ action: 'Set', system: 's', code: 'c', after: '', value: 'much', unit: '' }],
          },
        ],
      },
    },
  ];
  for (const { name, given } of refused) {
    it(`refuses ${name}`, () => {
      const result = pinSpec({ ...spec, ...given });
      assert.ok('reason' in result && result.reason === 'INVALID_SCENARIO' && !result.retryable);
    });
  }
});

describe('fitToModel', () => {
  it('takes the calibrated outcomes when none are named', () => {
    const fitted = fitToModel(pinned({ outcomes: [] }), model);
    assert.deepEqual('outcomes' in fitted && fitted.outcomes, ['mi']);
  });
  const refused = [
    {
      name: 'an outcome that is not modelled',
      given: { outcomes: ['stroke'] },
      want: 'OUTCOME_NOT_MODELLED',
    },
    { name: 'a horizon beyond the model', given: { horizon: 'P30Y' }, want: 'HORIZON_TOO_LONG' },
    {
      name: 'an intervention that the model cannot answer',
      given: {
        baseline: 'usual',
        scenarios: [
          {
            name: 'usual',
            interventions: [{ action: 'Stop', system: 's', code: 'c', after: '', value: '', unit: '' }],
          },
        ],
      },
      want: 'INVALID_SCENARIO',
    },
  ];
  for (const { name, given, want } of refused) {
    it(`refuses ${name}`, () => {
      const result = fitToModel(pinned(given), model);
      assert.equal('reason' in result && result.reason, want);
    });
  }
});

describe('fitsAge', () => {
  const index = Date.parse('2026-06-01T00:00:00Z');
  const cases = [
    { name: 'unknown birth', born: null, least: 0, most: undefined, want: false },
    { name: 'old enough to the day', born: '1986-06-01', least: 40, most: undefined, want: true },
    { name: 'too young by a month', born: '1986-07-01', least: 40, most: undefined, want: false },
    { name: 'in the year of the maximum', born: '1946-01-01', least: 40, most: 80, want: true },
    { name: 'past it', born: '1945-01-01', least: 40, most: 80, want: false },
  ];
  for (const { name, born, least, most, want } of cases) {
    it(name, () => assert.equal(fitsAge(born === null ? null : Date.parse(born), index, least, most), want));
  }
});
