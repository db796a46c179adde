// Subjects in pages, for the export.
import { type Session, tenantStatement } from './database.ts';
import { type EventRow, readHistories } from './events.ts';

/** A subject whose use is not restricted. */
export interface ExportedSubject {
  readonly subject_id: number;
  readonly pseudonym: string;
  readonly revision: number;
}

export const exportStatements = {
  page: tenantStatement(
    'export.page',
    `SELECT subject_id, pseudonym::text AS pseudonym, revision FROM tw.subject
     WHERE tenant_id = current_setting('tw.tenant')::int AND subject_id > $1 AND state = 'active'
     ORDER BY subject_id LIMIT $2`,
  ),
};

/** The next subjects after `after`, by id, and the events of each at its present revision. */
export async function exportPage(
  session: Session,
  after: number,
  most: number,
): Promise<{
  readonly subjects: readonly ExportedSubject[];
  readonly events: ReadonlyMap<number, readonly EventRow[]>;
}> {
  const subjects = await session.query<ExportedSubject>(exportStatements.page, [after, most]);
  const rows = await readHistories(
    session,
    subjects.map(({ subject_id, revision }) => ({ subjectId: subject_id, revision })),
  );
  return { subjects, events: Map.groupBy(rows, (row) => row.subject_id) };
}
