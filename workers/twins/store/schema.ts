import { type Session, systemStatement } from './database.ts';

export const schemaStatements = {
  version: systemStatement('schema.version', 'SELECT max(version) AS version FROM public.twinward_schema'),
  epoch: systemStatement(
    'schema.epoch',
    'SELECT epoch::text AS epoch, trimmed_xid::text AS trimmed FROM tw.store',
  ),
};

/** The version of the schema in the database; 0 when nothing was migrated yet. */
export async function schemaVersion(session: Session): Promise<number> {
  const rows = await session.query<{ version: number | null }>(schemaStatements.version);
  return rows[0]?.version ?? 0;
}

/** The store's epoch and the newest transaction whose changes were trimmed from the stream. */
export async function storeEpoch(
  session: Session,
): Promise<{ readonly epoch: string; readonly trimmed: bigint }> {
  const rows = await session.query<{ epoch: string; trimmed: string }>(schemaStatements.epoch);
  return { epoch: rows[0]?.epoch ?? '', trimmed: BigInt(rows[0]?.trimmed ?? '0') };
}
