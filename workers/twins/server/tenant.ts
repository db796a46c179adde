// The tenant on whose behalf the operator speaks: its purpose and its namespace's uid are fixed at first use.
import type { Tenant__Output } from '#proto/gen/twinward/v1/Tenant.ts';
import type { Database } from '../store/database.ts';
import { adoptTenant, ensureTenant, type Tenant } from '../store/tenants.ts';
import { Refusal } from './failure.ts';

/** The tenant of a request of the operator, registered at first use. Refuses TENANT_RECREATED, PURPOSE_CHANGED, BAD_SPEC. */
export async function namedTenant(
  service: Database,
  clusterId: string,
  named: Tenant__Output | null,
): Promise<Tenant> {
  if (named === null || named.namespace === '' || named.namespaceUid === '') {
    throw new Refusal('BAD_SPEC', 'tenant.namespace and tenant.namespace_uid are required');
  }
  const purpose = named.purpose === '' ? 'clinical' : named.purpose;
  if (purpose !== 'clinical' && purpose !== 'research') {
    throw new Refusal(
      'BAD_SPEC',
      'tenant.purpose must be clinical or research: correct the label twinward.io/purpose',
    );
  }
  return await service.inSystem(async (session) => {
    const tenant = await ensureTenant(session, clusterId, named.namespace, named.namespaceUid, purpose);
    if (tenant.purpose !== purpose) {
      throw new Refusal(
        'PURPOSE_CHANGED',
        `the purpose of this namespace was fixed as ${tenant.purpose}: set the label twinward.io/purpose back, or use another namespace`,
      );
    }
    if (tenant.namespace_uid === named.namespaceUid) return tenant;
    if (named.adoptsNamespaceUid !== tenant.namespace_uid) {
      throw new Refusal(
        'TENANT_RECREATED',
        `the namespace was deleted and made again: to give it the old records, annotate it twinward.io/adopts-namespace=${tenant.namespace_uid}`,
      );
    }
    await adoptTenant(session, tenant, named.namespaceUid);
    return { ...tenant, namespace_uid: named.namespaceUid };
  });
}
