import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { paddedRows } from './provider-names.ts';

describe('rows of a run', () => {
  const cases = [
    { name: 'whole sixteens on the CPU', given: [17, 256, 'cpu'], want: 32 },
    { name: 'no padding where it fits', given: [256, 256, 'cpu'], want: 256 },
    { name: 'the least bucket on a device', given: [1, 1_024, 'cuda'], want: 64 },
    { name: 'the next bucket on a device', given: [65, 1_024, 'cuda'], want: 256 },
    { name: 'all rows beyond the buckets', given: [1_025, 4_096, 'tensorrt'], want: 4_096 },
    { name: 'never more than there are', given: [100, 128, 'cuda'], want: 128 },
  ] as const;
  for (const { name, given, want } of cases) {
    it(`are padded to ${name}`, () => assert.equal(paddedRows(given[0], given[1], given[2]), want));
  }
});
