// The paths of a leaf as flat little-endian arrays, sample-major: path p is sample floor(p / arms) under arm p % arms.
import type { LeafBuffer } from '../trajectory/leaf.ts';
import { LEAF_SAMPLES } from '../trajectory/plan.ts';

/** Bytes of the message PackedPaths. */
export interface PackedPaths {
  readonly offsets: Uint8Array;
  readonly scenarios: Uint8Array;
  readonly events: Uint8Array;
  readonly days: Uint8Array;
  readonly ends: Uint8Array;
}

/** Packs the paths of a leaf; undefined when it did not record them. */
export function packPaths(leaf: LeafBuffer): PackedPaths | undefined {
  const recorded = leaf.paths;
  if (recorded === undefined) return undefined;
  const ordered = Array.from({ length: recorded.length }, (_, path) => {
    const scenario = path % leaf.scenarios;
    return { scenario, record: recorded[scenario * LEAF_SAMPLES + Math.floor(path / leaf.scenarios)] };
  });
  const events = ordered.flatMap(({ record }) => record?.events ?? []);
  const days = ordered.flatMap(({ record }) => record?.days ?? []);
  const packed = {
    offsets: Buffer.alloc((ordered.length + 1) * 4),
    scenarios: Uint8Array.from(ordered, ({ scenario }) => scenario),
    events: Buffer.alloc(events.length * 2),
    days: Buffer.alloc(days.length * 8),
    ends: Uint8Array.from(ordered, ({ record }) => record?.end ?? 0),
  };
  let offset = 0;
  for (const [path, { record }] of ordered.entries()) {
    offset += record?.events.length ?? 0;
    packed.offsets.writeUInt32LE(offset, (path + 1) * 4);
  }
  for (const [at, event] of events.entries()) packed.events.writeUInt16LE(event, at * 2);
  for (const [at, day] of days.entries()) packed.days.writeDoubleLE(day, at * 8);
  return packed;
}
