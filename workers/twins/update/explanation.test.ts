import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExplainResponse__Output } from '#proto/gen/twinward/v1/ExplainResponse.ts';
import { explained, explainedHorizon, explainRequest } from './explanation.ts';
import type { History } from './history.ts';

const history: History = {
  ageDays: 20_000,
  sex: 'SEX_FEMALE',
  dead: false,
  observedFromDays: -900,
  events: [
    { system: 's', code: 'a', offsetDays: -900, action: 'ACTION_OCCUR' },
    { system: 's', code: 'b', offsetDays: -12.5, action: 'ACTION_START' },
  ],
};
const figure = (outcome: string, horizonDays: number) => ({
  outcome,
  horizonDays,
  risk: horizonDays / 10_000,
});

describe('what is explained', () => {
  it('is the horizon nearest to five years, and never the survival without events', () => {
    const figures = [
      figure('mi', 365),
      figure('mi', 2_000),
      figure('event-free', 2_000),
      figure('stroke', 365),
    ];
    assert.equal(explainedHorizon(figures), 2_000);
    const request = explainRequest('trajectory', 'd1', history, figures);
    assert.deepEqual(request?.risks, [{ outcome: 'mi', risk: 0.2 }]);
    assert.deepEqual(
      [request?.model, request?.bundleDigest, request?.ageAtIndexDays, request?.observedFromDays],
      ['trajectory', 'd1', 20_000, -900],
    );
    assert.equal(explainRequest('trajectory', 'd1', history, [figure('event-free', 365)]), undefined);
    assert.equal(explainRequest('trajectory', 'd1', history, []), undefined);
  });
});

describe('an answer', () => {
  const contribution = (positions: number[], logOdds: number) => ({
    part: 'CONTRIBUTION_PART_HOLDS' as const,
    title: 'thing',
    history: positions,
    logOdds,
  });
  const answer: ExplainResponse__Output = {
    bundleDigest: 'd1',
    engine: 'e',
    coverage: null,
    outcomes: [
      {
        outcome: 'mi',
        atRisk: true,
        contributions: [contribution([1], -0.4), contribution([], 0.1), contribution([7], 0)],
      },
    ],
    familiarity: {
      ...{ observed: 3, expected: 2.5, surprise: 0.9, years: 2 },
      latest: [{ history: 0, pit: 0.25 }],
      flags: [{ reason: 'SHORT_HISTORY', message: 'm' }],
    },
  };

  it('names the events of the record', () => {
    const { contributions, fit } = explained(answer, history);
    const event = { system: 's', code: 'b', offsetDays: -12.5, action: 'ACTION_START' };
    assert.deepEqual(
      contributions.get('mi')?.map(({ events, logOdds }) => [events, logOdds]),
      [
        [[event], -0.4],
        [[], 0.1],
        [[], 0],
      ],
    );
    assert.deepEqual(
      fit.latest.map(({ event: { code }, pit }) => [code, pit]),
      [['a', 0.25]],
    );
    assert.equal(fit.dataAgeDays, 12.5);
    assert.deepEqual(fit.flags, [{ reason: 'SHORT_HISTORY', message: 'm' }]);
  });

  it('has no age of data without data', () => {
    assert.equal(explained(answer, { ...history, events: [] }).fit.dataAgeDays, undefined);
  });
});
