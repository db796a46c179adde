import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { missingRanges } from './ranges.ts';

describe('missing ranges', () => {
  const cases = [
    { name: 'everything when nothing came', received: [], want: [{ from: 0, to: 256 }] },
    {
      name: 'the gaps around what came',
      received: [64, 128],
      want: [
        { from: 0, to: 64 },
        { from: 192, to: 256 },
      ],
    },
    { name: 'nothing when all came', received: [0, 64, 128, 192], want: [] },
  ];
  for (const { name, received, want } of cases) {
    it(`are ${name}`, () => {
      assert.deepEqual(
        missingRanges(
          [
            { from: 128, to: 256 },
            { from: 0, to: 128 },
          ],
          new Set(received),
        ),
        want,
      );
    });
  }
});
