// Simulations: the frozen cohort, units under fenced leases, exact sums per subject, the final result.
import type { Catalogue } from '../estimate/catalogue.ts';
import { type Session, tenantStatement } from './database.ts';

/** A frozen run. `spec` is what the units are made from. */
export interface SimulationRow<S = unknown> {
  readonly sim_id: number;
  readonly run_key: string;
  readonly spec: S;
  readonly snapshot: string;
  readonly as_of: string;
  readonly model: string;
  readonly model_digest: string;
  readonly engine_class: string;
  readonly subjects: number;
  readonly units: number;
  readonly single: boolean;
  readonly state: 'RUNNING' | 'SUCCEEDED' | 'FAILED';
  readonly reason: string;
  readonly message: string;
  readonly withdrawn: number;
  /** What the model said of itself; null until it could be asked. */
  readonly catalogue: Catalogue | null;
}

/** A unit of work. */
export interface UnitRow {
  readonly unit_no: number;
  readonly ordinal_from: number;
  readonly ordinal_to: number;
  readonly sample_from: number;
  readonly sample_to: number;
  readonly lease_no: number;
  readonly digest: Buffer | null;
}

/** A member of a frozen cohort at its position. Subject 0: erased since. */
export interface MemberRow {
  readonly ordinal: number;
  readonly subject_id: number;
  readonly revision: number;
}

/** Sums of one subject in one unit. */
export interface ResultRow {
  readonly ordinal: number;
  readonly unit_no: number;
  readonly request_digest: Buffer;
  readonly excluded: string;
  readonly sums: Buffer | null;
}

/** A candidate of a cohort. */
export interface CandidateRow {
  readonly subject_id: number;
  readonly revision: number;
  readonly rng_id: string;
  readonly pseudonym: string;
  readonly birth_ms: number | null;
}

/** Subjects per chunk of the frozen cohort. */
export const chunkSize = 256;

const columns = `s.sim_id, s.run_key, s.spec, s.snapshot, s.as_of, s.model, s.model_digest, s.engine_class, s.subjects,
  s.units, s.single, s.state, s.reason, s.message, s.withdrawn, s.catalogue`;
const unitColumns =
  'u.unit_no, u.ordinal_from, u.ordinal_to, u.sample_from, u.sample_to, u.lease_no, u.digest';

export const simulationStatements = {
  byRunKey: tenantStatement(
    'simulations.byRunKey',
    `SELECT ${columns} FROM tw.simulation s WHERE s.run_key = $1`,
  ),
  lockByRunKey: tenantStatement(
    'simulations.lockByRunKey',
    `SELECT ${columns} FROM tw.simulation s WHERE s.run_key = $1 FOR UPDATE`,
  ),
  byName: tenantStatement(
    'simulations.byName',
    `SELECT ${columns}, o.object_uid, o.spec_hash FROM tw.simulation_object o JOIN tw.simulation s USING (sim_id)
     WHERE o.name = $1`,
  ),
  candidates: tenantStatement(
    'simulations.candidates',
    `SELECT s.subject_id, s.revision, s.rng_id::text AS rng_id, s.pseudonym::text AS pseudonym, b.birth_ms
     FROM tw.subject s
     LEFT JOIN LATERAL (SELECT (extract(epoch FROM e.time) * 1000)::float8 AS birth_ms FROM tw.event e
       JOIN tw.code c USING (code_id)
       WHERE e.tenant_id = current_setting('tw.tenant')::int AND e.subject_id = s.subject_id AND e.rev_to = 2147483647
         AND c.system = $3 AND c.code = 'birth' ORDER BY e.rev_from DESC, e.resource_key LIMIT 1) b ON $4::boolean
     WHERE s.state = 'active' AND s.revision > 0
       AND EXISTS (SELECT 1 FROM tw.twin t WHERE t.subject_id = s.subject_id AND NOT t.released)
       AND NOT EXISTS (SELECT 1 FROM unnest($1::int[]) AS p(code_id) WHERE NOT EXISTS (
         SELECT 1 FROM tw.event e WHERE e.subject_id = s.subject_id AND e.code_id = p.code_id AND e.rev_to = 2147483647))
       AND NOT EXISTS (SELECT 1 FROM tw.event e
         WHERE e.subject_id = s.subject_id AND e.code_id = ANY($2::int[]) AND e.rev_to = 2147483647)
     ORDER BY s.rng_id, s.subject_id`,
  ),
  add: tenantStatement(
    'simulations.add',
    `INSERT INTO tw.simulation (tenant_id, run_key, spec, snapshot, as_of, model, model_digest, subjects, units, single)
     VALUES (current_setting('tw.tenant')::int, $1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (tenant_id, run_key) DO NOTHING RETURNING sim_id`,
  ),
  addChunks: tenantStatement(
    'simulations.addChunks',
    `INSERT INTO tw.sim_chunk (sim_id, chunk_no, tenant_id, subject_ids, revisions)
     SELECT $1, (m.position - 1) / ${chunkSize}, current_setting('tw.tenant')::int,
       array_agg(m.subject_id ORDER BY m.position), array_agg(m.revision ORDER BY m.position)
     FROM unnest($2::bigint[], $3::int[]) WITH ORDINALITY AS m(subject_id, revision, position)
     GROUP BY (m.position - 1) / ${chunkSize}`,
  ),
  addUnits: tenantStatement(
    'simulations.addUnits',
    `INSERT INTO tw.sim_unit (sim_id, unit_no, tenant_id, ordinal_from, ordinal_to, sample_from, sample_to)
     SELECT $1, u.position - 1, current_setting('tw.tenant')::int, u.a, u.b, u.c, u.d
     FROM unnest($2::int[], $3::int[], $4::int[], $5::int[]) WITH ORDINALITY AS u(a, b, c, d, position)`,
  ),
  name: tenantStatement(
    'simulations.name',
    `INSERT INTO tw.simulation_object (tenant_id, name, object_uid, spec_hash, sim_id)
     VALUES (current_setting('tw.tenant')::int, $1, $2, $3, $4)
     ON CONFLICT (tenant_id, name) DO UPDATE SET object_uid = excluded.object_uid, spec_hash = excluded.spec_hash,
       sim_id = excluded.sim_id`,
  ),
  namesOf: tenantStatement('simulations.namesOf', 'SELECT name FROM tw.simulation_object WHERE sim_id = $1'),
  restart: tenantStatement(
    'simulations.restart',
    `DELETE FROM tw.simulation WHERE sim_id = $1 AND state = 'FAILED'`,
  ),
  claim: tenantStatement(
    'simulations.claim',
    // The CTE is run once; as a subquery, a nested loop could run it again and take more.
    `WITH k AS MATERIALIZED (SELECT unit_no FROM tw.sim_unit WHERE sim_id = $1 AND done_at IS NULL
         AND (lease_until IS NULL OR lease_until < now())
       ORDER BY unit_no LIMIT 1 FOR UPDATE SKIP LOCKED)
     UPDATE tw.sim_unit u SET holder = $2, lease_no = u.lease_no + 1, lease_until = now() + make_interval(secs => $3)
     FROM k WHERE u.sim_id = $1 AND u.unit_no = k.unit_no RETURNING ${unitColumns}`,
  ),
  extend: tenantStatement(
    'simulations.extend',
    `UPDATE tw.sim_unit SET lease_until = now() + make_interval(secs => $4)
     WHERE sim_id = $1 AND unit_no = $2 AND lease_no = $3 AND done_at IS NULL RETURNING unit_no`,
  ),
  lockUnit: tenantStatement(
    'simulations.lockUnit',
    `SELECT ${unitColumns} FROM tw.sim_unit u WHERE u.sim_id = $1 AND u.unit_no = $2 FOR UPDATE`,
  ),
  members: tenantStatement(
    'simulations.members',
    `SELECT (c.chunk_no * ${chunkSize} + m.position - 1)::int AS ordinal, m.subject_id, m.revision
     FROM tw.sim_chunk c CROSS JOIN LATERAL unnest(c.subject_ids, c.revisions) WITH ORDINALITY
       AS m(subject_id, revision, position)
     WHERE c.sim_id = $1 AND c.chunk_no BETWEEN $2::int / ${chunkSize} AND ($3::int - 1) / ${chunkSize}
       AND c.chunk_no * ${chunkSize} + m.position - 1 >= $2::int AND c.chunk_no * ${chunkSize} + m.position - 1 < $3::int
     ORDER BY 1`,
  ),
  pinEngine: tenantStatement(
    'simulations.pinEngine',
    `UPDATE tw.simulation SET engine_class = $2 WHERE sim_id = $1 AND engine_class IN ('', $2) AND state = 'RUNNING'
     RETURNING sim_id`,
  ),
  pinCatalogue: tenantStatement(
    'simulations.pinCatalogue',
    `UPDATE tw.simulation SET catalogue = $2 WHERE sim_id = $1 AND catalogue IS NULL AND state = 'RUNNING'`,
  ),
  addResults: tenantStatement(
    'simulations.addResults',
    `INSERT INTO tw.sim_result (sim_id, ordinal, unit_no, tenant_id, subject_id, request_digest, excluded, sums)
     SELECT $1, r.ordinal, $2, current_setting('tw.tenant')::int, r.subject_id, r.request_digest, r.excluded, r.sums
     FROM unnest($3::int[], $4::bigint[], $5::bytea[], $6::text[], $7::bytea[])
       AS r(ordinal, subject_id, request_digest, excluded, sums)`,
  ),
  finishUnit: tenantStatement(
    'simulations.finishUnit',
    'UPDATE tw.sim_unit SET done_at = now(), digest = $3, lease_until = NULL WHERE sim_id = $1 AND unit_no = $2',
  ),
  unitsDone: tenantStatement(
    'simulations.unitsDone',
    'SELECT count(*) AS n FROM tw.sim_unit WHERE sim_id = $1 AND done_at IS NOT NULL',
  ),
  results: tenantStatement(
    'simulations.results',
    `SELECT ordinal, unit_no, request_digest, excluded, sums FROM tw.sim_result
     WHERE sim_id = $1 AND ordinal >= $2 AND ordinal < $3 ORDER BY ordinal, unit_no`,
  ),
  fail: tenantStatement(
    'simulations.fail',
    `UPDATE tw.simulation SET state = 'FAILED', reason = $2, message = $3 WHERE sim_id = $1 AND state = 'RUNNING'`,
  ),
  succeed: tenantStatement(
    'simulations.succeed',
    `UPDATE tw.simulation SET state = 'SUCCEEDED', withdrawn = $2 WHERE sim_id = $1 AND state = 'RUNNING'`,
  ),
  addFinal: tenantStatement(
    'simulations.addFinal',
    `INSERT INTO tw.sim_final (sim_id, tenant_id, payload) VALUES ($1, current_setting('tw.tenant')::int, $2)
     ON CONFLICT DO NOTHING`,
  ),
  final: tenantStatement('simulations.final', 'SELECT payload FROM tw.sim_final WHERE sim_id = $1'),
  dropResults: tenantStatement('simulations.dropResults', 'DELETE FROM tw.sim_result WHERE sim_id = $1'),
};

/** A run by its key; `lock` for a transaction that changes it. */
export async function findRun<S>(
  session: Session,
  runKey: string,
  lock = false,
): Promise<SimulationRow<S> | undefined> {
  const statement = lock ? simulationStatements.lockByRunKey : simulationStatements.byRunKey;
  return (await session.query<SimulationRow<S>>(statement, [runKey]))[0];
}

/** Members at positions [from, to). */
export function readMembers(
  session: Session,
  simId: number,
  from: number,
  to: number,
): Promise<readonly MemberRow[]> {
  return session.query<MemberRow>(simulationStatements.members, [simId, from, to]);
}

/** Names of the Simulations that ask for a run. */
export async function namesOfRun(session: Session, simId: number): Promise<readonly string[]> {
  return (await session.query<{ name: string }>(simulationStatements.namesOf, [simId])).map(
    (row) => row.name,
  );
}

/** Keeps what the model of a run says of itself; the first to be kept stays. */
export async function pinCatalogue(session: Session, simId: number, catalogue: Catalogue): Promise<void> {
  await session.query(simulationStatements.pinCatalogue, [simId, JSON.stringify(catalogue)]);
}

/** Ends a run for good. */
export async function failRun(
  session: Session,
  simId: number,
  reason: string,
  message: string,
): Promise<void> {
  await session.query(simulationStatements.fail, [simId, reason, message.slice(0, 512)]);
}
