import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { layoutUnits } from './layout.ts';

describe('layoutUnits', () => {
  it('covers every subject and sample exactly once, in aligned and bounded units', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3_000 }),
        fc.integer({ min: 1, max: 400 }),
        (subjects, leaves) => {
          const units = layoutUnits(subjects, leaves * 64);
          const work = units.reduce(
            (sum, u) => sum + (u.ordinalTo - u.ordinalFrom) * (u.sampleTo - u.sampleFrom),
            0,
          );
          assert.equal(work, subjects * leaves * 64);
          assert.equal(new Set(units.map((u) => `${u.ordinalFrom}|${u.sampleFrom}`)).size, units.length);
          for (const u of units) {
            assert.ok(u.sampleFrom % 64 === 0 && u.sampleTo % 64 === 0 && u.ordinalTo - u.ordinalFrom <= 64);
            assert.ok(
              ((u.ordinalTo - u.ordinalFrom) * (u.sampleTo - u.sampleFrom)) / 64 <= 1_024 ||
                u.ordinalTo - u.ordinalFrom === 1,
            );
          }
        },
      ),
    );
  });
  const cases = [
    { name: 'one subject is cut by samples', subjects: 1, trajectories: 2_048, least: 32 },
    { name: 'fifty subjects give four workers work', subjects: 50, trajectories: 192, least: 16 },
    { name: 'a thousand subjects', subjects: 1_000, trajectories: 192, least: 32 },
  ];
  for (const { name, subjects, trajectories, least } of cases) {
    it(name, () => assert.ok(layoutUnits(subjects, trajectories).length >= least));
  }
});
