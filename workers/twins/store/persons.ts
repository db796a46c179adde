// The vault: records of persons, blind identifiers, links, enrolments, suppression.
import { type Session, tenantStatement } from './database.ts';

/** A patient as one source knows it. */
export interface RecordRow {
  readonly record_id: number;
  readonly blind: string;
  readonly subject_id: number;
}

export const personStatements = {
  records: tenantStatement(
    'persons.records',
    `SELECT r.record_id, r.blind::text AS blind, r.subject_id
     FROM unnest($2::uuid[]) AS k(blind)
     CROSS JOIN LATERAL (SELECT * FROM vault.record r
       WHERE r.tenant_id = current_setting('tw.tenant')::int AND r.source_id = $1 AND r.blind = k.blind OFFSET 0) r`,
  ),
  addRecords: tenantStatement(
    'persons.addRecords',
    `INSERT INTO vault.record (tenant_id, source_id, blind, subject_id)
     SELECT current_setting('tw.tenant')::int, $1, k.blind, k.subject_id
     FROM unnest($2::uuid[], $3::bigint[]) AS k(blind, subject_id)
     RETURNING record_id, blind::text AS blind, subject_id`,
  ),
  addLinks: tenantStatement(
    'persons.addLinks',
    `INSERT INTO vault.link (tenant_id, record_id, subject_id, from_rev, actor)
     SELECT current_setting('tw.tenant')::int, k.record_id, k.subject_id, s.revision + 1, $3
     FROM unnest($1::bigint[], $2::bigint[]) AS k(record_id, subject_id) JOIN tw.subject s USING (subject_id)
     ON CONFLICT DO NOTHING`,
  ),
  closeLink: tenantStatement(
    'persons.closeLink',
    `UPDATE vault.link SET to_rev = (SELECT revision FROM tw.subject WHERE subject_id = $2)
     WHERE record_id = $1 AND subject_id = $2 AND to_rev = 2147483647`,
  ),
  moveRecord: tenantStatement(
    'persons.moveRecord',
    'UPDATE vault.record SET subject_id = $2 WHERE record_id = $1',
  ),
  setPersons: tenantStatement('persons.setPersons', 'SELECT tw.set_persons($1::bigint[], $2::bytea[]) AS n'),
  clearIdentifiers: tenantStatement(
    'persons.clearIdentifiers',
    'DELETE FROM vault.identifier WHERE record_id = ANY($1::bigint[])',
  ),
  addIdentifiers: tenantStatement(
    'persons.addIdentifiers',
    `INSERT INTO vault.identifier (tenant_id, blind, record_id, sealed)
     SELECT current_setting('tw.tenant')::int, k.blind, k.record_id, k.sealed
     FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS k(blind, record_id, sealed) ON CONFLICT DO NOTHING`,
  ),
  recordsByIdentifier: tenantStatement(
    'persons.recordsByIdentifier',
    `SELECT r.record_id, r.blind::text AS blind, r.subject_id FROM vault.identifier i JOIN vault.record r USING (record_id)
     WHERE i.tenant_id = current_setting('tw.tenant')::int AND i.blind = $1 ORDER BY r.record_id`,
  ),
  recordsInSource: tenantStatement(
    'persons.recordsInSource',
    `SELECT r.subject_id, r.record_id FROM unnest($2::bigint[]) AS k(subject_id)
     CROSS JOIN LATERAL (SELECT * FROM vault.record r
       WHERE r.subject_id = k.subject_id AND r.source_id = $1 OFFSET 0) r`,
  ),
  enrolments: tenantStatement(
    'persons.enrolments',
    `SELECT blind::text AS blind, handle FROM vault.enrolment
     WHERE tenant_id = current_setting('tw.tenant')::int AND blind = ANY($1::uuid[])`,
  ),
  addEnrolment: tenantStatement(
    'persons.addEnrolment',
    `INSERT INTO vault.enrolment (tenant_id, blind, handle) VALUES (current_setting('tw.tenant')::int, $1, $2)
     ON CONFLICT DO NOTHING`,
  ),
  enrolmentOfHandle: tenantStatement(
    'persons.enrolmentOfHandle',
    'SELECT blind::text AS blind FROM vault.enrolment WHERE handle = $1',
  ),
  suppressed: tenantStatement(
    'persons.suppressed',
    `SELECT kind, blind::text AS blind FROM vault.suppressed
     WHERE tenant_id = current_setting('tw.tenant')::int AND blind = ANY($1::uuid[])`,
  ),
  suppress: tenantStatement(
    'persons.suppress',
    `INSERT INTO vault.suppressed (tenant_id, kind, blind)
     SELECT current_setting('tw.tenant')::int, k.kind, k.blind FROM unnest($1::text[], $2::uuid[]) AS k(kind, blind)
     ON CONFLICT DO NOTHING`,
  ),
};

/** The records of a source by blind id. */
export function readRecords(
  session: Session,
  sourceId: number,
  blinds: readonly string[],
): Promise<readonly RecordRow[]> {
  return session.query<RecordRow>(personStatements.records, [sourceId, blinds]);
}

/** Adds records of a source, each with its subject, and notes the links. */
export async function addRecords(
  session: Session,
  sourceId: number,
  records: readonly { readonly blind: string; readonly subjectId: number }[],
): Promise<readonly RecordRow[]> {
  if (records.length === 0) return [];
  const rows = await session.query<RecordRow>(personStatements.addRecords, [
    sourceId,
    records.map((record) => record.blind),
    records.map((record) => record.subjectId),
  ]);
  await session.query(personStatements.addLinks, [
    rows.map((row) => row.record_id),
    rows.map((row) => row.subject_id),
    'intake',
  ]);
  return rows;
}

/** Moves a record to another subject; both revisions are raised later in the same transaction. */
export async function moveRecord(
  session: Session,
  record: RecordRow,
  to: number,
  actor: string,
): Promise<void> {
  await session.query(personStatements.closeLink, [record.record_id, record.subject_id]);
  await session.query(personStatements.moveRecord, [record.record_id, to]);
  await session.query(personStatements.addLinks, [[record.record_id], [to], actor]);
}

/** Sealed identifiers and document of a record. */
export interface SealedPerson {
  readonly recordId: number;
  readonly person: Buffer | undefined;
  readonly identifiers: readonly { readonly blind: string; readonly sealed: Buffer }[];
}

/** Replaces what the vault knows of persons. */
export async function replacePersons(session: Session, persons: readonly SealedPerson[]): Promise<void> {
  if (persons.length === 0) return;
  const ids = persons.map((person) => person.recordId);
  await session.query(personStatements.setPersons, [ids, persons.map((person) => person.person ?? null)]);
  await session.query(personStatements.clearIdentifiers, [ids]);
  const rows = persons.flatMap((person) =>
    person.identifiers.map((each) => ({ ...each, recordId: person.recordId })),
  );
  if (rows.length === 0) return;
  await session.query(personStatements.addIdentifiers, [
    rows.map((row) => row.blind),
    rows.map((row) => row.recordId),
    rows.map((row) => row.sealed),
  ]);
}

/** Records that carry an identifier. */
export function recordsByIdentifier(session: Session, blind: string): Promise<readonly RecordRow[]> {
  return session.query<RecordRow>(personStatements.recordsByIdentifier, [blind]);
}

/** Which of the subjects have records in a source: subject to one record id. */
export async function recordsInSource(
  session: Session,
  sourceId: number,
  subjectIds: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const rows = await session.query<{ subject_id: number; record_id: number }>(
    personStatements.recordsInSource,
    [sourceId, subjectIds],
  );
  return new Map(rows.map((row) => [row.subject_id, row.record_id]));
}

/** Handles that people bound to identifiers, by blind identifier. */
export async function readEnrolments(
  session: Session,
  blinds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await session.query<{ blind: string; handle: string }>(personStatements.enrolments, [blinds]);
  return new Map(rows.map((row) => [row.blind, row.handle]));
}

/** Binds an identifier to a handle, unless it is bound; then read it back. */
export async function addEnrolment(session: Session, blind: string, handle: string): Promise<void> {
  await session.query(personStatements.addEnrolment, [blind, handle]);
}

/** Blind identifiers that are bound to a handle. */
export async function enrolmentsOfHandle(session: Session, handle: string): Promise<readonly string[]> {
  const rows = await session.query<{ blind: string }>(personStatements.enrolmentOfHandle, [handle]);
  return rows.map((row) => row.blind);
}

/** Which of the blind values belong to erased subjects, as `kind|blind`. */
export async function readSuppressed(
  session: Session,
  blinds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await session.query<{ kind: string; blind: string }>(personStatements.suppressed, [blinds]);
  return new Set(rows.map((row) => `${row.kind}|${row.blind}`));
}

/** Refuses blind values from now on. */
export async function suppress(
  session: Session,
  values: readonly { readonly kind: 'record' | 'identifier' | 'handle'; readonly blind: string }[],
): Promise<void> {
  await session.query(personStatements.suppress, [
    values.map((each) => each.kind),
    values.map((each) => each.blind),
  ]);
}
