// The audit log is sealed, and changes are told, in the order of transaction ids. A dump that was restored into a new
// server brings ids that this server has not reached: what is written then would come before what is sealed, and no
// block would ever hold it. Such a store is not used until its ids have been moved on.
import { CodedError } from '#runtime/errors.ts';
import { auditStatements } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { allTenants } from '../store/tenants.ts';

/** The store was restored and its transaction ids were not moved on. */
export class TransactionsBehindError extends CodedError {
  constructor() {
    super(
      'TRANSACTIONS_BEHIND',
      'the audit log is sealed up to a transaction that this server has not reached: move its transaction ids on, as docs/backup-restore.md says',
    );
  }
}

/** Throws TransactionsBehindError when a seal is ahead of the server. */
export async function requireGrowingTransactions(service: Database): Promise<void> {
  for (const tenant of await service.inSystem(allTenants)) {
    const [row] = await service.inTenant(tenant.tenant_id, (session) =>
      session.query<{ ahead: boolean }>(auditStatements.isAhead),
    );
    if (row?.ahead === true) throw new TransactionsBehindError();
  }
}
