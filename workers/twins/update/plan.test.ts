import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DescribeResponse__Output } from '#proto/gen/twinward/v1/DescribeResponse.ts';
import type { History } from './history.ts';
import { historyObstacle, wishOf } from './plan.ts';
import { nextRun } from './sweep.ts';

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
  interventions: [],
  outcomes: [
    { name: 'mi', title: '', calibrated: true, recurrent: false, logitSd: 0 },
    { name: 'gout', title: '', calibrated: false, recurrent: false, logitSd: 0 },
  ],
};

describe('wishOf', () => {
  it('asks for the calibrated outcomes at five years when none are named', () => {
    const wish = wishOf(model, []);
    assert.deepEqual('outcomes' in wish && [wish.outcomes, wish.horizonsDays], [['mi'], [1_826.25]]);
  });
  it('makes one grid of all horizons, and reports the asked pairs only', () => {
    const wish = wishOf(model, [
      { name: 'mi', horizon: 'P10Y' },
      { name: 'gout', horizon: 'P1Y' },
    ]);
    assert.ok('pairs' in wish);
    assert.deepEqual(wish.horizonsDays, [365.25, 3_652.5]);
    assert.equal(wish.pairs.has('mi|365.25'), false);
    assert.ok(wish.pairs.has('gout|365.25') && wish.pairs.has('death|3652.5'));
  });
  const refused = [
    { name: 'an unknown outcome', given: [{ name: 'stroke', horizon: 'P5Y' }], want: 'OUTCOME_NOT_MODELLED' },
    {
      name: 'a horizon beyond the model',
      given: [{ name: 'mi', horizon: 'P30Y' }],
      want: 'HORIZON_TOO_LONG',
    },
    { name: 'a horizon that is none', given: [{ name: 'mi', horizon: 'soon' }], want: 'BAD_SPEC' },
    {
      name: 'more than eight horizons',
      given: Array.from({ length: 9 }, (_, i) => ({ name: 'mi', horizon: `P${i + 1}M` })),
      want: 'BAD_SPEC',
    },
  ];
  for (const { name, given, want } of refused) {
    it(`refuses ${name}`, () => {
      const wish = wishOf(model, given);
      assert.equal('reason' in wish && wish.reason, want);
    });
  }
});

describe('historyObstacle', () => {
  const history: History = {
    ageDays: 20_000,
    sex: 'SEX_MALE',
    dead: false,
    observedFromDays: -10,
    events: [],
  };
  it('lets a history pass', () => assert.equal(historyObstacle(history), undefined));
  it('asks for a birth date', () =>
    assert.equal(historyObstacle({ ...history, ageDays: undefined })?.reason, 'BIRTH_DATE_UNKNOWN'));
  it('says the same of the dead as of anybody whom the model does not cover', () => {
    assert.deepEqual(
      historyObstacle({ ...history, dead: true }),
      historyObstacle({ ...history, ageDays: -1 }),
    );
    assert.doesNotMatch(historyObstacle({ ...history, dead: true })?.message ?? '', /dea|die/);
  });
});

describe('nextRun', () => {
  const given = (cron: string, timeZone: string) => ({
    spec: {
      sources: [],
      models: [],
      outcomes: [],
      updateMode: 'Schedule',
      debounceSeconds: 0,
      cron,
      timeZone,
      deletionPolicy: '',
    },
  });
  it('knows time zones', () => {
    assert.equal(
      nextRun(given('0 4 * * *', 'Europe/Zurich'), new Date('2026-07-01T00:00:00Z'))?.toISOString(),
      '2026-07-01T02:00:00.000Z',
    );
  });
  it('is undefined for a schedule that is none', () =>
    assert.equal(nextRun(given('often', ''), new Date()), undefined));
});
