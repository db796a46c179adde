import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { days, parseDuration, seconds, toDays, tryParseDuration, years } from './duration.ts';

describe('durations', () => {
  const cases = [
    { name: 'a year is 365.25 days', given: 'P5Y', want: 5 * 365.25 },
    { name: 'a month is a twelfth of a year', given: 'P12M', want: 365.25 },
    { name: 'weeks and days add up', given: 'P1W2D', want: 9 },
    { name: 'M after T is minutes', given: 'PT1440M', want: 1 },
    { name: 'fractions count', given: 'P0.5D', want: 0.5 },
  ];
  for (const { name, given, want } of cases) {
    it(name, () => assert.equal(toDays(parseDuration(given)), want));
  }
  for (const bad of ['', 'P', 'PT', 'P1', '5Y', '-P1D', 'P1DT', 'P1H', 'p1d', 'P1D ']) {
    it(`refuses "${bad}"`, () => assert.equal(tryParseDuration(bad), undefined));
  }
  it('refuses negative lengths', () => assert.throws(() => seconds(-1), { code: 'InvalidDuration' }));
  it('names the field it refuses', () =>
    assert.throws(() => parseDuration('x', 'spec.horizon'), /spec\.horizon/));
  it('a year in days', () => assert.equal(years(2), days(730.5)));
});
