import { type Session, tenantStatement } from './database.ts';

/** An item that could not be stored. */
export interface QuarantineRow {
  readonly itemKey: string;
  readonly reason: string;
  readonly contentHash: Buffer;
  readonly position: string;
  readonly handle: string | null;
  readonly recordId: number | null;
  readonly sealed: Buffer | null;
}

export const quarantineStatements = {
  known: tenantStatement(
    'quarantine.known',
    `SELECT item_key::text AS item_key, reason, content_hash FROM tw.quarantine
     WHERE source_id = $1 AND item_key = ANY($2::uuid[])`,
  ),
  put: tenantStatement(
    'quarantine.put',
    `INSERT INTO tw.quarantine (tenant_id, source_id, item_key, reason, content_hash, position, handle, record_id, sealed)
     SELECT current_setting('tw.tenant')::int, $1, k.* FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::text[],
       $6::text[], $7::bigint[], $8::bytea[]) AS k
     ON CONFLICT (tenant_id, source_id, item_key) DO UPDATE SET reason = excluded.reason,
       content_hash = excluded.content_hash, position = excluded.position, handle = excluded.handle,
       record_id = excluded.record_id, sealed = excluded.sealed, at = now()`,
  ),
  count: tenantStatement(
    'quarantine.count',
    `INSERT INTO tw.quarantine_count (tenant_id, source_id, reason, n)
     SELECT current_setting('tw.tenant')::int, $1, k.reason, k.n FROM unnest($2::text[], $3::bigint[]) AS k(reason, n)
     ORDER BY k.reason
     ON CONFLICT (tenant_id, source_id, reason) DO UPDATE SET n = quarantine_count.n + excluded.n`,
  ),
  heal: tenantStatement(
    'quarantine.heal',
    `DELETE FROM tw.quarantine WHERE source_id = $1 AND item_key = ANY($2::uuid[]) RETURNING handle`,
  ),
  conflicts: tenantStatement(
    'quarantine.conflicts',
    `SELECT DISTINCT handle FROM tw.quarantine WHERE handle = ANY($1::text[]) AND reason = 'HANDLE_CONFLICT'`,
  ),
};

/** What is quarantined already: reason and content hash by item key. */
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

/** Puts items into quarantine and counts them by reason; answers the counts. */
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
    distinct.map((row) => row.sealed),
  ]);
  await session.query(quarantineStatements.count, [sourceId, [...counts.keys()], [...counts.values()]]);
  return counts;
}

/** Removes items that could be stored after all; answers the handles they were about. */
export async function healQuarantined(
  session: Session,
  sourceId: number,
  itemKeys: readonly string[],
): Promise<readonly string[]> {
  if (itemKeys.length === 0) return [];
  const rows = await session.query<{ handle: string | null }>(quarantineStatements.heal, [
    sourceId,
    itemKeys,
  ]);
  return rows.flatMap((row) => (row.handle === null ? [] : [row.handle]));
}

/** Handles that a quarantined item claims for somebody else. */
export async function conflictingHandles(
  session: Session,
  handles: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await session.query<{ handle: string }>(quarantineStatements.conflicts, [handles]);
  return new Set(rows.map((row) => row.handle));
}
