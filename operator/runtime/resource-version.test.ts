import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compareResourceVersions } from './resource-version.ts';

describe('resource versions', () => {
  const cases = [
    { a: '9', b: '10', want: -1 },
    { a: '10', b: '10', want: 0 },
    { a: '', b: '1', want: -1 },
    { a: '', b: '', want: 0 },
    { a: '007', b: '7', want: 0 },
    { a: '18446744073709551616', b: '18446744073709551615', want: 1 },
  ];
  for (const { a, b, want } of cases) {
    it(`"${a}" against "${b}"`, () => assert.equal(Math.sign(compareResourceVersions(a, b)), want));
  }

  it('agrees with arithmetic at any length', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 40n }),
        fc.bigInt({ min: 0n, max: 10n ** 40n }),
        (a, b) => {
          const want = a < b ? -1 : Number(a > b);
          assert.equal(Math.sign(compareResourceVersions(String(a), String(b))), want);
        },
      ),
    );
  });
});
