import { only, type Session, systemStatement } from './database.ts';

/** A namespace whose records are kept apart from all others. */
export interface Tenant {
  readonly tenant_id: number;
  readonly cluster_id: string;
  readonly namespace: string;
  readonly namespace_uid: string;
  readonly purpose: 'clinical' | 'research';
}

const columns = 'tenant_id, cluster_id, namespace, namespace_uid, purpose';

export const tenantStatements = {
  find: systemStatement(
    'tenants.find',
    `SELECT ${columns} FROM tw.tenant WHERE cluster_id = $1 AND namespace = $2`,
  ),
  add: systemStatement(
    'tenants.add',
    'INSERT INTO tw.tenant (cluster_id, namespace, namespace_uid, purpose) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
  ),
  adopt: systemStatement(
    'tenants.adopt',
    'UPDATE tw.tenant SET namespace_uid = $2 WHERE tenant_id = $1 AND namespace_uid = $3 RETURNING tenant_id',
  ),
  all: systemStatement('tenants.all', `SELECT ${columns} FROM tw.tenant ORDER BY tenant_id`),
  withDue: systemStatement('tenants.withDue', 'SELECT tenant_id FROM tw.tenants_with_due() AS tenant_id'),
  unsealed: systemStatement(
    'tenants.unsealed',
    'SELECT tenant_id FROM audit.tenants_unsealed() AS tenant_id',
  ),
};

/** The tenant of a namespace. */
export async function findTenant(
  session: Session,
  clusterId: string,
  namespace: string,
): Promise<Tenant | undefined> {
  return (await session.query<Tenant>(tenantStatements.find, [clusterId, namespace]))[0];
}

/** The tenant of a namespace, registered with `uid` and `purpose` when it is new. */
export async function ensureTenant(
  session: Session,
  clusterId: string,
  namespace: string,
  uid: string,
  purpose: string,
): Promise<Tenant> {
  await session.query(tenantStatements.add, [clusterId, namespace, uid, purpose]);
  return only(
    await session.query<Tenant>(tenantStatements.find, [clusterId, namespace]),
    tenantStatements.find,
  );
}

/** Gives the records of a deleted namespace to the one with the same name that was approved to have them. */
export async function adoptTenant(session: Session, tenant: Tenant, uid: string): Promise<void> {
  await session.query(tenantStatements.adopt, [tenant.tenant_id, uid, tenant.namespace_uid]);
}

/** All tenants. */
export function allTenants(session: Session): Promise<readonly Tenant[]> {
  return session.query<Tenant>(tenantStatements.all);
}

/** Ids of tenants in which a twin is due. */
export async function tenantsWithDue(session: Session): Promise<readonly number[]> {
  return (await session.query<{ tenant_id: number }>(tenantStatements.withDue)).map((row) => row.tenant_id);
}

/** Ids of tenants with audit entries that no block seals yet. */
export async function tenantsUnsealed(session: Session): Promise<readonly number[]> {
  return (await session.query<{ tenant_id: number }>(tenantStatements.unsealed)).map((row) => row.tenant_id);
}
