// Pure: the sums of one subject as bytes, and back. Layout: per member its number, then per cell n, ineligible (uint32)
// and ten 128-bit integers, all big-endian.
import { createHash } from 'node:crypto';
import { type MemberMoments, type Moments, sumNames } from '../estimate/moments.ts';

const sumBytes = 16;
const cellBytes = 8 + sumNames.length * sumBytes;
const mask = (1n << 64n) - 1n;

/** Sums as bytes; members in ascending order, so that equal sums are equal bytes. */
export function encodeSums(members: MemberMoments, cells: number): Buffer {
  const sorted = [...members].sort(([a], [b]) => a - b);
  const bytes = Buffer.alloc(sorted.length * (4 + cells * cellBytes));
  let at = 0;
  for (const [member, moments] of sorted) {
    at = bytes.writeUInt32BE(member, at);
    for (const cell of moments) at = writeCell(bytes, at, cell);
  }
  return bytes;
}

function writeCell(bytes: Buffer, start: number, cell: Moments): number {
  let at = bytes.writeUInt32BE(cell.n, start);
  at = bytes.writeUInt32BE(cell.ineligible, at);
  for (const sum of cell.sums) {
    at = bytes.writeBigInt64BE(sum >> 64n, at);
    at = bytes.writeBigUInt64BE(sum & mask, at);
  }
  return at;
}

/** Bytes as sums. Throws RangeError when the length does not fit. */
export function decodeSums(bytes: Buffer, cells: number): MemberMoments {
  const members = new Map<number, readonly Moments[]>();
  for (let at = 0; at < bytes.length; at += 4 + cells * cellBytes) {
    const start = at + 4;
    members.set(
      bytes.readUInt32BE(at),
      Array.from({ length: cells }, (_, index) => readCell(bytes, start + index * cellBytes)),
    );
  }
  return members;
}

function readCell(bytes: Buffer, at: number): Moments {
  const sums = sumNames.map((_, index) => {
    const place = at + 8 + index * sumBytes;
    return (bytes.readBigInt64BE(place) << 64n) | bytes.readBigUInt64BE(place + 8);
  });
  return { n: bytes.readUInt32BE(at), ineligible: bytes.readUInt32BE(at + 4), sums };
}

/** What one subject contributes to a unit. */
export interface SubjectSums {
  readonly ordinal: number;
  readonly requestDigest: Buffer;
  /** Reason code when it is excluded; then no sums. */
  readonly excluded: string;
  readonly sums: Buffer | null;
}

/** Digest of a unit: the same whenever every subject's sums are the same bits. */
export function unitDigest(subjects: readonly SubjectSums[]): Buffer {
  const hash = createHash('sha256');
  for (const subject of [...subjects].sort((a, b) => a.ordinal - b.ordinal)) {
    hash.update(`${subject.ordinal}|${subject.excluded}|${subject.requestDigest.toString('hex')}|`);
    hash.update(subject.sums ?? '');
  }
  return hash.digest();
}
