import type { ServiceClient } from '#proto/connect.ts';
import type { IngestRecordsRequest } from '#proto/gen/twinward/v1/IngestRecordsRequest.ts';
import type { RecordEvent } from '#proto/gen/twinward/v1/RecordEvent.ts';
import type { SourceRecord } from '#proto/gen/twinward/v1/SourceRecord.ts';
import type { TwinDataDefinition } from '#proto/gen/twinward/v1/TwinData.ts';
import type { ClinicalEvent } from './fhir/clinical-event.ts';
import type { NormalisedRecord } from './fhir/record.ts';
import type { Batch, BatchEntry, RecordSink } from './ports.ts';

/** Milliseconds that a call may take. */
export interface Deadlines {
  readonly callMs: number;
  readonly batchMs: number;
}

/** The twin service as the place where records go. `holder` names this pod for the lease. */
export function createTwinsSink(
  client: ServiceClient<TwinDataDefinition>,
  source: string,
  holder: string,
  deadlines: Deadlines = { callMs: 20_000, batchMs: 120_000 },
): RecordSink {
  return {
    open: async () => {
      const answer = await client.call('OpenSync', { source, holder }, deadlines.callMs);
      const { lease, cursor, quarantinedFiles } = answer;
      return { lease, cursor, quarantinedFiles };
    },
    send: async (lease, batch) => {
      const messages = toMessages({ source, lease }, batch);
      const answer = await client.clientStream('IngestRecords', messages, deadlines.batchMs);
      const { received, stored, unchanged, quarantined } = answer.counts ?? {};
      return {
        received: Number(received ?? 0),
        stored: Number(stored ?? 0),
        unchanged: Number(unchanged ?? 0),
        quarantined: Number(quarantined ?? 0),
        subjectsChanged: Number(answer.subjectsChanged),
        quarantinedByReason: Object.fromEntries(
          Object.entries(answer.quarantinedByReason).map(([reason, count]) => [reason, Number(count)]),
        ),
      };
    },
    close: async (lease, end) => {
      const request = {
        source,
        lease,
        failure: end.failure,
        start: end.start.toISOString(),
        watermark: end.watermark?.toISOString() ?? '',
        keepLease: end.keepLease,
      };
      await client.call('CloseSync', request, deadlines.callMs);
    },
  };
}

function* toMessages(
  header: { readonly source: string; readonly lease: string },
  batch: Batch,
): Generator<IngestRecordsRequest> {
  yield { part: 'header', header };
  for (const entry of batch.entries) yield toMessage(entry);
  for (const reading of batch.readings) yield { part: 'reading', reading };
  if (batch.cursor !== undefined) yield { part: 'cursor', cursor: batch.cursor };
}

function toMessage(entry: BatchEntry): IngestRecordsRequest {
  if (entry.kind === 'record') {
    return { part: 'record', record: { ...toRecord(entry.record), position: entry.position } };
  }
  const { about, ...rejected } = entry.rejected;
  return { part: 'rejected', rejected: { ...rejected, ...about } };
}

function toRecord(record: NormalisedRecord): SourceRecord {
  const { person, events, ...rest } = record;
  return {
    ...rest,
    events: events.map(toEvent),
    ...(person === undefined
      ? {}
      : { person: { ...person, identifiers: [...person.identifiers], document: record.raw } }),
  };
}

function toEvent(event: ClinicalEvent, ordinal: number): RecordEvent {
  const { time, system, code, action, value } = event;
  const { instant, precision, offsetMinutes } = time;
  const base = { ordinal, system, code, action, time: instant, precision };
  const dated = offsetMinutes === undefined ? base : { ...base, offsetMinutes };
  if (value === undefined) return dated;
  if (value.kind === 'concept') {
    return { ...dated, value: 'concept', concept: `${value.concept.system}|${value.concept.code}` };
  }
  const { literal, ucum } = value;
  return { ...dated, value: 'number', number: literal.number, numberText: literal.text, ucum };
}
