// Pure: a source's row as the operator sees it.
import type { SourceState } from '#proto/gen/twinward/v1/SourceState.ts';
import type { SourceRow } from '../store/sources.ts';

const rfc3339 = (time: Date | null): string => time?.toISOString() ?? '';

/** The state of a source; `reasons` are its quarantined items by reason code. */
export function sourceState(row: SourceRow, reasons: Readonly<Record<string, string>>): SourceState {
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
      received: String(row.total_received),
      stored: String(row.total_stored),
      unchanged: String(row.total_unchanged),
      quarantined: String(row.total_quarantined),
    },
  };
}

const mostReasons = 24;

/** The reasons with the most items: states go into Kubernetes objects, which must not grow with what a feed says. */
function largest(reasons: Readonly<Record<string, string>>): Record<string, string> {
  const bySize = Object.entries(reasons).sort(([, one], [, other]) => Number(other) - Number(one));
  return Object.fromEntries(bySize.slice(0, mostReasons));
}

/** Whether a sync exceeded the share of items that may be quarantined. */
export function exceedsQuarantine(received: number, quarantined: number, maxPercent: number): boolean {
  return received > 0 && (quarantined / received) * 100 > maxPercent;
}
