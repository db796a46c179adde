// Writes what a round changes: revisions, events, sealed records, persons.

import { StoreError } from '../store/database.ts';
import { closeEvents, codeKey, eventStatements, type NewEvent, openEvents } from '../store/events.ts';
import { replacePersons } from '../store/persons.ts';
import {
  type ResourceHead,
  type ResourceRow,
  resourceStatements,
  storeResources,
} from '../store/resources.ts';
import { bumpRevisions, lockSubjects, type Subject } from '../store/subjects.ts';
import { seal } from '../vault/seal.ts';
import type { BatchContext } from './batch.ts';
import { offsetDays, shifted } from './offset.ts';
import { type Prepared, type RefusedItem, refusalWithoutContent } from './prepare.ts';
import { type DraftEvent, unitSystem } from './record.ts';
import type { Move, Resolved } from './resolve.ts';

/** What a round wrote. */
export interface Written {
  readonly stored: number;
  readonly refused: readonly RefusedItem[];
  readonly subjects: readonly number[];
}

interface Placed {
  readonly item: Prepared;
  readonly recordId: number | null;
  readonly subject: Subject | undefined;
  readonly head: ResourceHead | undefined;
}

/** Locks the subjects, raises their revisions and writes. */
export async function writeRound(
  context: BatchContext,
  resolved: Resolved,
  heads: ReadonlyMap<string, ResourceHead>,
): Promise<Written> {
  const subjects = await lockAll(context, resolved, heads);
  const { placed, refused } = place(resolved, heads, subjects);
  const touched = new Set([
    ...placed.flatMap(({ subject, head }) => [subject?.subject_id ?? [], head?.subject_id ?? []].flat()),
    ...resolved.moves.flatMap(({ record, to }) => [record.subject_id, to]),
  ]);
  const alive = [...touched].filter((subjectId) => subjects.has(subjectId));
  const revisions = await bumpRevisions(context.session, alive, context.batchId, 'intake');
  for (const move of resolved.moves) await moveEvents(context, move, subjects, revisions);
  await closeOld(context, placed, revisions);
  await openEvents(
    context.session,
    context.source.source_id,
    placed.flatMap((each) => newEvents(context, each, revisions)),
  );
  await storeSealed(context, placed);
  return { stored: placed.length, refused, subjects: alive };
}

async function lockAll(
  context: BatchContext,
  resolved: Resolved,
  heads: ReadonlyMap<string, ResourceHead>,
): Promise<ReadonlyMap<number, Subject>> {
  const ids = new Set<number>();
  for (const row of resolved.records.values()) ids.add(row.subject_id);
  for (const move of resolved.moves) ids.add(move.record.subject_id);
  for (const item of resolved.items) {
    const subjectId = heads.get(item.resourceKey)?.subject_id;
    if (typeof subjectId === 'number') ids.add(subjectId);
  }
  const rows = await lockSubjects(
    context.session,
    [...ids].sort((a, b) => a - b),
  );
  return new Map(rows.map((row) => [row.subject_id, row]));
}

function place(
  resolved: Resolved,
  heads: ReadonlyMap<string, ResourceHead>,
  subjects: ReadonlyMap<number, Subject>,
): { readonly placed: readonly Placed[]; readonly refused: readonly RefusedItem[] } {
  const all = resolved.items.map((item): Placed => {
    const record = item.recordBlind === undefined ? undefined : resolved.records.get(item.recordBlind);
    const subject = record === undefined ? undefined : subjects.get(record.subject_id);
    if (record !== undefined && subject === undefined) throw erasedMeanwhile();
    return { item, recordId: record?.record_id ?? null, subject, head: heads.get(item.resourceKey) };
  });
  const restricted = (each: Placed): boolean => each.subject?.state === 'restricted';
  return {
    placed: all.filter((each) => !restricted(each)),
    refused: all
      .filter(restricted)
      .map(({ item }) => refusalWithoutContent(item.resourceKey, 'SUBJECT_RESTRICTED', item.record)),
  };
}

/** The subject was erased between finding and locking it: the transaction is tried again, and then refuses its records. */
function erasedMeanwhile(): StoreError {
  return new StoreError('40001', 'intake');
}

async function moveEvents(
  context: BatchContext,
  move: Move,
  subjects: ReadonlyMap<number, Subject>,
  revisions: ReadonlyMap<number, number>,
): Promise<void> {
  const { record, to } = move;
  const days = offsetOf(context, subjects.get(to)) - offsetOf(context, subjects.get(record.subject_id));
  const { session } = context;
  await session.query(eventStatements.copyOfRecord, [
    record.subject_id,
    record.record_id,
    to,
    revisions.get(to) ?? 0,
    days,
  ]);
  await session.query(eventStatements.closeOfRecord, [
    record.subject_id,
    record.record_id,
    revisions.get(record.subject_id) ?? 0,
  ]);
  await session.query(resourceStatements.moveOfRecord, [record.record_id, to]);
  await session.query(resourceStatements.moveHistoryOfRecord, [record.record_id, to]);
}

function offsetOf(context: BatchContext, subject: Subject | undefined): number {
  return subject === undefined
    ? 0
    : offsetDays(context.tenant.purpose, context.tenantKeys.offset, subject.pseudonym);
}

async function closeOld(
  context: BatchContext,
  placed: readonly Placed[],
  revisions: ReadonlyMap<number, number>,
): Promise<void> {
  const rows = placed.flatMap(({ item, subject, head }) => {
    if (head === undefined) return [];
    const holders = new Set([head.subject_id, subject?.subject_id ?? null].filter((id) => id !== null));
    return [...holders].map((subjectId) => ({
      subjectId,
      resourceKey: item.resourceKey,
      revision: revisions.get(subjectId) ?? 0,
    }));
  });
  await closeEvents(context.session, rows);
}

function newEvents(
  context: BatchContext,
  each: Placed,
  revisions: ReadonlyMap<number, number>,
): readonly NewEvent[] {
  const { item, recordId, subject } = each;
  if (subject === undefined || recordId === null) return [];
  const days = offsetOf(context, subject);
  return item.events.map((event, ordinal) => ({
    subjectId: subject.subject_id,
    recordId,
    resourceKey: item.resourceKey,
    ordinal,
    revision: revisions.get(subject.subject_id) ?? 0,
    codeId: context.codes.get(codeKey(event.system, event.code)) ?? 0,
    unitId: unitId(context, event),
    action: event.action,
    time: shifted(event.time, days).toISOString(),
    precision: event.precision,
    offsetMinutes: event.offsetMinutes,
    number: event.number,
    numberText: event.numberText,
    concept: event.concept,
  }));
}

function unitId(context: BatchContext, event: DraftEvent): number | null {
  return event.ucum === null ? null : (context.codes.get(codeKey(unitSystem, event.ucum)) ?? null);
}

/** Seals every record under the key of its patient (the tenant's for a record about nobody) and stores it. */
async function storeSealed(context: BatchContext, placed: readonly Placed[]): Promise<void> {
  const { keys, session, source, tenant, tenantKeys } = context;
  const deks = await keys.ofRecords(
    tenant.tenant_id,
    placed.flatMap(({ recordId }) => recordId ?? []),
  );
  const keyOf = (recordId: number | null): Buffer => deks.get(recordId ?? -1) ?? tenantKeys.seal;
  const rows = placed.map(({ item, recordId, subject }): ResourceRow => {
    const { record } = item;
    return {
      resourceKey: item.resourceKey,
      recordId,
      subjectId: subject?.subject_id ?? null,
      type: record.type,
      version: record.version,
      sourceOrder: record.sourceOrder,
      contentHash: record.contentHash,
      deleted: record.deleted,
      raw: record.raw.length === 0 ? null : seal(keyOf(recordId), record.raw, `raw|${item.resourceKey}`),
    };
  });
  await storeResources(session, context.batchId, source.source_id, rows);
  const persons = placed.flatMap(({ item, recordId }) => {
    const { person } = item.record;
    if (person === null || recordId === null) return [];
    const key = keyOf(recordId);
    return [
      {
        recordId,
        person: person.document.length === 0 ? undefined : seal(key, person.document, `person|${recordId}`),
        identifiers: item.identifiers.map((identifier) => ({
          blind: identifier.blind,
          sealed: seal(
            key,
            Buffer.from(JSON.stringify([identifier.system, identifier.value])),
            `identifier|${recordId}`,
          ),
        })),
      },
    ];
  });
  await replacePersons(session, persons);
}
