import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  daysOld,
  interval,
  outcomeTitle,
  percent,
  points,
  probability,
  sentence,
  signed,
  span,
  words,
} from './figures.ts';

const cases: readonly [given: string, want: string][] = [
  [percent(0.1234), '12.3 %'],
  [interval(0.1, 0.2), '10.0 % to 20.0 %'],
  [points(0.021), '+2.1 points'],
  [points(-0.021), '−2.1 points'],
  [points(-0.0001), '0.0 points'],
  [signed(-0.5), '−0.50'],
  [signed(0.5), '+0.50'],
  [span(5 * 365.25), '5 years'],
  [span(365), '1 year'],
  [span(548), '1.5 years'],
  [span(30), '30 days'],
  [span(1), '1 day'],
  [daysOld(0.2), 'today'],
  [daysOld(1), '1 day'],
  [daysOld(40.4), '40 days'],
  [daysOld(2_884), '7.9 years'],
  [outcomeTitle('mi'), 'MI'],
  [outcomeTitle('type2-diabetes'), 'type2 diabetes'],
  [sentence('low coverage'), 'Low coverage.'],
  [sentence('Trust it less.'), 'Trust it less.'],
  [probability(0.0004), 'less than 0.001'],
  [probability(0.8), '0.800'],
  [words('BINDING_STATE_AWAITING_SUBJECT'), 'awaiting subject'],
  [words('FRESHNESS_STALE'), 'stale'],
  [words('ForecastFailed'), 'forecast failed'],
  [words('heart-failure'), 'heart failure'],
];

describe('figures in words', () => {
  for (const [given, want] of cases) it(want, () => assert.equal(given, want));
});
