import { type Session, tenantStatement } from './database.ts';

/** Outcome and horizon to forecast. */
export interface OutcomeWish {
  readonly name: string;
  /** ISO 8601 duration. */
  readonly horizon: string;
}

/** What the operator, or a source's template, said of a twin. */
export interface StoredTwinSpec {
  readonly sources: readonly string[];
  readonly models: readonly string[];
  readonly outcomes: readonly OutcomeWish[];
  readonly updateMode: string;
  /** Wait for further records before a forecast; null = as the service is configured. */
  readonly debounceSeconds: number | null;
  readonly cron: string;
  readonly timeZone: string;
  readonly deletionPolicy: string;
}

/** A twin with its subject's revision. */
export interface TwinRow {
  readonly twin_id: number;
  readonly handle: string;
  readonly subject_id: number | null;
  readonly object_uid: string | null;
  readonly template: boolean;
  readonly spec_hash: string;
  readonly spec: StoredTwinSpec;
  readonly update_mode: string;
  readonly suspended: boolean;
  readonly refresh: string;
  readonly handled_refresh: string;
  readonly update_state: string;
  readonly reason_code: string;
  readonly message: string;
  readonly done_rev: number;
  readonly done_spec_hash: string;
  readonly done_as_of: string | null;
  readonly done_models: readonly { readonly name: string; readonly sha256: string }[];
  readonly next_run_at: Date | null;
  readonly revision: number | null;
  readonly subject_state: string | null;
}

const columns = `t.twin_id, t.handle, t.subject_id, t.object_uid, t.template, t.spec_hash, t.spec, t.update_mode, t.suspended,
  t.refresh, t.handled_refresh, t.update_state, t.reason_code, t.message, t.done_rev, t.done_spec_hash, t.done_as_of,
  t.done_models, t.next_run_at, s.revision, s.state AS subject_state`;
const from = 'FROM tw.twin t LEFT JOIN tw.subject s USING (subject_id)';

export const twinStatements = {
  byHandles: tenantStatement(
    'twins.byHandles',
    `SELECT ${columns} ${from} WHERE t.handle = ANY($1::text[]) ORDER BY t.handle`,
  ),
  byIds: tenantStatement('twins.byIds', `SELECT ${columns} ${from} WHERE t.twin_id = ANY($1::bigint[])`),
  ensure: tenantStatement(
    'twins.ensure',
    `INSERT INTO tw.twin (tenant_id, handle, subject_id, object_uid, spec_hash, spec, update_mode, suspended, refresh)
     SELECT current_setting('tw.tenant')::int, k.handle, s.subject_id, k.uid, k.spec_hash, k.spec::jsonb, k.mode,
       k.suspended, k.refresh
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::text[])
       AS k(handle, uid, spec_hash, spec, mode, suspended, refresh)
     LEFT JOIN tw.subject s ON s.handle = k.handle
     ORDER BY k.handle
     ON CONFLICT (tenant_id, handle) DO UPDATE SET object_uid = excluded.object_uid, template = false, released = false,
       subject_id = coalesce(twin.subject_id, excluded.subject_id), spec_hash = excluded.spec_hash,
       spec = excluded.spec, update_mode = excluded.update_mode, suspended = excluded.suspended,
       refresh = excluded.refresh, next_run_at = NULL
     WHERE (twin.object_uid, twin.spec_hash, twin.suspended, twin.refresh, twin.released, twin.template)
       IS DISTINCT FROM (excluded.object_uid, excluded.spec_hash, excluded.suspended, excluded.refresh, false, false)
     RETURNING twin_id, handle`,
  ),
  addTemplated: tenantStatement(
    'twins.addTemplated',
    `INSERT INTO tw.twin (tenant_id, handle, subject_id, template, spec_hash, spec, update_mode)
     SELECT s.tenant_id, s.handle, s.subject_id, true, $2, $3::jsonb, 'OnData' FROM tw.subject s
     WHERE s.subject_id = ANY($1::bigint[]) AND s.handle IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM tw.twin t WHERE t.subject_id = s.subject_id)
     ON CONFLICT DO NOTHING`,
  ),
  retemplate: tenantStatement(
    'twins.retemplate',
    `UPDATE tw.twin SET spec_hash = $2, spec = $3::jsonb
     WHERE template AND spec_hash <> $2 AND subject_id IN (SELECT subject_id FROM vault.record WHERE source_id = $1)
     RETURNING twin_id`,
  ),
  bind: tenantStatement(
    'twins.bind',
    `UPDATE tw.twin t SET subject_id = s.subject_id FROM tw.subject s
     WHERE s.subject_id = ANY($1::bigint[]) AND t.handle = s.handle AND t.subject_id IS DISTINCT FROM s.subject_id
     RETURNING t.twin_id, t.handle`,
  ),
  renameTemplated: tenantStatement(
    'twins.renameTemplated',
    `UPDATE tw.twin t SET handle = s.handle FROM tw.subject s
     WHERE t.template AND s.subject_id = ANY($1::bigint[]) AND t.subject_id = s.subject_id AND t.handle <> s.handle
       AND NOT EXISTS (SELECT 1 FROM tw.twin d WHERE d.handle = s.handle)`,
  ),
  dropTemplated: tenantStatement(
    'twins.dropTemplated',
    `DELETE FROM tw.twin t WHERE t.template AND t.subject_id = ANY($1::bigint[])
       AND EXISTS (SELECT 1 FROM tw.twin d WHERE d.subject_id = t.subject_id AND NOT d.template)`,
  ),
  release: tenantStatement(
    'twins.release',
    `UPDATE tw.twin SET released = true WHERE NOT template AND NOT released AND NOT (object_uid = ANY($1::text[]))
     RETURNING twin_id, handle, spec->>'deletionPolicy' AS deletion_policy`,
  ),
  setState: tenantStatement(
    'twins.setState',
    `UPDATE tw.twin SET update_state = $2, reason_code = $3, message = $4
     WHERE twin_id = $1 AND (update_state, reason_code, message) <> ($2, $3, $4) RETURNING handle, template`,
  ),
  finish: tenantStatement(
    'twins.finish',
    `UPDATE tw.twin SET update_state = $2, reason_code = $3, message = $4, done_rev = greatest(done_rev, $5),
       done_spec_hash = $6, done_as_of = $7, done_models = $8::jsonb, done_at = now(), handled_refresh = $9,
       next_run_at = NULL
     WHERE twin_id = $1 AND done_rev <= $5 RETURNING handle, template`,
  ),
  schedule: tenantStatement('twins.schedule', 'UPDATE tw.twin SET next_run_at = $2 WHERE twin_id = $1'),
  unscheduled: tenantStatement(
    'twins.unscheduled',
    `SELECT ${columns} ${from} WHERE t.update_mode = 'Schedule' AND t.next_run_at IS NULL AND NOT t.released LIMIT 500`,
  ),
};

/** Twins by handle. */
export function readTwins(session: Session, handles: readonly string[]): Promise<readonly TwinRow[]> {
  return session.query<TwinRow>(twinStatements.byHandles, [handles]);
}

/** Twins by id. */
export function readTwinsById(session: Session, twinIds: readonly number[]): Promise<readonly TwinRow[]> {
  return session.query<TwinRow>(twinStatements.byIds, [twinIds]);
}

/** A declared twin to register. */
export interface TwinEntry {
  readonly handle: string;
  readonly uid: string;
  readonly specHash: string;
  readonly spec: StoredTwinSpec;
  readonly suspended: boolean;
  readonly refresh: string;
}

/** Registers declared twins; answers those that are new or changed. */
export function ensureTwins(
  session: Session,
  entries: readonly TwinEntry[],
): Promise<readonly { readonly twin_id: number; readonly handle: string }[]> {
  return session.query(twinStatements.ensure, [
    entries.map((entry) => entry.handle),
    entries.map((entry) => entry.uid),
    entries.map((entry) => entry.specHash),
    entries.map((entry) => JSON.stringify(entry.spec)),
    entries.map((entry) => entry.spec.updateMode),
    entries.map((entry) => entry.suspended),
    entries.map((entry) => entry.refresh),
  ]);
}

/** Releases the declared twins whose objects are gone. */
export function releaseTwins(
  session: Session,
  livingUids: readonly string[],
): Promise<
  readonly { readonly twin_id: number; readonly handle: string; readonly deletion_policy: string }[]
> {
  return session.query(twinStatements.release, [livingUids]);
}

/** Sets a twin's update state; answers its handle when that changed something that the operator sees. */
export async function setTwinState(
  session: Session,
  twinId: number,
  state: string,
  reason: string,
  message: string,
): Promise<string | undefined> {
  const rows = await session.query<{ handle: string; template: boolean }>(twinStatements.setState, [
    twinId,
    state,
    reason,
    message,
  ]);
  return rows[0]?.template === false ? rows[0].handle : undefined;
}
