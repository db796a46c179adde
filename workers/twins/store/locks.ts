// Handles and identifiers meet from two sides: records on one, twins and enrolments on the other. Both take the lock
// of the name first, so that neither can miss the other's uncommitted half. Names share 128 locks.
import { type Session, tenantStatement } from './database.ts';

export const lockStatements = {
  names: tenantStatement(
    'locks.names',
    `SELECT count(pg_advisory_xact_lock(7390144, bucket)) > 0 AS locked FROM (
       SELECT DISTINCT hashtext(current_setting('tw.tenant')::int || '|' || name) & 127 AS bucket FROM unnest($1::text[]) AS name
       ORDER BY bucket) AS b`,
  ),
};

/** Waits for the locks of handles and blind identifiers, held until the transaction ends. */
export async function lockNames(session: Session, names: readonly string[]): Promise<void> {
  if (names.length > 0) await session.query(lockStatements.names, [names]);
}
