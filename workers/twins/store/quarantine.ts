import { type Session, tenantStatement } from './database.ts';

/** An item that could not be stored. */
export interface QuarantineRow {
  readonly itemKey: string;
  readonly reason: string;
  readonly contentHash: Buffer;
  /** Hash of a file and index within it, `file:item`; else empty. */
  readonly position: string;
  readonly handle: string | null;
  readonly recordId: number | null;
  /** Key of the record that it would have been, and its order; null when that cannot be told. */
  readonly recordKey: string | null;
  readonly sourceOrder: string | null;
  readonly sealed: Buffer | null;
}

/** Items `first` to before `behind` of a file, as they are now. */
export interface ReadRange {
  readonly file: string;
  readonly first: number;
  readonly behind: number;
}

/** A record that was read well. */
export interface AcceptedRecord {
  readonly recordKey: string;
  readonly sourceOrder: string;
}

interface Resolved {
  readonly handle: string | null;
}

export const quarantineStatements = {
  known: tenantStatement(
    'quarantine.known',
    `SELECT item_key::text AS item_key, reason, content_hash FROM tw.quarantine
     WHERE source_id = $1 AND item_key = ANY($2::uuid[]) AND resolved_at IS NULL`,
  ),
  put: tenantStatement(
    'quarantine.put',
    `INSERT INTO tw.quarantine (tenant_id, source_id, item_key, reason, content_hash, position, handle, record_id,
       record_key, source_order, sealed)
     SELECT current_setting('tw.tenant')::int, $1, k.* FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::text[],
       $6::text[], $7::bigint[], $8::uuid[], $9::bigint[], $10::bytea[]) AS k
     ON CONFLICT (tenant_id, source_id, item_key) DO UPDATE SET reason = excluded.reason,
       content_hash = excluded.content_hash, position = excluded.position, handle = excluded.handle,
       record_id = excluded.record_id, record_key = excluded.record_key, source_order = excluded.source_order,
       sealed = excluded.sealed, at = now(), resolved_at = NULL, resolution = NULL`,
  ),
  move: tenantStatement(
    'quarantine.move',
    `UPDATE tw.quarantine q SET position = k.position FROM unnest($2::uuid[], $3::text[]) AS k(item_key, position)
     WHERE q.source_id = $1 AND q.item_key = k.item_key AND q.position <> k.position AND k.position <> ''`,
  ),
  resolveRecords: tenantStatement(
    'quarantine.resolveRecords',
    `UPDATE tw.quarantine q SET resolved_at = now(), resolution = 'CORRECTED'
     FROM unnest($2::uuid[], $3::bigint[]) AS k(record_key, source_order)
     WHERE q.source_id = $1 AND q.record_key = k.record_key AND q.resolved_at IS NULL
       AND (q.source_order IS NULL OR q.source_order <= k.source_order) RETURNING q.handle`,
  ),
  resolveRanges: tenantStatement(
    'quarantine.resolveRanges',
    `UPDATE tw.quarantine q SET resolved_at = now(), resolution = 'CORRECTED'
     FROM unnest($2::text[], $3::int[], $4::int[]) AS k(file, first, behind)
     WHERE q.source_id = $1 AND q.file = k.file AND q.item >= k.first AND q.item < k.behind AND q.resolved_at IS NULL
       AND NOT q.item_key = ANY($5::uuid[]) RETURNING q.handle`,
  ),
  resolveFiles: tenantStatement(
    'quarantine.resolveFiles',
    `UPDATE tw.quarantine SET resolved_at = now(), resolution = 'REMOVED'
     WHERE source_id = $1 AND file = ANY($2::text[]) AND resolved_at IS NULL RETURNING handle`,
  ),
  any: tenantStatement(
    'quarantine.any',
    'SELECT EXISTS (SELECT 1 FROM tw.quarantine WHERE source_id = $1 AND resolved_at IS NULL) AS found',
  ),
  files: tenantStatement(
    'quarantine.files',
    `SELECT DISTINCT file FROM tw.quarantine WHERE source_id = $1 AND file IS NOT NULL AND resolved_at IS NULL
     ORDER BY file LIMIT $2`,
  ),
  reasons: tenantStatement(
    'quarantine.reasons',
    `SELECT source_id, reason, count(*) AS n FROM tw.quarantine
     WHERE source_id = ANY($1::int[]) AND resolved_at IS NULL GROUP BY source_id, reason`,
  ),
  thin: tenantStatement(
    'quarantine.thin',
    `UPDATE tw.quarantine SET sealed = NULL
     WHERE source_id = $1 AND resolved_at < now() - make_interval(days => $2) AND sealed IS NOT NULL`,
  ),
  conflicts: tenantStatement(
    'quarantine.conflicts',
    `SELECT DISTINCT handle FROM tw.quarantine
     WHERE handle = ANY($1::text[]) AND reason = 'HANDLE_CONFLICT' AND resolved_at IS NULL`,
  ),
};

/** What is in quarantine now: reason and content hash by item key. */
export async function readQuarantined(
  session: Session,
  sourceId: number,
  itemKeys: readonly string[],
): Promise<ReadonlyMap<string, { readonly reason: string; readonly content_hash: Buffer }>> {
  const rows = await session.query<{ item_key: string; reason: string; content_hash: Buffer }>(
    quarantineStatements.known,
    [sourceId, itemKeys],
  );
  return new Map(rows.map((row) => [row.item_key, row]));
}

/** Puts items into quarantine, again when they were resolved; answers how many by reason. */
export async function putQuarantined(
  session: Session,
  sourceId: number,
  rows: readonly QuarantineRow[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  if (rows.length === 0) return counts;
  for (const row of rows) counts.set(row.reason, (counts.get(row.reason) ?? 0) + 1);
  const distinct = [...new Map(rows.map((row) => [row.itemKey, row])).values()];
  await session.query(quarantineStatements.put, [
    sourceId,
    distinct.map((row) => row.itemKey),
    distinct.map((row) => row.reason),
    distinct.map((row) => row.contentHash),
    distinct.map((row) => row.position),
    distinct.map((row) => row.handle),
    distinct.map((row) => row.recordId),
    distinct.map((row) => row.recordKey),
    distinct.map((row) => row.sourceOrder),
    distinct.map((row) => row.sealed),
  ]);
  return counts;
}

/** Notes where items that are known were read last. */
export async function moveQuarantined(
  session: Session,
  sourceId: number,
  items: readonly Pick<QuarantineRow, 'itemKey' | 'position'>[],
): Promise<void> {
  if (items.length === 0) return;
  const values = [sourceId, items.map((item) => item.itemKey), items.map((item) => item.position)];
  await session.query(quarantineStatements.move, values);
}

/** Whether a source has anything in quarantine. */
export async function hasQuarantined(session: Session, sourceId: number): Promise<boolean> {
  return (await session.query<{ found: boolean }>(quarantineStatements.any, [sourceId]))[0]?.found === true;
}

/** Files with items in quarantine, at most `most`. */
export async function quarantinedFiles(
  session: Session,
  sourceId: number,
  most: number,
): Promise<readonly string[]> {
  const rows = await session.query<{ file: string }>(quarantineStatements.files, [sourceId, most]);
  return rows.map((row) => row.file);
}

/** Resolves the items of records that were read well in the same or a later version; answers the handles they claimed. */
export async function resolveRecords(
  session: Session,
  sourceId: number,
  records: readonly AcceptedRecord[],
): Promise<readonly string[]> {
  if (records.length === 0) return [];
  const values = [
    sourceId,
    records.map((record) => record.recordKey),
    records.map((record) => record.sourceOrder),
  ];
  return handlesOf(await session.query<Resolved>(quarantineStatements.resolveRecords, values));
}

/** Resolves what stood in these ranges and is not among `still`; answers the handles it claimed. */
export async function resolveRanges(
  session: Session,
  sourceId: number,
  ranges: readonly ReadRange[],
  still: readonly string[],
): Promise<readonly string[]> {
  if (ranges.length === 0) return [];
  const values = [
    sourceId,
    ranges.map((range) => range.file),
    ranges.map((range) => range.first),
    ranges.map((range) => range.behind),
    still,
  ];
  return handlesOf(await session.query<Resolved>(quarantineStatements.resolveRanges, values));
}

/** Resolves everything of files that the source no longer has; answers the handles it claimed. */
export async function resolveFiles(
  session: Session,
  sourceId: number,
  files: readonly string[],
): Promise<readonly string[]> {
  if (files.length === 0) return [];
  return handlesOf(await session.query<Resolved>(quarantineStatements.resolveFiles, [sourceId, files]));
}

function handlesOf(rows: readonly Resolved[]): readonly string[] {
  return rows.flatMap((row) => row.handle ?? []);
}

/** Items in quarantine now, by source and reason. */
export async function quarantineReasons(
  session: Session,
  sourceIds: readonly number[],
): Promise<readonly { readonly source_id: number; readonly reason: string; readonly n: number }[]> {
  return await session.query(quarantineStatements.reasons, [sourceIds]);
}

/** Handles that a quarantined item claims for somebody else. */
export async function conflictingHandles(
  session: Session,
  handles: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await session.query<{ handle: string }>(quarantineStatements.conflicts, [handles]);
  return new Set(rows.map((row) => row.handle));
}
