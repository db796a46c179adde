// TwinControl and TwinData: sources and their syncs.
import type { CloseSyncRequest__Output } from '#proto/gen/twinward/v1/CloseSyncRequest.ts';
import type { CloseSyncResponse } from '#proto/gen/twinward/v1/CloseSyncResponse.ts';
import type { FileReading__Output } from '#proto/gen/twinward/v1/FileReading.ts';
import type { IngestRecordsRequest__Output } from '#proto/gen/twinward/v1/IngestRecordsRequest.ts';
import type { IngestRecordsResponse } from '#proto/gen/twinward/v1/IngestRecordsResponse.ts';
import type { OpenSyncRequest__Output } from '#proto/gen/twinward/v1/OpenSyncRequest.ts';
import type { OpenSyncResponse } from '#proto/gen/twinward/v1/OpenSyncResponse.ts';
import type { RejectedRecord__Output } from '#proto/gen/twinward/v1/RejectedRecord.ts';
import type { SourceRecord__Output } from '#proto/gen/twinward/v1/SourceRecord.ts';
import type { SourceSpec__Output } from '#proto/gen/twinward/v1/SourceSpec.ts';
import type { SourceState } from '#proto/gen/twinward/v1/SourceState.ts';
import { applyBatch, LeaseLost, SourceUnknown } from '../intake/apply.ts';
import type { Batch, IntakeParts } from '../intake/batch.ts';
import { templateOf } from '../intake/template.ts';
import { changeKind, noteChanges } from '../store/changes.ts';
import type { Session } from '../store/database.ts';
import { dueNow, duePriority } from '../store/due.ts';
import { quarantinedFiles, quarantineReasons, quarantineStatements } from '../store/quarantine.ts';
import { resourceStatements } from '../store/resources.ts';
import {
  ensureSources,
  lockSource,
  readSources,
  type SourceEntry,
  type SourceRow,
  sourceStatements,
} from '../store/sources.ts';
import type { Tenant } from '../store/tenants.ts';
import { twinStatements } from '../store/twins.ts';
import { unseal } from '../vault/seal.ts';
import { Refusal } from './failure.ts';
import { type ByReason, exceedsQuarantine, sourceState, sum } from './source-state.ts';

const mostRecords = 2_000;
const mostFiles = 10_000;
const mostBytes = 16 * 1024 * 1024;

/** Registers sources and answers their states. */
export async function registerSources(
  parts: IntakeParts,
  tenant: Tenant,
  sources: readonly SourceSpec__Output[],
): Promise<readonly SourceState[]> {
  return await parts.service.inTenant(tenant.tenant_id, async (session) => {
    await ensureSources(session, sources.map(entryOf));
    const rows = await readSources(
      session,
      sources.map((source) => source.name),
    );
    for (const row of rows.filter(({ spec }) => spec.enrolment === 'All')) {
      const template = templateOf(row.spec);
      const values = [row.source_id, template.specHash, JSON.stringify(template.spec)];
      const changed = await session.query<{ twin_id: number }>(twinStatements.retemplate, values);
      await dueNow(
        session,
        changed.map((twin) => twin.twin_id),
        duePriority.bulk,
      );
    }
    return await statesOf(session, rows);
  });
}

function entryOf(source: SourceSpec__Output): SourceEntry {
  if (source.name === '' || source.uid === '')
    throw new Refusal('BAD_SPEC', 'sources[].name and sources[].uid are required');
  return {
    name: source.name,
    uid: source.uid,
    specHash: source.specHash,
    spec: {
      enrolment: source.enrolment,
      templateModels: source.templateModels,
      templateOutcomes: source.templateOutcomes.map(({ name, horizon }) => ({ name, horizon })),
      quarantineMaxPercent: source.quarantineMaxPercent,
      rawRetentionDays: source.rawRetentionDays,
    },
  };
}

/** States of sources by name; unknown names are left out. */
export async function sourceStates(
  parts: IntakeParts,
  tenant: Tenant,
  names: readonly string[],
): Promise<readonly SourceState[]> {
  return await parts.service.inTenant(tenant.tenant_id, async (session) =>
    statesOf(session, await readSources(session, names)),
  );
}

async function statesOf(session: Session, rows: readonly SourceRow[]): Promise<readonly SourceState[]> {
  const quarantined = await quarantinedBySource(session, rows);
  return rows.map((row) => sourceState(row, quarantined.get(row.source_id) ?? {}));
}

/** What is in quarantine now, by source. */
async function quarantinedBySource(
  session: Session,
  rows: readonly SourceRow[],
): Promise<ReadonlyMap<number, ByReason>> {
  const found = new Map<number, Record<string, number>>(rows.map((row) => [row.source_id, {}]));
  for (const each of await quarantineReasons(session, [...found.keys()])) {
    const reasons = found.get(each.source_id);
    if (reasons !== undefined) reasons[each.reason] = each.n;
  }
  return found;
}

/** Takes the lease of a source and answers where it stopped. */
export async function openSync(
  parts: IntakeParts,
  tenant: Tenant,
  request: OpenSyncRequest__Output,
): Promise<OpenSyncResponse> {
  const keys = await parts.keys.ofTenant(tenant.tenant_id);
  return await parts.service.inTenant(tenant.tenant_id, async (session) => {
    const rows = await session.query<{ lease_no: number; cursor: Buffer | null; source_id: number }>(
      sourceStatements.open,
      [request.source, request.holder],
    );
    const row = rows[0];
    if (row === undefined) throw new SourceUnknown();
    await noteChanges(session, changeKind.source, [request.source]);
    const cursor =
      row.cursor === null ? Buffer.alloc(0) : unseal(keys.seal, row.cursor, `cursor|${row.source_id}`);
    const files = await quarantinedFiles(session, row.source_id, mostFiles);
    return { lease: String(row.lease_no), cursor, quarantinedFiles: [...files] };
  });
}

/** Reads one batch from the stream and stores it. */
export async function ingestRecords(
  parts: IntakeParts,
  tenant: Tenant,
  requests: AsyncIterable<IngestRecordsRequest__Output>,
  actor: string,
): Promise<IngestRecordsResponse> {
  const result = await applyBatch(parts, tenant, await collect(requests), actor);
  const { counts } = result;
  return {
    counts: {
      received: String(counts.received),
      stored: String(counts.stored),
      unchanged: String(counts.unchanged),
      quarantined: String(counts.quarantined),
    },
    subjectsChanged: String(result.subjectsChanged),
    quarantinedByReason: Object.fromEntries(
      [...result.quarantinedByReason].map(([reason, n]) => [reason, String(n)]),
    ),
  };
}

async function collect(requests: AsyncIterable<IngestRecordsRequest__Output>): Promise<Batch> {
  const items: Items = { records: [], rejected: [], readings: [] };
  let head: { readonly source: string; readonly lease: number } | undefined;
  let cursor: Buffer | undefined;
  let bytes = 0;
  for await (const request of requests) {
    if (request.header) head = { source: request.header.source, lease: Number(request.header.lease) };
    addItem(items, request);
    cursor = request.part === 'cursor' ? request.cursor : cursor;
    bytes += rawBytes(request);
    requireSize(Math.max(items.records.length + items.rejected.length, items.readings.length), bytes);
  }
  if (head === undefined)
    throw new Refusal('BAD_REQUEST', 'the first message must be the header with source and lease');
  return { ...head, ...items, cursor };
}

interface Items {
  readonly records: SourceRecord__Output[];
  readonly rejected: RejectedRecord__Output[];
  readonly readings: FileReading__Output[];
}

function addItem(items: Items, { record, rejected, reading }: IngestRecordsRequest__Output): void {
  if (record) items.records.push(record);
  if (rejected) items.rejected.push(rejected);
  if (reading) items.readings.push(reading);
}

function rawBytes(request: IngestRecordsRequest__Output): number {
  return (request.record?.raw.length ?? 0) + (request.rejected?.raw.length ?? 0);
}

function requireSize(items: number, bytes: number): void {
  if (items <= mostRecords && bytes <= mostBytes) return;
  throw new Refusal(
    'BATCH_TOO_LARGE',
    `a batch holds at most ${mostRecords} records, as many readings, or 16 MiB: send several batches`,
  );
}

/** Ends a sync with its outcome. */
export async function closeSync(
  parts: IntakeParts,
  tenant: Tenant,
  request: CloseSyncRequest__Output,
): Promise<CloseSyncResponse> {
  return await parts.service.inTenant(tenant.tenant_id, async (session) => {
    const source = await lockSource(session, request.source);
    if (source === undefined) throw new SourceUnknown();
    if (source.lease_no !== Number(request.lease)) throw new LeaseLost();
    const quarantined = (await quarantinedBySource(session, [source])).get(source.source_id) ?? {};
    const outcome = outcomeOf(source, request.failure, sum(quarantined));
    const times = [request.start, request.watermark].map((text) => (text === '' ? null : text));
    await session.query(sourceStatements.close, [source.source_id, ...outcome, ...times, request.keepLease]);
    if (source.spec.rawRetentionDays > 0) {
      const values = [source.source_id, Math.ceil(source.spec.rawRetentionDays)];
      await session.query(resourceStatements.thinHistory, values);
      await session.query(quarantineStatements.thin, values);
    }
    await noteChanges(session, changeKind.source, [source.name]);
    const [state] = await statesOf(session, await readSources(session, [source.name]));
    return { state: state ?? null };
  });
}

function outcomeOf(source: SourceRow, failure: string, quarantined: number): readonly [string, string] {
  if (failure !== '') return ['FAILED', /^[A-Z][A-Z0-9_]{0,63}$/.test(failure) ? failure : 'UNSPECIFIED'];
  const exceeded = exceedsQuarantine(source, quarantined);
  return exceeded ? ['QUARANTINE_LIMIT', 'QUARANTINE_LIMIT'] : ['SUCCEEDED', ''];
}
