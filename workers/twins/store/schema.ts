import { type Session, systemStatement } from './database.ts';

export const schemaStatements = {
  version: systemStatement(
    'schema.version',
    'SELECT max(version) AS version, max(serves) AS serves FROM public.twinward_schema',
  ),
  epoch: systemStatement(
    'schema.epoch',
    'SELECT epoch::text AS epoch, trimmed_xid::text AS trimmed FROM tw.store',
  ),
};

/** The schema in the database; version 0 when nothing was migrated yet. */
export async function readSchema(
  session: Session,
): Promise<{ readonly version: number; readonly serves: number }> {
  const rows = await session.query<{ version: number | null; serves: number | null }>(
    schemaStatements.version,
  );
  return { version: rows[0]?.version ?? 0, serves: rows[0]?.serves ?? 0 };
}

/** The store's epoch and the newest transaction whose changes were trimmed from the stream. */
export async function storeEpoch(
  session: Session,
): Promise<{ readonly epoch: string; readonly trimmed: bigint }> {
  const rows = await session.query<{ epoch: string; trimmed: string }>(schemaStatements.epoch);
  return { epoch: rows[0]?.epoch ?? '', trimmed: BigInt(rows[0]?.trimmed ?? '0') };
}
