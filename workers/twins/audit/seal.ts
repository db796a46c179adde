// Pure: how a block of audit entries is sealed and checked. Every entry has a keyed hash, the block covers them all and
// the block before it, so that a changed, missing or added entry is found and named.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CanonicalEntry, SealRow } from '../store/audit.ts';

const leafBytes = 16;

/** The keyed hashes of entries, one after another. */
export function leavesOf(key: Uint8Array, entries: readonly CanonicalEntry[]): Buffer {
  return Buffer.concat(
    entries.map((entry) => createHmac('sha256', key).update(entry.canonical).digest().subarray(0, leafBytes)),
  );
}

/** The code of a block over its leaves, its end and the block before. */
export function macOf(key: Uint8Array, block: Omit<SealRow, 'mac'>): Buffer {
  return createHmac('sha256', key)
    .update(`${block.block_no}|${block.upto_xid}|${block.upto_id}|`)
    .update(block.prev)
    .update(block.leaves)
    .digest();
}

/** What is wrong with a block. `entry`: the first altered one, 0 when unknown. */
export interface Broken {
  readonly block: number;
  readonly entry: number;
}

/** Checks a block against the entries that lie in it now. */
export function checkBlock(
  key: Uint8Array,
  block: SealRow,
  entries: readonly CanonicalEntry[],
  before: Uint8Array,
): Broken | undefined {
  const intact = timingSafeEqual(macOf(key, block), block.mac) && block.prev.equals(before);
  const leaves = leavesOf(key, entries);
  if (intact && leaves.equals(block.leaves)) return undefined;
  const altered = entries.find((_, index) => {
    const at = index * leafBytes;
    return !leaves.subarray(at, at + leafBytes).equals(block.leaves.subarray(at, at + leafBytes));
  });
  return { block: block.block_no, entry: altered?.audit_id ?? 0 };
}
