import type { Registry } from 'prom-client';
import { createCounter, createGauge } from '#runtime/metrics.ts';
import type { BatchEntry, BatchResult } from './ports.ts';
import { RejectReason, SERVICE_REASONS } from './reasons.ts';
import type { Read } from './sources/folder/items.ts';

/** Counts of the process. Labels are closed sets: no names, no codes. */
export interface IngestMetrics {
  item(read: Read): void;
  file(): void;
  unreadable(): void;
  batch(entries: readonly BatchEntry[], result: BatchResult): void;
  scan(result: 'succeeded' | 'failed', at: number): void;
}

const REASONS: readonly string[] = [...Object.values(RejectReason), ...SERVICE_REASONS];

/** Registers the metrics of ingest. */
export function createIngestMetrics(registry: Registry): IngestMetrics {
  const counter = (name: string, help: string, labels: Record<string, readonly string[]> = {}) =>
    createCounter(registry, { name, help, labels });
  const records = counter('twinward_ingest_records_total', 'Records by what the store said of them.', {
    result: ['stored', 'unchanged', 'quarantined'],
  });
  const quarantined = counter('twinward_ingest_quarantined_total', 'Quarantined records by reason.', {
    reason: REASONS,
  });
  const leftOut = counter('twinward_ingest_left_out_total', 'What gave no event though its record is kept.', {
    reason: ['uncoded', 'undated'],
  });
  const adjusted = counter('twinward_ingest_local_times_total', 'Local times that were not unique.', {
    rule: ['gap', 'fold'],
  });
  const events = counter('twinward_ingest_events_total', 'Events read from records.');
  const files = counter('twinward_ingest_files_total', 'Files by how reading ended.', {
    result: ['read', 'unreadable'],
  });
  const scans = counter('twinward_ingest_scans_total', 'Scans by outcome.', {
    result: ['succeeded', 'failed'],
  });
  const last = createGauge(registry, {
    name: 'twinward_ingest_last_success_timestamp_seconds',
    help: 'End of the last successful scan.',
    labels: {},
  });
  const rejected = (reason: string, count: number): void =>
    quarantined.inc({ reason: REASONS.includes(reason) ? reason : 'OTHER' }, count);
  return {
    item: (read) => {
      if (read.kind === 'rejected') return;
      events.inc(read.record.events.length);
      for (const reason of ['uncoded', 'undated'] as const) leftOut.inc({ reason }, read.leftOut[reason]);
      for (const rule of ['gap', 'fold'] as const) adjusted.inc({ rule }, read.leftOut[rule]);
    },
    file: () => files.inc({ result: 'read' }),
    unreadable: () => files.inc({ result: 'unreadable' }),
    batch: (entries, result) => {
      for (const name of ['stored', 'unchanged', 'quarantined'] as const) {
        records.inc({ result: name }, result[name]);
      }
      for (const entry of entries) if (entry.kind === 'rejected') rejected(entry.rejected.reason, 1);
      for (const [reason, count] of Object.entries(result.quarantinedByReason)) rejected(reason, count);
    },
    scan: (result, at) => {
      scans.inc({ result });
      if (result === 'succeeded') last.set(at / 1000);
    },
  };
}
