// Events: the one clinical table. A row holds for the subject's revisions rev_from <= n < rev_to.
import { type Session, tenantStatement } from './database.ts';

/** `rev_to` of a row that holds now. */
export const openEnd = 2_147_483_647;

/** An event to be opened. */
export interface NewEvent {
  readonly subjectId: number;
  readonly recordId: number;
  readonly resourceKey: string;
  readonly ordinal: number;
  readonly revision: number;
  readonly codeId: number;
  readonly unitId: number | null;
  readonly action: number;
  readonly time: string;
  readonly precision: string;
  readonly offsetMinutes: number | null;
  readonly number: number | null;
  readonly numberText: string | null;
  readonly concept: string | null;
}

/** An event as read back. */
export interface EventRow {
  readonly subject_id: number;
  readonly source: string;
  readonly resource_key: string;
  readonly ordinal: number;
  readonly rev_from: number;
  readonly system: string;
  readonly code: string;
  readonly ucum: string | null;
  readonly action: number;
  /** Milliseconds since 1970. */
  readonly time_ms: number;
  readonly time_precision: string;
  readonly offset_min: number | null;
  readonly numeric_value: number | null;
  readonly numeric_text: string | null;
  readonly value_text: string | null;
}

const read = `e.subject_id, src.name AS source, e.resource_key::text AS resource_key, e.ordinal, e.rev_from, c.system, c.code,
  u.code AS ucum, e.action, (extract(epoch FROM e.time) * 1000)::float8 AS time_ms, e.time_precision, e.offset_min,
  e.numeric_value, e.numeric_text, e.value_text`;
const joins = `JOIN tw.code c ON c.code_id = e.code_id LEFT JOIN tw.code u ON u.code_id = e.unit_id
  JOIN tw.source src ON src.source_id = e.source_id`;

export const eventStatements = {
  addCodes: tenantStatement(
    'events.addCodes',
    `INSERT INTO tw.code (tenant_id, system, code)
     SELECT current_setting('tw.tenant')::int, k.system, k.code FROM unnest($1::text[], $2::text[]) AS k(system, code)
     ORDER BY k.system, k.code ON CONFLICT DO NOTHING`,
  ),
  codes: tenantStatement(
    'events.codes',
    `SELECT c.code_id, c.system, c.code FROM unnest($1::text[], $2::text[]) AS k(system, code)
     CROSS JOIN LATERAL (SELECT * FROM tw.code c WHERE c.tenant_id = current_setting('tw.tenant')::int
       AND c.system = k.system AND c.code = k.code OFFSET 0) c`,
  ),
  close: tenantStatement('events.close', 'SELECT tw.close_events($1::bigint[], $2::uuid[], $3::int[]) AS n'),
  open: tenantStatement(
    'events.open',
    `INSERT INTO tw.event (tenant_id, source_id, subject_id, record_id, resource_key, ordinal, rev_from, code_id, unit_id,
       action, time, time_precision, offset_min, numeric_value, numeric_text, value_text)
     SELECT current_setting('tw.tenant')::int, $1, k.* FROM unnest($2::bigint[], $3::bigint[], $4::uuid[], $5::int[],
       $6::int[], $7::int[], $8::int[], $9::smallint[], $10::timestamptz[], $11::text[], $12::int[], $13::float8[],
       $14::text[], $15::text[]) AS k`,
  ),
  closeOfRecord: tenantStatement(
    'events.closeOfRecord',
    `UPDATE tw.event SET rev_to = $3 WHERE subject_id = $1 AND record_id = $2 AND rev_to = ${openEnd}`,
  ),
  copyOfRecord: tenantStatement(
    'events.copyOfRecord',
    `INSERT INTO tw.event (tenant_id, source_id, subject_id, record_id, resource_key, ordinal, rev_from, code_id, unit_id,
       action, time, time_precision, offset_min, numeric_value, numeric_text, value_text)
     SELECT tenant_id, source_id, $3, record_id, resource_key, ordinal, $4, code_id, unit_id, action,
       time + make_interval(days => $5), time_precision, offset_min, numeric_value, numeric_text, value_text
     FROM tw.event WHERE subject_id = $1 AND record_id = $2 AND rev_to = ${openEnd}`,
  ),
  history: tenantStatement(
    'events.history',
    `SELECT ${read} FROM unnest($1::bigint[], $2::int[]) AS k(subject_id, revision)
     CROSS JOIN LATERAL (SELECT * FROM tw.event e WHERE e.subject_id = k.subject_id AND e.rev_from <= k.revision
       AND e.rev_to > k.revision OFFSET 0) e ${joins}`,
  ),
  page: tenantStatement(
    'events.page',
    `SELECT ${read} FROM tw.event e ${joins}
     WHERE e.subject_id = $1 AND e.rev_from <= $2 AND e.rev_to > $2 AND c.system <> $5
     ORDER BY e.time, e.resource_key, e.ordinal LIMIT $3 OFFSET $4`,
  ),
  count: tenantStatement(
    'events.count',
    `SELECT count(*) AS n FROM tw.event e JOIN tw.code c ON c.code_id = e.code_id
     WHERE e.subject_id = $1 AND e.rev_to = ${openEnd} AND c.system <> $2`,
  ),
};

const separator = '\u0000';

/** Interned code ids by `codeKey`. Commit it before the batch, so that batches do not wait for each other. */
export async function internCodes(
  session: Session,
  codes: readonly { readonly system: string; readonly code: string }[],
): Promise<ReadonlyMap<string, number>> {
  if (codes.length === 0) return new Map();
  const parameters = [codes.map((each) => each.system), codes.map((each) => each.code)];
  const known = await session.query<{ code_id: number; system: string; code: string }>(
    eventStatements.codes,
    parameters,
  );
  const found = new Map(known.map((row) => [codeKey(row.system, row.code), row.code_id]));
  if (codes.every((each) => found.has(codeKey(each.system, each.code)))) return found;
  await session.query(eventStatements.addCodes, parameters);
  const rows = await session.query<{ code_id: number; system: string; code: string }>(
    eventStatements.codes,
    parameters,
  );
  return new Map(rows.map((row) => [codeKey(row.system, row.code), row.code_id]));
}

/** Key of a code in the map of `internCodes`. */
export function codeKey(system: string, code: string): string {
  return `${system}${separator}${code}`;
}

/** Closes the current events of records at a revision. */
export async function closeEvents(
  session: Session,
  rows: readonly { readonly subjectId: number; readonly resourceKey: string; readonly revision: number }[],
): Promise<void> {
  if (rows.length === 0) return;
  await session.query(eventStatements.close, [
    rows.map((row) => row.subjectId),
    rows.map((row) => row.resourceKey),
    rows.map((row) => row.revision),
  ]);
}

/** Opens events. */
export async function openEvents(
  session: Session,
  sourceId: number,
  events: readonly NewEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const column = <T>(pick: (event: NewEvent) => T): readonly T[] => events.map(pick);
  await session.query(eventStatements.open, [
    sourceId,
    column((event) => event.subjectId),
    column((event) => event.recordId),
    column((event) => event.resourceKey),
    column((event) => event.ordinal),
    column((event) => event.revision),
    column((event) => event.codeId),
    column((event) => event.unitId),
    column((event) => event.action),
    column((event) => event.time),
    column((event) => event.precision),
    column((event) => event.offsetMinutes),
    column((event) => event.number),
    column((event) => event.numberText),
    column((event) => event.concept),
  ]);
}

/** Events of subjects, each at its revision, in no order. */
export function readHistories(
  session: Session,
  subjects: readonly { readonly subjectId: number; readonly revision: number }[],
): Promise<readonly EventRow[]> {
  return session.query<EventRow>(eventStatements.history, [
    subjects.map((each) => each.subjectId),
    subjects.map((each) => each.revision),
  ]);
}
