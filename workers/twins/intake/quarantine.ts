// What a batch does to quarantine: items go in, and items that were read well since, or are gone, come out.
import type { FileReading__Output } from '#proto/gen/twinward/v1/FileReading.ts';
import { changeKind, noteChanges } from '../store/changes.ts';
import {
  hasQuarantined,
  moveQuarantined,
  putQuarantined,
  type ReadRange,
  readQuarantined,
  resolveFiles,
  resolveRanges,
  resolveRecords,
} from '../store/quarantine.ts';
import { readHeads } from '../store/resources.ts';
import { seal } from '../vault/seal.ts';
import type { BatchContext } from './batch.ts';
import type { Prepared, RefusedItem } from './prepare.ts';

/** Behind every item of a file. */
const lastItem = 2_147_483_647;

/** What a batch says about quarantine. */
export interface QuarantineNews {
  readonly accepted: readonly Prepared[];
  readonly refused: readonly RefusedItem[];
  readonly readings: readonly FileReading__Output[];
}

/** Resolves what the batch heals and puts aside what it refuses; answers how many were put aside by reason. */
export async function settleQuarantine(
  context: BatchContext,
  news: QuarantineNews,
): Promise<ReadonlyMap<string, number>> {
  const refused = await withoutSuperseded(context, news.refused);
  await resolve(context, { ...news, refused });
  return await quarantine(context, refused);
}

/** An item that is older than the stored version of its record changes nothing, as an older record does. */
async function withoutSuperseded(
  context: BatchContext,
  refused: readonly RefusedItem[],
): Promise<readonly RefusedItem[]> {
  const keys = refused.flatMap((item) => item.recordKey ?? []);
  if (keys.length === 0) return refused;
  const heads = await readHeads(context.session, keys);
  return refused.filter(({ recordKey, sourceOrder }) => {
    const head = heads.get(recordKey ?? '');
    return head === undefined || sourceOrder === null || head.source_order <= Number(sourceOrder);
  });
}

async function resolve(
  { session, source: { source_id: sourceId } }: BatchContext,
  { accepted, refused, readings }: QuarantineNews,
): Promise<void> {
  if (!(await hasQuarantined(session, sourceId))) return;
  const records = accepted.map(({ resourceKey, record }) => ({
    recordKey: resourceKey,
    sourceOrder: record.sourceOrder,
  }));
  const still = refused.map((item) => item.itemKey);
  const gone = readings.filter((reading) => reading.gone).map((reading) => reading.file);
  const handles = [
    ...(await resolveRecords(session, sourceId, records)),
    ...(await resolveRanges(session, sourceId, readings.filter(isRead).map(rangeOf), still)),
    ...(await resolveFiles(session, sourceId, gone)),
  ];
  await noteChanges(session, changeKind.twin, handles);
}

function isRead(reading: FileReading__Output): boolean {
  return !reading.gone;
}

function rangeOf({ file, from, to, complete }: FileReading__Output): ReadRange {
  return { file, first: from, behind: complete ? lastItem : to };
}

/** Puts refused items aside; one that is there already with the same content counts as unchanged. */
async function quarantine(
  context: BatchContext,
  refused: readonly RefusedItem[],
): Promise<ReadonlyMap<string, number>> {
  if (refused.length === 0) return new Map();
  const { session, source, tenantKeys } = context;
  const known = await readQuarantined(
    session,
    source.source_id,
    refused.map((item) => item.itemKey),
  );
  const isKnown = (item: RefusedItem): boolean => {
    const row = known.get(item.itemKey);
    return row?.reason === item.reason && row.content_hash.equals(item.contentHash);
  };
  const fresh = refused.filter((item) => !isKnown(item));
  await moveQuarantined(session, source.source_id, refused.filter(isKnown));
  await noteChanges(
    session,
    changeKind.twin,
    fresh.flatMap((item) => item.handle ?? []),
  );
  return await putQuarantined(
    session,
    source.source_id,
    fresh.map(({ raw, ...item }) => ({
      ...item,
      sealed: raw === undefined ? null : seal(tenantKeys.seal, raw, `quarantine|${item.itemKey}`),
    })),
  );
}
