import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { offsetDays } from '../intake/offset.ts';
import { disguiseOf } from './disguise.ts';

const key = Buffer.alloc(32, 7);
const people = Array.from({ length: 2_000 }, (_, n) => `person-${n}`);

describe('disguise', () => {
  it('moves a clinical tenant by one to 365 days, otherwise than a research tenant would be moved', () => {
    const offsets = people.map((one) => disguiseOf('clinical', key, one).offsetDays);
    assert.ok(offsets.every((days) => days <= -1 && days >= -365));
    assert.ok(new Set(offsets).size > 300);
    const same = people.filter((one, n) => offsetDays('research', key, one) === offsets[n]);
    assert.ok(same.length < 30, `${same.length} of 2000 have the offset that a research tenant would use`);
  });

  it('does not move a research tenant again', () => {
    const { offsetDays: now, storedDays } = disguiseOf('research', key, 'one');
    assert.deepEqual([now, storedDays], [0, offsetDays('research', key, 'one')]);
  });

  it('gives everybody a number that fits int64 and needs the key', () => {
    const ids = people.map((one) => disguiseOf('clinical', key, one).subjectId);
    assert.equal(new Set(ids).size, people.length);
    assert.ok(ids.every((id) => id >= 0n && id < 2n ** 63n));
    assert.notEqual(disguiseOf('clinical', Buffer.alloc(32, 8), 'person-0').subjectId, ids[0]);
  });

  it('splits eight, one and one of ten', () => {
    const splits = people.map((one) => disguiseOf('clinical', key, one).split);
    const share = (name: string): number => splits.filter((split) => split === name).length / people.length;
    assert.ok(Math.abs(share('train') - 0.8) < 0.03 && Math.abs(share('tuning') - 0.1) < 0.03);
  });
});
