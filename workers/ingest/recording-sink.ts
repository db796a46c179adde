import type { Batch, BatchEntry, BatchResult, Counts, FileReading, RecordSink, ScanEnd } from './ports.ts';

/** A sink in memory that keeps the rules of the service: last hash wins, older orders change nothing, cursor last. */
export interface RecordingSink extends RecordSink {
  readonly batches: readonly Batch[];
  readonly results: readonly BatchResult[];
  readonly ends: readonly ScanEnd[];
  /** Rejected items that were not mended. */
  quarantined(): number;
  /** Sums over all batches. */
  total(): Counts;
}

/** Makes a recording sink; `failAfter` makes the send after so many batches fail once. For tests. */
export function createRecordingSink(failAfter?: number): RecordingSink {
  const batches: Batch[] = [];
  const results: BatchResult[] = [];
  const ends: ScanEnd[] = [];
  const heads: Heads = new Map();
  const rejected = new Map<string, string>();
  let cursor: Buffer = Buffer.alloc(0);
  let failures = failAfter === undefined ? 0 : 1;
  return {
    batches,
    results,
    ends,
    open: async () => {
      const files = [...rejected.values()].map((position) => position.slice(0, position.indexOf(':')));
      return { lease: '1', cursor, quarantinedFiles: [...new Set(files)] };
    },
    quarantined: () => rejected.size,
    send: async (_lease, batch) => {
      if (failures > 0 && batches.length === failAfter) {
        failures -= 1;
        throw new Error('the connection broke');
      }
      const result = apply(batch, heads, rejected);
      batches.push(batch);
      results.push(result);
      cursor = batch.cursor ?? cursor;
      return result;
    },
    close: async (_lease, end) => void ends.push(end),
    total: () => results.reduce<Counts>(add, { received: 0, stored: 0, unchanged: 0, quarantined: 0 }),
  };
}

function add(one: Counts, other: Counts): Counts {
  return {
    received: one.received + other.received,
    stored: one.stored + other.stored,
    unchanged: one.unchanged + other.unchanged,
    quarantined: one.quarantined + other.quarantined,
  };
}

type Heads = Map<string, { readonly hash: string; readonly order: number }>;

/** Positions by item key. */
type Rejected = Map<string, string>;

function apply(batch: Batch, heads: Heads, rejected: Rejected): BatchResult {
  const counts = { stored: 0, unchanged: 0, quarantined: 0 };
  const still = new Set(batch.entries.flatMap((entry) => (entry.kind === 'rejected' ? keyOf(entry) : [])));
  for (const [key, position] of rejected) {
    if (!still.has(key) && batch.readings.some((reading) => isMended(position, reading)))
      rejected.delete(key);
  }
  for (const entry of batch.entries) counts[verdict(entry, heads, rejected)] += 1;
  return { ...counts, received: batch.entries.length, subjectsChanged: 0, quarantinedByReason: {} };
}

function keyOf({ rejected }: Extract<BatchEntry, { kind: 'rejected' }>): string {
  return rejected.itemKey.toString('hex');
}

function isMended(position: string, { file, from, to, complete, gone }: FileReading): boolean {
  const [of, item] = position.split(':');
  if (of !== file) return false;
  return gone || (Number(item) >= from && (complete || Number(item) < to));
}

function verdict(
  entry: BatchEntry,
  heads: Heads,
  rejected: Rejected,
): 'stored' | 'unchanged' | 'quarantined' {
  if (entry.kind === 'rejected') {
    const key = keyOf(entry);
    const isKnown = rejected.has(key);
    rejected.set(key, entry.rejected.position);
    return isKnown ? 'unchanged' : 'quarantined';
  }
  const { type, id, contentHash, sourceOrder } = entry.record;
  const head = heads.get(`${type}/${id}`);
  const hash = contentHash.toString('hex');
  if (head !== undefined && (head.hash === hash || sourceOrder < head.order)) return 'unchanged';
  heads.set(`${type}/${id}`, { hash, order: sourceOrder });
  return 'stored';
}
