import { type Session, tenantStatement } from './database.ts';

/** Where a TwinModel is served. */
export interface ModelRow {
  readonly name: string;
  readonly object_uid: string;
  readonly sha256: string;
  readonly target: string;
  readonly ready: boolean;
}

export const modelStatements = {
  ensure: tenantStatement(
    'models.ensure',
    `INSERT INTO tw.model (tenant_id, name, object_uid, sha256, target, ready)
     VALUES (current_setting('tw.tenant')::int, $1, $2, $3, $4, $5)
     ON CONFLICT (tenant_id, name) DO UPDATE SET object_uid = excluded.object_uid, sha256 = excluded.sha256,
       target = excluded.target, ready = excluded.ready
     WHERE (model.object_uid, model.sha256, model.target, model.ready)
       IS DISTINCT FROM (excluded.object_uid, excluded.sha256, excluded.target, excluded.ready)
     RETURNING name`,
  ),
  forget: tenantStatement('models.forget', 'DELETE FROM tw.model WHERE name = $1 AND object_uid = $2'),
  byNames: tenantStatement(
    'models.byNames',
    'SELECT name, object_uid, sha256, target, ready FROM tw.model WHERE name = ANY($1::text[])',
  ),
  wake: tenantStatement(
    'models.wake',
    `UPDATE tw.twin_due d SET due_at = now(), attempts = 0 FROM tw.twin t
     WHERE t.twin_id = d.twin_id AND t.update_state = 'MODEL_UNAVAILABLE' AND d.lease_until IS NULL`,
  ),
};

/** Registers or forgets a model; answers whether anything changed. */
export async function ensureModel(session: Session, model: ModelRow): Promise<boolean> {
  const values = [model.name, model.object_uid, model.sha256, model.target, model.ready];
  return (await session.query(modelStatements.ensure, values)).length > 0;
}

/** Models by name. */
export async function readModels(
  session: Session,
  names: readonly string[],
): Promise<ReadonlyMap<string, ModelRow>> {
  const rows = await session.query<ModelRow>(modelStatements.byNames, [names]);
  return new Map(rows.map((row) => [row.name, row]));
}
