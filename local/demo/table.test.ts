import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TwinFigures } from './figures.ts';
import { levelText, simulationTable, twinTable } from './table.ts';

const aTwin = (handle: string, outcomes: readonly string[], horizonDays = 1826.25): TwinFigures => ({
  handle,
  revision: 3,
  events: 120,
  predictions: outcomes.map((outcome) => ({
    outcome,
    horizonDays,
    risk: 0.123,
    low: 0.081,
    high: 0.17,
    level: 0.9,
  })),
});

describe('the table of twins', () => {
  it('shows revision, events and 5-year risks with their interval', () => {
    assert.deepEqual(twinTable([aTwin('pt-a', ['mi', 'stroke', 'death'])]), [
      'twin   revision   events   5-year mi           5-year stroke       5-year death',
      'pt-a   3          120      12.3 % (8.1–17.0)   12.3 % (8.1–17.0)   12.3 % (8.1–17.0)',
    ]);
  });

  it('takes the outcomes that most twins have, and says where one has none', () => {
    const twins = [
      aTwin('pt-a', ['rare', 'mi', 'stroke', 'death']),
      aTwin('pt-b', ['mi', 'stroke', 'death']),
      aTwin('pt-c', ['mi']),
    ];
    const [header, , , last] = twinTable(twins);
    assert.match(header ?? '', /5-year mi +5-year stroke +5-year death$/);
    assert.match(last ?? '', /12\.3 % \(8\.1–17\.0\) +– +–$/);
  });

  it('does not pass off another horizon as five years', () => {
    assert.deepEqual(twinTable([aTwin('pt-a', ['mi'], 365.25)]), [
      'twin   revision   events',
      'pt-a   3          120',
    ]);
  });
});

describe('the table of a simulation', () => {
  const risk = { outcome: 'mi', risk: 0.081, low: 0.077, high: 0.086, level: 0.9 };

  it('shows the paired difference with its interval', () => {
    const lines = simulationTable([
      { scenario: 'usual-care', ...risk },
      { scenario: 'statin', ...risk, difference: -0.012, differenceLow: -0.015, differenceHigh: -0.009 },
    ]);
    assert.deepEqual(lines, [
      'scenario     outcome   risk              difference from baseline',
      'usual-care   mi        8.1 % (7.7–8.6)   baseline',
      'statin       mi        8.1 % (7.7–8.6)   −1.20 points (−1.50 to −0.90)',
    ]);
  });

  it('shows a null effect as exactly zero, and a tiny one not as zero', () => {
    const [, none, tiny] = simulationTable([
      { scenario: 'null', ...risk, difference: 0, differenceLow: 0, differenceHigh: 0 },
      { scenario: 'tiny', ...risk, difference: 0.00001, differenceLow: 0, differenceHigh: 0.001 },
    ]);
    assert.match(none ?? '', /0\.00 points \(0\.00 to 0\.00\)$/);
    assert.match(tiny ?? '', /\+0\.001 points \(0\.00 to \+0\.10\)$/);
  });
});

describe('the level of the intervals', () => {
  it('is named once', () => assert.equal(levelText([0.9, 0.9]), '90 %'));
  it('is absent when there is nothing to show', () => assert.equal(levelText([]), undefined));
});
