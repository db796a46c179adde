// Erasing a subject: every table that refers to one, and the evidence that stays.
import { type Session, type Statement, tenantStatement } from './database.ts';

/** An erasure and how far it is. */
export interface ErasureRow {
  readonly erasure_id: string;
  readonly subject_id: number;
  readonly handle: string;
  readonly pseudonym: string;
  readonly step: 'Restricted' | 'DataRemoved' | 'Erased';
  readonly due_at: Date;
  readonly record_ids: readonly number[];
  readonly counts: Readonly<Record<string, number>>;
  readonly certificate: string;
  readonly done_at: Date | null;
}

const columns = `erasure_id::text AS erasure_id, subject_id, handle, pseudonym::text AS pseudonym, step, due_at, record_ids,
  counts, certificate, done_at`;

/** Where rows of a subject are: $1 = subject, $2 = its records, $3 = subjects that ever had these records, $4 = handle. */
const places: Readonly<Record<string, string>> = {
  'tw.event': 'subject_id = $1::bigint OR (subject_id = ANY($3::bigint[]) AND record_id = ANY($2::bigint[]))',
  'tw.resource': 'subject_id = $1::bigint OR record_id = ANY($2::bigint[])',
  'tw.resource_history': 'subject_id = $1::bigint OR record_id = ANY($2::bigint[])',
  'tw.prediction': 'subject_id = $1::bigint',
  'tw.sim_result': 'subject_id = $1::bigint',
  'tw.simulation':
    'single AND sim_id IN (SELECT sim_id FROM tw.sim_chunk WHERE $1::bigint = ANY(subject_ids))',
  'tw.twin_due': 'twin_id IN (SELECT twin_id FROM tw.twin WHERE subject_id = $1::bigint)',
  'tw.twin': 'subject_id = $1::bigint AND template',
  'tw.quarantine': 'record_id = ANY($2::bigint[]) OR handle = $4::text',
  'tw.subject_revision': 'subject_id = $1::bigint',
  'vault.identifier': 'record_id = ANY($2::bigint[])',
  'vault.link': 'subject_id = $1::bigint OR record_id = ANY($2::bigint[])',
  'vault.enrolment': 'handle = $4::text',
  'vault.record': 'subject_id = $1::bigint',
  'tw.subject': 'subject_id = $1::bigint',
};

const parameters = '($1::bigint, $2::bigint[], $3::bigint[], $4::text)';

function perPlace(
  name: string,
  text: (table: string, where: string) => string,
): readonly (readonly [string, Statement])[] {
  return Object.entries(places).map(([table, where]) => [
    table,
    tenantStatement(`erasures.${name}.${table}`, text(table, where)),
  ]);
}

/** Per table: how many rows of the subject there are. */
export const countStatements: readonly (readonly [string, Statement])[] = perPlace(
  'count',
  (table, where) => `SELECT count(*) AS n FROM ${table} WHERE (${where}) AND ROW${parameters} IS NOT NULL`,
);

/** Per table, in an order that keeps references resolvable: deletes the rows of the subject. */
export const removeStatements: readonly (readonly [string, Statement])[] = perPlace(
  'remove',
  (table, where) =>
    `WITH gone AS (DELETE FROM ${table} WHERE (${where}) AND ROW${parameters} IS NOT NULL RETURNING 1)
     SELECT count(*) AS n FROM gone`,
);

export const erasureStatements = {
  byHandle: tenantStatement('erasures.byHandle', `SELECT ${columns} FROM tw.erasure WHERE handle = $1`),
  lock: tenantStatement(
    'erasures.lock',
    `SELECT ${columns} FROM tw.erasure WHERE erasure_id = $1::uuid FOR UPDATE`,
  ),
  add: tenantStatement(
    'erasures.add',
    `INSERT INTO tw.erasure (tenant_id, subject_id, handle, pseudonym, reason, due_at)
     VALUES (current_setting('tw.tenant')::int, $1, $2, $3, $4, now() + make_interval(secs => $5))
     ON CONFLICT (tenant_id, handle) DO NOTHING`,
  ),
  due: tenantStatement(
    'erasures.due',
    `SELECT ${columns} FROM tw.erasure WHERE step <> 'Erased' AND due_at <= now() ORDER BY due_at LIMIT 100`,
  ),
  removed: tenantStatement(
    'erasures.removed',
    `UPDATE tw.erasure SET step = 'DataRemoved', record_ids = $2, counts = $3 WHERE erasure_id = $1::uuid`,
  ),
  finish: tenantStatement(
    'erasures.finish',
    `UPDATE tw.erasure SET step = 'Erased', record_ids = '{}', counts = $2, certificate = $3, done_at = $4
     WHERE erasure_id = $1::uuid`,
  ),
  blinds: tenantStatement(
    'erasures.blinds',
    `SELECT 'record' AS kind, blind::text AS blind FROM vault.record WHERE subject_id = $1
     UNION ALL SELECT 'identifier', i.blind::text FROM vault.identifier i JOIN vault.record r USING (record_id)
       WHERE r.subject_id = $1
     UNION ALL SELECT 'identifier', blind::text FROM vault.enrolment WHERE handle = $2`,
  ),
  records: tenantStatement('erasures.records', 'SELECT record_id FROM vault.record WHERE subject_id = $1'),
  formerSubjects: tenantStatement(
    'erasures.formerSubjects',
    'SELECT DISTINCT subject_id FROM vault.link WHERE record_id = ANY($1::bigint[])',
  ),
  unbindTwins: tenantStatement(
    'erasures.unbindTwins',
    `UPDATE tw.twin SET subject_id = NULL, update_state = 'AWAITING_DATA', reason_code = '', message = '', done_rev = 0,
       done_spec_hash = '', done_as_of = NULL, done_models = '[]', done_at = NULL
     WHERE subject_id = $1`,
  ),
  forgetInChunks: tenantStatement(
    'erasures.forgetInChunks',
    `UPDATE tw.sim_chunk SET subject_ids = array_replace(subject_ids, $1::bigint, 0) WHERE $1::bigint = ANY(subject_ids)`,
  ),
  byPseudonym: tenantStatement(
    'erasures.byPseudonym',
    'SELECT subject_id, handle FROM tw.subject WHERE pseudonym = $1::uuid',
  ),
};

/** The erasure of a handle. */
export async function findErasure(session: Session, handle: string): Promise<ErasureRow | undefined> {
  return (await session.query<ErasureRow>(erasureStatements.byHandle, [handle]))[0];
}

/** Runs one statement per table and answers its figure by table. */
export async function perTable(
  session: Session,
  statements: readonly (readonly [string, Statement])[],
  values: readonly unknown[],
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const [table, statement] of statements) {
    counts[table] = (await session.query<{ n: number }>(statement, values))[0]?.n ?? 0;
  }
  return counts;
}
