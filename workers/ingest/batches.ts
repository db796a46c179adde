import { createHash } from 'node:crypto';
import type { BatchEntry, RejectedItem } from './ports.ts';
import type { Read } from './sources/folder/items.ts';

/** The most that one transaction takes. */
export const MAX_BATCH_RECORDS = 2_000;
/** The most files that one transaction is told of. */
export const MAX_BATCH_READINGS = 2_000;
/** Bytes of a batch, counted as `entryBytes` does; the contract allows 16 MiB. */
export const MAX_BATCH_BYTES = 14 * 1024 * 1024;

/** The entry of a batch for the item at `index` of the file whose path has the hash `file`. */
export function toBatchEntry(read: Read, file: string, index: number): BatchEntry {
  const position = `${file}:${index}`;
  if (read.kind === 'record') return { kind: 'record', record: read.record, position };
  return { kind: 'rejected', rejected: rejection(read, position) };
}

type Rejected = Extract<Read, { kind: 'rejected' }>;

function rejection({ reason, raw, about }: Rejected, position: string): RejectedItem {
  const itemKey = createHash('sha256').update(`${reason}\n${position}\n`).update(raw).digest();
  return { reason, raw, position, itemKey, ...(about === undefined ? {} : { about }) };
}

/** Roughly how many bytes an entry takes on the wire. */
export function entryBytes(entry: BatchEntry): number {
  if (entry.kind === 'rejected') return entry.rejected.raw.length + 256;
  const { record } = entry;
  const person = record.person === undefined ? 0 : record.raw.length + 512;
  return record.raw.length + person + record.events.length * 160 + 256;
}
