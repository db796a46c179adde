import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { philox } from './philox.ts';

// Known answers of the Random123 distribution (kat_vectors, philox4x32-10).
const CASES = [
  {
    name: 'zeros',
    counter: [0, 0, 0, 0],
    key: [0, 0],
    want: '6627e8d5 e169c58d bc57ac4c 9b00dbd8',
  },
  {
    name: 'ones',
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    want: '408f276d 41c83b0e a20bc7c6 6d5451fd',
  },
  {
    name: 'digits of pi',
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    want: 'd16cfe09 94fdcceb 5001e420 24126ea1',
  },
] as const;

describe('philox4x32-10', () => {
  for (const { name, counter, key, want } of CASES) {
    it(`gives the known answer for ${name}`, () => {
      const out = new Uint32Array(4);
      philox(out, key[0], key[1], counter[0], counter[1], counter[2], counter[3]);
      assert.equal([...out].map((word) => word.toString(16).padStart(8, '0')).join(' '), want);
    });
  }
});
