import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { log1p } from './log1p.ts';

describe('log1p', () => {
  it('knows the ends of its domain', () => {
    assert.equal(log1p(-1), -Infinity);
    assert.equal(log1p(-2), Number.NaN);
    assert.equal(log1p(0), 0);
    assert.equal(log1p(Infinity), Infinity);
  });

  it('agrees with the logarithm of the platform within one unit in the last place', () => {
    let worst = 0;
    for (let index = 0; index < 200_000; index++) {
      const uniform = ((index * 2654435761) % 2 ** 32) / 2 ** 32;
      for (const x of [-uniform, uniform, uniform * 1e-9, uniform * 40, -uniform * 1e-12]) {
        const want = Math.log1p(x);
        if (want !== 0) worst = Math.max(worst, Math.abs(log1p(x) - want) / Math.abs(want));
      }
    }
    assert.ok(worst < 2 ** -51, `worst relative difference ${worst}`);
  });

  it('keeps its bits', () => {
    const bits = [-0.9999999999999999, -0.75, -0.3, -0.1, 1e-10, 0.25, 0.5, 3].map((x) => {
      const view = new DataView(new ArrayBuffer(8));
      view.setFloat64(0, log1p(x));
      return view.getBigUint64(0).toString(16);
    });
    assert.deepEqual(bits, [
      'c0425e4f7b2737fa',
      'bff62e42fefa39ef',
      'bfd6d3c324e13f4e',
      'bfbaf8e8210a415e',
      '3ddb7cdfd9d1d693',
      '3fcc8ff7c79a9a22',
      '3fd9f323ecbf984c',
      '3ff62e42fefa39ef',
    ]);
  });
});
