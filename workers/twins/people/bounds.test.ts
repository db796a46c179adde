import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CodedError } from '#runtime/errors.ts';
import { requireBounded } from './bounds.ts';

describe('requireBounded', () => {
  const question = {
    ...{ handle: '', model: 'm', horizonsDays: [1_826.25], outcomes: ['mi'], trajectories: 0, seed: 0 },
    scenarios: [{ name: 'usual', interventions: [] }],
  };
  const start = {
    ...{ system: 's', code: 'c', action: 'ACTION_START' as const, atDays: 0 },
    ucum: '',
    hold: false,
    onOutcome: '',
  };
  const refused = [
    { field: 'scenarios', ask: { scenarios: Array(33).fill({ name: 'x', interventions: [] }) } },
    {
      field: 'scenarios[].interventions',
      ask: { scenarios: [{ name: 'x', interventions: Array(65).fill(start) }] },
    },
    { field: 'outcomes', ask: { outcomes: Array<string>(100_000).fill('mi') } },
    { field: 'horizons_days', ask: { horizonsDays: Array<number>(100_000).fill(1) } },
    { field: 'outcomes[]', ask: { outcomes: ['x'.repeat(257)] } },
  ];
  for (const { field, ask } of refused) {
    it(`names ${field} when it is too much`, () => {
      assert.throws(
        () => requireBounded({ ...question, ...ask }),
        (error) =>
          error instanceof CodedError && error.code === 'BAD_REQUEST' && error.message.includes(field),
      );
    });
  }
  it('lets a usual question pass', () => {
    assert.doesNotThrow(() => requireBounded(question));
  });
});
