import { type Session, tenantStatement } from './database.ts';

/** A person as the store knows them: no identifier, no name. */
export interface Subject {
  readonly subject_id: number;
  readonly pseudonym: string;
  readonly handle: string | null;
  readonly handle_origin: 'none' | 'minted' | 'given';
  readonly rng_id: string;
  readonly revision: number;
  readonly state: 'active' | 'restricted';
  readonly legal_hold: boolean;
}

const columns = `subject_id, pseudonym::text AS pseudonym, handle, handle_origin, rng_id::text AS rng_id, revision, state,
  legal_hold`;

export const subjectStatements = {
  lock: tenantStatement(
    'subjects.lock',
    `SELECT ${columns} FROM tw.subject WHERE subject_id = ANY($1::bigint[]) ORDER BY subject_id FOR UPDATE`,
  ),
  byIds: tenantStatement(
    'subjects.byIds',
    `SELECT ${columns} FROM tw.subject WHERE subject_id = ANY($1::bigint[])`,
  ),
  byHandles: tenantStatement(
    'subjects.byHandles',
    `SELECT ${columns} FROM tw.subject WHERE handle = ANY($1::text[])`,
  ),
  add: tenantStatement(
    'subjects.add',
    `INSERT INTO tw.subject (tenant_id, handle, handle_origin, rng_id)
     SELECT current_setting('tw.tenant')::int, nullif(s.handle, ''), s.origin, s.rng_id
     FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS s(handle, origin, rng_id, position)
     ORDER BY s.position RETURNING ${columns}`,
  ),
  bind: tenantStatement(
    'subjects.bind',
    `UPDATE tw.subject SET handle = $2, handle_origin = $3, rng_id = coalesce($4::bigint, rng_id) WHERE subject_id = $1`,
  ),
  bump: tenantStatement(
    'subjects.bump',
    `UPDATE tw.subject SET revision = revision + 1 WHERE subject_id = ANY($1::bigint[]) RETURNING subject_id, revision`,
  ),
  addRevisions: tenantStatement(
    'subjects.addRevisions',
    `INSERT INTO tw.subject_revision (subject_id, revision, tenant_id, batch_id, kind)
     SELECT s.subject_id, s.revision, current_setting('tw.tenant')::int, $3, $4
     FROM unnest($1::bigint[], $2::int[]) AS s(subject_id, revision)`,
  ),
  restrict: tenantStatement(
    'subjects.restrict',
    `UPDATE tw.subject SET state = 'restricted' WHERE subject_id = $1`,
  ),
  sourcesOf: tenantStatement(
    'subjects.sourcesOf',
    `SELECT DISTINCT s.name FROM vault.record r JOIN tw.source s USING (source_id)
     WHERE r.subject_id = $1 ORDER BY s.name`,
  ),
  countRecords: tenantStatement(
    'subjects.countRecords',
    `SELECT count(*) AS n FROM tw.resource
     WHERE tenant_id = current_setting('tw.tenant')::int AND subject_id = $1 AND NOT deleted`,
  ),
};

/** Locks subjects by ascending id and reads them. */
export function lockSubjects(session: Session, subjectIds: readonly number[]): Promise<readonly Subject[]> {
  return session.query<Subject>(subjectStatements.lock, [subjectIds]);
}

/** Subjects by id, unlocked. */
export function readSubjects(session: Session, subjectIds: readonly number[]): Promise<readonly Subject[]> {
  return session.query<Subject>(subjectStatements.byIds, [subjectIds]);
}

/** Subjects by handle. */
export function subjectsByHandle(session: Session, handles: readonly string[]): Promise<readonly Subject[]> {
  return session.query<Subject>(subjectStatements.byHandles, [handles]);
}

/** A subject to be made. `handle` empty = none. */
export interface NewSubject {
  readonly handle: string;
  readonly origin: Subject['handle_origin'];
  readonly rngId: bigint;
}

/** Adds subjects and answers them in the given order. */
export function addSubjects(session: Session, subjects: readonly NewSubject[]): Promise<readonly Subject[]> {
  return session.query<Subject>(subjectStatements.add, [
    subjects.map((subject) => subject.handle),
    subjects.map((subject) => subject.origin),
    subjects.map((subject) => subject.rngId.toString()),
  ]);
}

/** Gives a subject its handle; a random stream given with it replaces the old one. */
export async function bindHandle(
  session: Session,
  subjectId: number,
  handle: string,
  origin: Subject['handle_origin'],
  rngId?: bigint,
): Promise<void> {
  await session.query(subjectStatements.bind, [subjectId, handle, origin, rngId?.toString() ?? null]);
}

/** Raises revisions by one and notes them; answers the new revision of each subject. */
export async function bumpRevisions(
  session: Session,
  subjectIds: readonly number[],
  batchId: number,
  kind: string,
): Promise<ReadonlyMap<number, number>> {
  const rows = await session.query<{ subject_id: number; revision: number }>(subjectStatements.bump, [
    subjectIds,
  ]);
  await session.query(subjectStatements.addRevisions, [
    rows.map((row) => row.subject_id),
    rows.map((row) => row.revision),
    batchId,
    kind,
  ]);
  return new Map(rows.map((row) => [row.subject_id, row.revision]));
}

/** Stops every use of a subject's data at once. */
export async function restrictSubject(session: Session, subjectId: number): Promise<void> {
  await session.query(subjectStatements.restrict, [subjectId]);
}

/** Names of the sources that know a subject, and how many records of it are stored that no source has deleted. */
export async function sourcesOf(
  session: Session,
  subjectId: number,
): Promise<{ readonly names: readonly string[]; readonly records: number }> {
  const rows = await session.query<{ name: string }>(subjectStatements.sourcesOf, [subjectId]);
  const [count] = await session.query<{ n: number }>(subjectStatements.countRecords, [subjectId]);
  return { names: rows.map((row) => row.name), records: count?.n ?? 0 };
}
