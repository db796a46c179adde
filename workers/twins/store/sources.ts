import { type Session, tenantStatement } from './database.ts';

/** Counts of records: received = stored + unchanged + quarantined. */
export interface Counts {
  readonly received: number;
  readonly stored: number;
  readonly unchanged: number;
  readonly quarantined: number;
}

/** What the operator said of a DataSource. */
export interface StoredSourceSpec {
  readonly enrolment: string;
  readonly templateModels: readonly string[];
  readonly templateOutcomes: readonly { readonly name: string; readonly horizon: string }[];
  readonly quarantineMaxPercent: number;
  readonly rawRetentionDays: number;
}

/** A registered source. */
export interface SourceRow {
  readonly source_id: number;
  readonly name: string;
  readonly object_uid: string;
  readonly spec_hash: string;
  readonly spec: StoredSourceSpec;
  readonly cursor: Buffer | null;
  readonly lease_no: number;
  readonly sync_state: string;
  readonly reason_code: string;
  readonly sync_started: Date | null;
  readonly last_start: Date | null;
  readonly last_completion: Date | null;
  readonly watermark: Date | null;
  readonly received: number;
  readonly stored: number;
  readonly unchanged: number;
  readonly quarantined: number;
  readonly last_received: number;
  readonly last_stored: number;
  readonly last_unchanged: number;
  readonly last_quarantined: number;
  readonly total_received: number;
  readonly total_stored: number;
  readonly total_unchanged: number;
  readonly total_quarantined: number;
}

const columns = `source_id, name, object_uid, spec_hash, spec, cursor, lease_no, sync_state, reason_code, sync_started,
  last_start, last_completion, watermark, received, stored, unchanged, quarantined, last_received, last_stored,
  last_unchanged, last_quarantined, total_received, total_stored, total_unchanged, total_quarantined`;

export const sourceStatements = {
  ensure: tenantStatement(
    'sources.ensure',
    `INSERT INTO tw.source (tenant_id, name, object_uid, spec_hash, spec)
     VALUES (current_setting('tw.tenant')::int, $1, $2, $3, $4)
     ON CONFLICT (tenant_id, name) DO UPDATE SET object_uid = excluded.object_uid, spec_hash = excluded.spec_hash,
       spec = excluded.spec
     WHERE (source.object_uid, source.spec_hash) <> (excluded.object_uid, excluded.spec_hash)`,
  ),
  byNames: tenantStatement(
    'sources.byNames',
    `SELECT ${columns} FROM tw.source WHERE name = ANY($1::text[]) ORDER BY name`,
  ),
  lock: tenantStatement('sources.lock', `SELECT ${columns} FROM tw.source WHERE name = $1 FOR UPDATE`),
  open: tenantStatement(
    'sources.open',
    `UPDATE tw.source SET lease_no = lease_no + 1, holder = $2, sync_state = 'SYNCING', reason_code = '',
       sync_started = CASE WHEN sync_state = 'SYNCING' THEN sync_started ELSE now() END
     WHERE name = $1 RETURNING lease_no, cursor, source_id`,
  ),
  count: tenantStatement(
    'sources.count',
    `UPDATE tw.source SET received = received + $2, stored = stored + $3, unchanged = unchanged + $4,
       quarantined = quarantined + $5, total_received = total_received + $2, total_stored = total_stored + $3,
       total_unchanged = total_unchanged + $4, total_quarantined = total_quarantined + $5, cursor = coalesce($6, cursor)
     WHERE source_id = $1`,
  ),
  close: tenantStatement(
    'sources.close',
    `UPDATE tw.source SET sync_state = $2, reason_code = $3,
       last_start = coalesce($4::timestamptz, sync_started, last_start), last_completion = now(),
       watermark = greatest(watermark, $5::timestamptz),
       last_received = CASE WHEN received > 0 THEN received ELSE last_received END,
       last_stored = CASE WHEN received > 0 THEN stored ELSE last_stored END,
       last_unchanged = CASE WHEN received > 0 THEN unchanged ELSE last_unchanged END,
       last_quarantined = CASE WHEN received > 0 THEN quarantined ELSE last_quarantined END,
       received = 0, stored = 0, unchanged = 0, quarantined = 0,
       lease_no = CASE WHEN $6 THEN lease_no ELSE lease_no + 1 END
     WHERE source_id = $1`,
  ),
  addBatch: tenantStatement(
    'sources.addBatch',
    `INSERT INTO tw.batch (tenant_id, source_id) VALUES (current_setting('tw.tenant')::int, $1) RETURNING batch_id`,
  ),
  countBatch: tenantStatement(
    'sources.countBatch',
    'UPDATE tw.batch SET received = $2, stored = $3, unchanged = $4, quarantined = $5 WHERE batch_id = $1',
  ),
  forgetBatches: tenantStatement(
    'sources.forgetBatches',
    `DELETE FROM tw.batch WHERE at < now() - interval '30 days'`,
  ),
  firstSyncs: tenantStatement(
    'sources.firstSyncs',
    `SELECT count(*) AS n FROM tw.source
     WHERE sync_state = 'SYNCING' AND last_completion IS NULL AND sync_started > now() - interval '15 minutes'`,
  ),
};

/** A source to register. */
export interface SourceEntry {
  readonly name: string;
  readonly uid: string;
  readonly specHash: string;
  readonly spec: StoredSourceSpec;
}

/** Registers sources; a source of the same name keeps its records, whatever its object. */
export async function ensureSources(session: Session, entries: readonly SourceEntry[]): Promise<void> {
  for (const entry of entries) {
    await session.query(sourceStatements.ensure, [
      entry.name,
      entry.uid,
      entry.specHash,
      JSON.stringify(entry.spec),
    ]);
  }
}

/** Sources by name. */
export function readSources(session: Session, names: readonly string[]): Promise<readonly SourceRow[]> {
  return session.query<SourceRow>(sourceStatements.byNames, [names]);
}

/** Locks a source by name. */
export async function lockSource(session: Session, name: string): Promise<SourceRow | undefined> {
  return (await session.query<SourceRow>(sourceStatements.lock, [name]))[0];
}

/** Begins a batch; its id marks what the batch wrote. */
export async function addBatch(session: Session, sourceId: number): Promise<number> {
  const rows = await session.query<{ batch_id: number }>(sourceStatements.addBatch, [sourceId]);
  return rows[0]?.batch_id ?? 0;
}

/** Adds counts to batch and source, and keeps the sealed cursor when there is one. */
export async function countBatch(
  session: Session,
  sourceId: number,
  batchId: number,
  counts: Counts,
  cursor: Buffer | undefined,
): Promise<void> {
  const values = [counts.received, counts.stored, counts.unchanged, counts.quarantined];
  await session.query(sourceStatements.countBatch, [batchId, ...values]);
  await session.query(sourceStatements.count, [sourceId, ...values, cursor ?? null]);
}
