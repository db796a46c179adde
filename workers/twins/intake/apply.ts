// Stores one batch of records in one transaction together with the source's cursor. A failure rolls everything back,
// and a replay finds the same result: unchanged records are recognised by the head's content hash.
import { TerminalError } from '#runtime/errors.ts';
import { writeAudit } from '../store/audit.ts';
import { noteTwinsOf } from '../store/changes.ts';
import { dueForData, dueNow, duePriority } from '../store/due.ts';
import { internCodes } from '../store/events.ts';
import { readHeads, resourceStatements } from '../store/resources.ts';
import {
  addBatch,
  type Counts,
  countBatch,
  lockSource,
  readSources,
  type SourceRow,
} from '../store/sources.ts';
import type { Tenant } from '../store/tenants.ts';
import { twinStatements } from '../store/twins.ts';
import { seal } from '../vault/seal.ts';
import type { Batch, BatchContext, IntakeParts } from './batch.ts';
import { type Prepared, prepare, type RefusedItem, rejectedItem, rounds } from './prepare.ts';
import { settleQuarantine } from './quarantine.ts';
import { compareWithHead, unitSystem } from './record.ts';
import { resolveSubjects } from './resolve.ts';
import { templateOf } from './template.ts';
import { writeRound } from './write.ts';

/** What became of a batch. */
export interface IntakeResult {
  readonly counts: Counts;
  readonly subjectsChanged: number;
  readonly quarantinedByReason: ReadonlyMap<string, number>;
}

/** The source is not registered. */
export class SourceUnknown extends TerminalError {
  constructor() {
    super('SOURCE_UNKNOWN', 'the source is not registered: create the DataSource and wait until it is Ready');
  }
}

/** Somebody else took the source over. */
export class LeaseLost extends TerminalError {
  constructor() {
    super('LEASE_LOST', 'another holder took the lease: stop, or open the sync again');
  }
}

/** Stores a batch. Throws SourceUnknown, LeaseLost, StoreError. */
export async function applyBatch(
  parts: IntakeParts,
  tenant: Tenant,
  batch: Batch,
  actor: string,
): Promise<IntakeResult> {
  const tenantKeys = await parts.keys.ofTenant(tenant.tenant_id);
  const [source] = await parts.service.inTenant(tenant.tenant_id, (session) =>
    readSources(session, [batch.source]),
  );
  if (source === undefined) throw new SourceUnknown();
  const prepared = batch.records.map((record) => prepare(tenantKeys.blind, source.source_id, record));
  const items = prepared.filter(isPrepared);
  const refused = [
    ...prepared.filter((item): item is RefusedItem => !isPrepared(item)),
    ...batch.rejected.map((item) => rejectedItem(tenantKeys.blind, source.source_id, item)),
  ];
  const codes = await parts.service.inTenant(tenant.tenant_id, (session) =>
    internCodes(session, codesOf(items)),
  );
  return await parts.service.inTenant(tenant.tenant_id, async (session) => {
    const locked = lockedSource(await lockSource(session, batch.source), batch.lease);
    const batchId = await addBatch(session, locked.source_id);
    const context = { ...parts, session, tenant, tenantKeys, source: locked, batchId, codes };
    return await storeItems(context, items, refused, batch, actor);
  });
}

function isPrepared(item: Prepared | RefusedItem): item is Prepared {
  return 'events' in item;
}

function lockedSource(source: SourceRow | undefined, lease: number): SourceRow {
  if (source === undefined) throw new SourceUnknown();
  if (source.lease_no !== lease) throw new LeaseLost();
  return source;
}

/** Distinct codes and units of a batch, in one order for all batches. */
function codesOf(items: readonly Prepared[]): readonly { readonly system: string; readonly code: string }[] {
  const distinct = new Map<string, { readonly system: string; readonly code: string }>();
  const add = (system: string, code: string): void =>
    void distinct.set(`${system}\u0000${code}`, { system, code });
  for (const event of items.flatMap((item) => item.events)) {
    add(event.system, event.code);
    if (event.ucum !== null) add(unitSystem, event.ucum);
  }
  return [...distinct.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, code]) => code);
}

async function storeItems(
  context: BatchContext,
  items: readonly Prepared[],
  refusedBefore: readonly RefusedItem[],
  batch: Batch,
  actor: string,
): Promise<IntakeResult> {
  const { session, source, tenantKeys } = context;
  const refused = [...refusedBefore];
  const subjects = new Set<number>();
  let stored = 0;
  for (const round of rounds(items)) {
    const written = await storeRound(context, round);
    refused.push(...written.refused);
    stored += written.stored;
    for (const subjectId of written.subjects) subjects.add(subjectId);
  }
  const refusedKeys = new Set(refused.map((item) => item.itemKey));
  const accepted = items.filter((item) => !refusedKeys.has(item.resourceKey));
  const quarantined = await settleQuarantine(context, { accepted, refused, readings: batch.readings });
  const total = [...quarantined.values()].reduce((sum, n) => sum + n, 0);
  const received = batch.records.length + batch.rejected.length;
  const counts = { received, stored, quarantined: total, unchanged: received - stored - total };
  await tellTwins(context, [...subjects]);
  const cursor =
    batch.cursor === undefined
      ? undefined
      : seal(tenantKeys.seal, batch.cursor, `cursor|${source.source_id}`);
  await countBatch(session, source.source_id, context.batchId, counts, cursor);
  if (stored + total > 0) {
    await writeAudit(session, {
      kind: 'ingest',
      actor,
      outcome: 'Stored',
      subjects: [...subjects],
      n: stored,
    });
  }
  return { counts, subjectsChanged: subjects.size, quarantinedByReason: quarantined };
}

async function storeRound(
  context: BatchContext,
  round: readonly Prepared[],
): Promise<{
  readonly stored: number;
  readonly refused: readonly RefusedItem[];
  readonly subjects: readonly number[];
}> {
  const heads = await readHeads(
    context.session,
    round.map((item) => item.resourceKey),
  );
  const compared = round.map((item) => ({
    item,
    is: compareWithHead(item.record, heads.get(item.resourceKey)),
  }));
  const later = compared.filter(({ is }) => is === 'newer-same').map(({ item }) => item);
  if (later.length > 0) {
    const keys = later.map((item) => item.resourceKey);
    await context.session.query(resourceStatements.raiseOrder, [
      keys,
      later.map((item) => item.record.sourceOrder),
    ]);
  }
  const changed = compared.filter(({ is }) => is === 'new' || is === 'changed').map(({ item }) => item);
  if (changed.length === 0) return { stored: 0, refused: [], subjects: [] };
  const resolved = await resolveSubjects(context, changed);
  const written = await writeRound(context, resolved, heads);
  return { ...written, refused: [...resolved.refused, ...written.refused] };
}

/** Binds twins to their subjects, makes store-only twins, and marks all of them due. */
async function tellTwins(context: BatchContext, subjectIds: readonly number[]): Promise<void> {
  if (subjectIds.length === 0) return;
  const { session, source } = context;
  const bound = await session.query<{ twin_id: number }>(twinStatements.bind, [subjectIds]);
  if (source.spec.enrolment === 'All') {
    const template = templateOf(source.spec);
    await session.query(twinStatements.addTemplated, [
      subjectIds,
      template.specHash,
      JSON.stringify(template.spec),
    ]);
  }
  const bulk = source.last_completion === null || subjectIds.length > 50;
  await session.query(twinStatements.renameTemplated, [subjectIds]);
  await session.query(twinStatements.dropTemplated, [subjectIds]);
  await dueForData(session, subjectIds, bulk ? duePriority.bulk : duePriority.data, context.wait);
  await dueNow(
    session,
    bound.map((row) => row.twin_id),
    duePriority.data,
  );
  await noteTwinsOf(session, subjectIds);
}
