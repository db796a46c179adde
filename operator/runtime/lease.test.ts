import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LeaseObservation, type LeaseRecord } from './lease.ts';

const aLease = (holder: string, version = '1', durationMilliseconds = 15_000): LeaseRecord => ({
  holder,
  version,
  durationMilliseconds,
});

interface Look {
  readonly at: number;
  readonly lease: LeaseRecord;
}

describe('a standby judges a lease', () => {
  const cases: readonly { name: string; looks: readonly Look[]; want: readonly boolean[] }[] = [
    { name: 'nobody holds it: free', looks: [{ at: 0, lease: aLease('') }], want: [true] },
    { name: 'it is our own from before: free', looks: [{ at: 0, lease: aLease('me') }], want: [true] },
    {
      name: 'seen for the first time: not free, however old its own times are',
      looks: [{ at: 1e9, lease: aLease('other') }],
      want: [false],
    },
    {
      name: 'unchanged for longer than the lease: free',
      looks: [
        { at: 100, lease: aLease('other') },
        { at: 15_100, lease: aLease('other') },
        { at: 15_101, lease: aLease('other') },
      ],
      want: [false, false, true],
    },
    {
      name: 'each renewal starts the wait again',
      looks: [
        { at: 0, lease: aLease('other', '1') },
        { at: 14_000, lease: aLease('other', '2') },
        { at: 28_000, lease: aLease('other', '2') },
        { at: 29_001, lease: aLease('other', '2') },
      ],
      want: [false, false, false, true],
    },
    {
      name: 'a holder that asks for a longer lease gets it',
      looks: [
        { at: 0, lease: aLease('other', '1', 60_000) },
        { at: 20_000, lease: aLease('other', '1', 60_000) },
        { at: 60_001, lease: aLease('other', '1', 60_000) },
      ],
      want: [false, false, true],
    },
    {
      name: 'given up: free at once',
      looks: [
        { at: 0, lease: aLease('other', '1') },
        { at: 10, lease: aLease('', '2', 1_000) },
      ],
      want: [false, true],
    },
  ];
  for (const { name, looks, want } of cases) {
    it(name, () => {
      const observation = new LeaseObservation('me', 15_000);
      assert.deepEqual(
        looks.map(({ at, lease }) => observation.isFree(lease, at)),
        want,
      );
    });
  }
});
