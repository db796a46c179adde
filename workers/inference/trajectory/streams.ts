// Random streams of a subject. One residual unit-exponential clock per event, keyed by (seed, subject, sample, event
// name, occurrence): scenarios share clocks, and neither batch nor shard nor order of the vocabulary matters.
import { createHash } from 'node:crypto';
import { log1p } from './log1p.ts';
import { philox } from './philox.ts';

/** Philox key of a subject's streams. */
export interface StreamKey {
  readonly k0: number;
  readonly k1: number;
}

/** First 8 bytes of sha256(seed as 8 little-endian bytes | subject key), as two little-endian words. */
export function streamKey(seed: bigint, subjectKey: Uint8Array): StreamKey {
  const seedBytes = Buffer.alloc(8);
  seedBytes.writeBigUInt64LE(BigInt.asUintN(64, seed));
  const digest = createHash('sha256').update(seedBytes).update(subjectKey).digest();
  return { k0: digest.readUInt32LE(0), k1: digest.readUInt32LE(4) };
}

/** Stream of an event: the first 4 bytes of sha256(name), big-endian. */
export function eventStream(name: string): number {
  return createHash('sha256').update(name, 'utf8').digest().readUInt32BE(0);
}

const drawn = new Uint32Array(4);

/** A unit exponential, -log1p(-u) with u of 53 bits, drawn in float64 and rounded to float32. */
export function unitExponential(key: StreamKey, sample: number, stream: number, occurrence: number): number {
  philox(drawn, key.k0, key.k1, sample, stream, occurrence, 0);
  const high = (drawn[0] ?? 0) >>> 5;
  const low = (drawn[1] ?? 0) >>> 6;
  const uniform = (high * 0x4000000 + low) * 2 ** -53;
  return Math.fround(-log1p(-uniform));
}
