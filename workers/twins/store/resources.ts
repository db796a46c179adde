import { type Session, tenantStatement } from './database.ts';

/** The stored head of a record from a source. */
export interface ResourceHead {
  readonly resource_key: string;
  readonly content_hash: Buffer;
  readonly source_order: number;
  readonly subject_id: number | null;
  readonly record_id: number | null;
}

/** A record to be stored. Ids are null for a record about nobody. */
export interface ResourceRow {
  readonly resourceKey: string;
  readonly recordId: number | null;
  readonly subjectId: number | null;
  readonly type: string;
  readonly version: string;
  readonly sourceOrder: string;
  readonly contentHash: Buffer;
  readonly deleted: boolean;
  readonly raw: Buffer | null;
}

const stored =
  'resource_key, source_id, record_id, subject_id, type, version, source_order, content_hash, deleted, raw';

export const resourceStatements = {
  heads: tenantStatement(
    'resources.heads',
    `SELECT r.resource_key::text AS resource_key, r.content_hash, r.source_order, r.subject_id, r.record_id
     FROM unnest($1::uuid[]) AS k(resource_key)
     CROSS JOIN LATERAL (SELECT * FROM tw.resource r
       WHERE r.tenant_id = current_setting('tw.tenant')::int AND r.resource_key = k.resource_key OFFSET 0) r`,
  ),
  keepHistory: tenantStatement(
    'resources.keepHistory',
    `INSERT INTO tw.resource_history (tenant_id, batch_id, ${stored})
     SELECT tenant_id, batch_id, ${stored} FROM tw.resource r
     WHERE r.tenant_id = current_setting('tw.tenant')::int AND r.resource_key = ANY($1::uuid[])
     ON CONFLICT DO NOTHING`,
  ),
  upsert: tenantStatement(
    'resources.upsert',
    `INSERT INTO tw.resource (tenant_id, batch_id, source_id, resource_key, record_id, subject_id, type, version,
       source_order, content_hash, deleted, raw)
     SELECT current_setting('tw.tenant')::int, $1, $2, k.* FROM unnest($3::uuid[], $4::bigint[], $5::bigint[], $6::text[],
       $7::text[], $8::bigint[], $9::bytea[], $10::boolean[], $11::bytea[]) AS k
     ON CONFLICT (tenant_id, resource_key) DO UPDATE SET batch_id = excluded.batch_id, source_id = excluded.source_id,
       record_id = excluded.record_id, subject_id = excluded.subject_id, type = excluded.type,
       version = excluded.version, source_order = excluded.source_order, content_hash = excluded.content_hash,
       deleted = excluded.deleted, raw = excluded.raw`,
  ),
  raiseOrder: tenantStatement('resources.raiseOrder', 'SELECT tw.raise_order($1::uuid[], $2::bigint[]) AS n'),
  moveOfRecord: tenantStatement(
    'resources.moveOfRecord',
    'UPDATE tw.resource SET subject_id = $2 WHERE record_id = $1',
  ),
  moveHistoryOfRecord: tenantStatement(
    'resources.moveHistoryOfRecord',
    'UPDATE tw.resource_history SET subject_id = $2 WHERE record_id = $1',
  ),
  thinHistory: tenantStatement(
    'resources.thinHistory',
    `DELETE FROM tw.resource_history WHERE source_id = $1 AND superseded_at < now() - make_interval(days => $2)`,
  ),
};

/** Heads of the named records; those never stored are absent. */
export async function readHeads(
  session: Session,
  keys: readonly string[],
): Promise<ReadonlyMap<string, ResourceHead>> {
  const rows = await session.query<ResourceHead>(resourceStatements.heads, [keys]);
  return new Map(rows.map((row) => [row.resource_key, row]));
}

/** Keeps the heads as history and puts new ones in their place. */
export async function storeResources(
  session: Session,
  batchId: number,
  sourceId: number,
  rows: readonly ResourceRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await session.query(resourceStatements.keepHistory, [rows.map((row) => row.resourceKey)]);
  await session.query(resourceStatements.upsert, [
    batchId,
    sourceId,
    rows.map((row) => row.resourceKey),
    rows.map((row) => row.recordId),
    rows.map((row) => row.subjectId),
    rows.map((row) => row.type),
    rows.map((row) => row.version),
    rows.map((row) => row.sourceOrder),
    rows.map((row) => row.contentHash),
    rows.map((row) => row.deleted),
    rows.map((row) => row.raw),
  ]);
}
