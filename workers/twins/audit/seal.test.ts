import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkBlock, leavesOf, macOf } from './seal.ts';

const key = Buffer.alloc(32, 1);
const entries = [1, 2, 3].map((audit_id) => ({ audit_id, xid: '7', canonical: `entry ${audit_id}` }));
const start = Buffer.alloc(0);
const open = { block_no: 1, upto_xid: '7', upto_id: 3, leaves: leavesOf(key, entries), prev: start };
const block = { ...open, mac: macOf(key, open) };

describe('checkBlock', () => {
  const cases = [
    { name: 'intact', given: { block, entries, before: start }, want: undefined },
    {
      name: 'an altered entry is named',
      given: {
        block,
        entries: entries.map((e) => (e.audit_id === 2 ? { ...e, canonical: 'x' } : e)),
        before: start,
      },
      want: { block: 1, entry: 2 },
    },
    {
      name: 'a removed entry shows the first that does not fit',
      given: { block, entries: entries.slice(1), before: start },
      want: { block: 1, entry: 2 },
    },
    {
      name: 'a removed last entry is found',
      given: { block, entries: entries.slice(0, 2), before: start },
      want: { block: 1, entry: 0 },
    },
    {
      name: 'an added entry is named',
      given: { block, entries: [...entries, { audit_id: 4, xid: '7', canonical: 'y' }], before: start },
      want: { block: 1, entry: 4 },
    },
    {
      name: 'a block with another end',
      given: { block: { ...block, upto_id: 4 }, entries, before: start },
      want: { block: 1, entry: 0 },
    },
    {
      name: 'a block after another one',
      given: { block, entries, before: Buffer.of(1) },
      want: { block: 1, entry: 0 },
    },
  ];
  for (const { name, given, want } of cases) {
    it(name, () => assert.deepEqual(checkBlock(key, given.block, given.entries, given.before), want));
  }
});
