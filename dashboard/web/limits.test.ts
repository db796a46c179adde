import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '#runtime/manual-clock.ts';
import { createLimit } from './limits.ts';

const taken = (limit: { take(key: string): boolean }, key: string, times: number): number =>
  Array.from({ length: times }, () => limit.take(key)).filter(Boolean).length;

describe('a limit', () => {
  it('lets a burst pass, then what is refilled', () => {
    const clock = new ManualClock();
    const limit = createLimit(clock, { burst: 3, perSecond: 2, keys: 10 });
    assert.equal(taken(limit, 'a', 5), 3);
    clock.advance(1_000);
    assert.equal(taken(limit, 'a', 5), 2);
    clock.advance(60_000);
    assert.equal(taken(limit, 'a', 5), 3, 'no more than a burst is saved up');
  });

  it('holds for each key on its own', () => {
    const limit = createLimit(new ManualClock(), { burst: 1, perSecond: 1, keys: 10 });
    assert.deepEqual([limit.take('a'), limit.take('a'), limit.take('b')], [true, false, true]);
  });

  it('forgets the key that was seen longest ago', () => {
    const limit = createLimit(new ManualClock(), { burst: 1, perSecond: 1, keys: 2 });
    for (const key of ['a', 'b', 'a', 'c']) limit.take(key);
    assert.deepEqual([limit.take('a'), limit.take('b')], [false, true]);
  });
});
