// Pure: a source's row as the operator sees it.
import type { SourceState } from '#proto/gen/twinward/v1/SourceState.ts';
import type { SourceRow } from '../store/sources.ts';

const rfc3339 = (time: Date | null): string => time?.toISOString() ?? '';

/** Items in quarantine now, by reason code. */
export type ByReason = Readonly<Record<string, number>>;

/** All items, whatever their reason. */
export function sum(reasons: ByReason): number {
  return Object.values(reasons).reduce((total, n) => total + n, 0);
}

/** The state of a source; its totals count what is in quarantine now, so that a resolved item is in none of them. */
export function sourceState(row: SourceRow, reasons: ByReason): SourceState {
  const quarantined = sum(reasons);
  return {
    name: row.name,
    uid: row.object_uid,
    sync: `SYNC_STATE_${row.sync_state}` as SourceState['sync'] & string,
    reasonCode: row.reason_code,
    lastStart: rfc3339(row.last_start),
    lastCompletion: rfc3339(row.last_completion),
    watermark: rfc3339(row.watermark),
    counts: {
      received: String(row.last_received),
      stored: String(row.last_stored),
      unchanged: String(row.last_unchanged),
      quarantined: String(row.last_quarantined),
    },
    quarantinedByReason: largest(reasons),
    totals: {
      received: String(row.total_stored + row.total_unchanged + quarantined),
      stored: String(row.total_stored),
      unchanged: String(row.total_unchanged),
      quarantined: String(quarantined),
    },
  };
}

const mostReasons = 24;

/** The reasons with the most items: states go into Kubernetes objects, which must not grow with what a feed says. */
function largest(reasons: ByReason): Record<string, string> {
  const bySize = Object.entries(reasons).sort(([, one], [, other]) => other - one);
  return Object.fromEntries(bySize.slice(0, mostReasons).map(([reason, n]) => [reason, String(n)]));
}

type SyncCounts = Pick<SourceRow, 'received' | 'quarantined' | 'last_received' | 'last_quarantined' | 'spec'>;

/**
 * Whether a sync put aside more than the share that may be, of what is in quarantine still (`inQuarantine`). A sync
 * that received nothing says nothing new: the last one that did counts.
 */
export function exceedsQuarantine(sync: SyncCounts, inQuarantine: number): boolean {
  const isEmpty = sync.received === 0;
  const received = isEmpty ? sync.last_received : sync.received;
  const quarantined = Math.min(inQuarantine, isEmpty ? sync.last_quarantined : sync.quarantined);
  return received > 0 && (quarantined / received) * 100 > sync.spec.quarantineMaxPercent;
}
