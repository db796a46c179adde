import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Moments, sumNames } from '../estimate/moments.ts';
import { addSubject, emptyTotals, totalsDigest } from './reduce.ts';
import { decodeSums, encodeSums, unitDigest } from './sums.ts';

const cell = fc.record(
  {
    n: fc.nat(1_000_000),
    ineligible: fc.nat(1_000),
    sums: fc.array(fc.bigInt(-(2n ** 100n), 2n ** 100n), {
      minLength: sumNames.length,
      maxLength: sumNames.length,
    }),
  },
  { noNullPrototype: true },
) as fc.Arbitrary<Moments>;
const members = fc
  .uniqueArray(fc.nat(9), { minLength: 1, maxLength: 5 })
  .chain((ids) =>
    fc.tuple(
      ...ids.map((id) => fc.array(cell, { minLength: 2, maxLength: 2 }).map((cells) => [id, cells] as const)),
    ),
  )
  .map((entries) => new Map(entries));

describe('sums', () => {
  it('are the same after bytes and back', () => {
    fc.assert(
      fc.property(members, (given) =>
        assert.deepEqual(decodeSums(encodeSums(given, 2), 2), new Map([...given].sort(([a], [b]) => a - b))),
      ),
    );
  });
  it('are the same bytes whatever the order of members', () => {
    fc.assert(
      fc.property(members, (given) =>
        assert.deepEqual(encodeSums(new Map([...given].reverse()), 2), encodeSums(given, 2)),
      ),
    );
  });
});

describe('unitDigest', () => {
  const one = { ordinal: 1, requestDigest: Buffer.of(1), excluded: '', sums: Buffer.of(1, 2) };
  const two = { ordinal: 2, requestDigest: Buffer.of(1), excluded: 'OUT_OF_SCOPE', sums: null };
  it('does not depend on the order of subjects', () =>
    assert.deepEqual(unitDigest([one, two]), unitDigest([two, one])));
  it('notices one bit', () =>
    assert.notDeepEqual(unitDigest([{ ...one, sums: Buffer.of(1, 3) }, two]), unitDigest([one, two])));
});

describe('totals', () => {
  it('do not depend on the order of subjects', () => {
    const shape = { scenarios: 2, outcomes: 1, horizons: 1 };
    const subject = (n: number) =>
      new Map([
        [
          0,
          [0, 1].map(
            (): Moments => ({
              n: 64,
              ineligible: 0,
              sums: sumNames.map((_, i) => BigInt(n * (i + 3)) << 33n),
            }),
          ),
        ],
      ]);
    const digest = (order: readonly number[]) => {
      const totals = emptyTotals(shape);
      for (const n of order) addSubject(totals, subject(n));
      return totalsDigest(totals);
    };
    assert.equal(digest([1, 2, 3, 4]), digest([4, 2, 3, 1]));
    assert.notEqual(digest([1, 2, 3, 4]), digest([1, 2, 3, 5]));
  });
});
