import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { durationInDays } from './duration.ts';

describe('a duration in days', () => {
  const cases: readonly (readonly [text: string, want: number])[] = [
    ['P0D', 0],
    ['P30D', 30],
    ['P2W', 14],
    ['P18M', 547.875],
    ['P5Y', 1826.25],
    ['P1Y6M2W3D', 365.25 + 182.625 + 17],
  ];
  for (const [text, want] of cases) {
    test(text, () => {
      assert.equal(durationInDays(text), want);
    });
  }
});

describe('is refused as a duration', () => {
  for (const text of ['', 'P', '5Y', 'P5', 'PT1H', 'P1D2Y', '-P1Y', 'P1.5Y']) {
    test(JSON.stringify(text), () => {
      assert.throws(() => durationInDays(text), /write for example P5Y/);
    });
  }
});
