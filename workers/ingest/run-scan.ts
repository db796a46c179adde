import { CountError } from './errors.ts';
import type { Batch, BatchResult, RecordSink } from './ports.ts';
import { ScanFailure } from './reasons.ts';
import { decodeCursor } from './sources/folder/cursor.ts';
import { type ScanContext, scanBatches } from './sources/folder/scan.ts';

/** What a scan did. */
export interface ScanReport {
  readonly received: number;
  readonly stored: number;
  readonly unchanged: number;
  readonly quarantined: number;
  readonly subjectsChanged: number;
  /** Files that could not be read; then the sync is closed as failed. */
  readonly unreadable: number;
}

/** What a scan needs beside its sink. */
export interface RunOptions extends Omit<ScanContext, 'onUnreadable'> {
  readonly start: Date;
  readonly keepLease: boolean;
  /** Sees every committed batch. */
  readonly onBatch: (batch: Batch, result: BatchResult) => void;
  readonly onUnreadable: (error: unknown) => void;
  /** Aborted = stop after the batch under way. */
  readonly signal: AbortSignal;
}

/**
 * Opens the source's lease, sends everything that is new, and closes with the outcome. The next batch is read while one
 * commits. A failed call rejects; what was committed stays, and the next scan goes on behind it.
 */
export async function runScan(sink: RecordSink, options: RunOptions): Promise<ScanReport> {
  const { lease, cursor, quarantinedFiles } = await sink.open();
  const total = { received: 0, stored: 0, unchanged: 0, quarantined: 0, subjectsChanged: 0, unreadable: 0 };
  let watermark = 0;
  const commit = async (batch: Batch): Promise<void> => {
    const result = await sink.send(lease, batch);
    if (result.received !== batch.entries.length) {
      throw new CountError(batch.entries.length, result.received);
    }
    for (const name of ['received', 'stored', 'unchanged', 'quarantined', 'subjectsChanged'] as const) {
      total[name] += result[name];
    }
    watermark = batch.watermark;
    options.onBatch(batch, result);
  };
  const onUnreadable = (error: unknown): void => {
    total.unreadable += 1;
    options.onUnreadable(error);
  };
  const before = decodeCursor(cursor, options.fingerprint);
  const batches = scanBatches({ ...options, onUnreadable }, before, quarantinedFiles);
  await sendInOrder(batches, commit, options.signal);
  await sink.close(lease, {
    failure: total.unreadable > 0 ? ScanFailure.sourceUnreadable : '',
    start: options.start,
    watermark: watermark > 0 ? new Date(watermark) : undefined,
    keepLease: options.keepLease,
  });
  return total;
}

/** One commit at a time, one batch ahead. */
async function sendInOrder(
  batches: AsyncIterable<Batch>,
  commit: (batch: Batch) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let pending: Promise<void> = Promise.resolve();
  for await (const batch of batches) {
    await pending;
    signal.throwIfAborted();
    pending = commit(batch);
    // The rejection is met by the next await; until then it must not count as unhandled.
    pending.catch(() => undefined);
  }
  await pending;
}
