// Which twins are due for a forecast. A fenced lease makes sure that a worker that was given up cannot finish.
import { type Session, tenantStatement } from './database.ts';

/** Priorities: the lower, the sooner. */
export const duePriority = { asked: 0, data: 10, sweep: 20, bulk: 30 } as const;

/** A due twin under a lease. */
export interface DueRow {
  readonly twin_id: number;
  readonly wanted: number;
  readonly lease_no: number;
  readonly attempts: number;
}

const enqueue = `INSERT INTO tw.twin_due (twin_id, tenant_id, wanted, priority, due_at, dirty_since)`;
const merge = `ON CONFLICT (twin_id) DO UPDATE SET wanted = greatest(twin_due.wanted, excluded.wanted),
  priority = least(twin_due.priority, excluded.priority)`;

export const dueStatements = {
  ofSubjects: tenantStatement(
    'due.ofSubjects',
    // A first forecast does not wait for a long debounce.
    `${enqueue}
     SELECT t.twin_id, t.tenant_id, s.revision, $2, now() + make_interval(secs => w.debounce), now()
     FROM tw.twin t JOIN tw.subject s USING (subject_id)
     CROSS JOIN LATERAL (SELECT coalesce((t.spec->>'debounceSeconds')::float8, $3::float8) AS wish) v
     CROSS JOIN LATERAL (SELECT CASE WHEN t.done_rev = 0 THEN least(v.wish, $3::float8) ELSE v.wish END AS debounce) w
     WHERE t.subject_id = ANY($1::bigint[]) AND s.state = 'active' AND s.revision > 0 AND NOT t.released
       AND NOT t.suspended AND t.update_mode = 'OnData'
     ORDER BY t.twin_id
     ${merge}, attempts = 0, due_at = least(excluded.due_at, twin_due.dirty_since
       + greatest(make_interval(secs => $4), excluded.due_at - excluded.dirty_since))`,
  ),
  ofTwins: tenantStatement(
    'due.ofTwins',
    `${enqueue}
     SELECT t.twin_id, t.tenant_id, s.revision, $2, now(), now()
     FROM tw.twin t JOIN tw.subject s USING (subject_id)
     WHERE t.twin_id = ANY($1::bigint[]) AND s.state = 'active' AND s.revision > 0 AND NOT t.released AND NOT t.suspended
     ORDER BY t.twin_id
     ${merge}, due_at = least(twin_due.due_at, now()), attempts = 0`,
  ),
  sweep: tenantStatement(
    'due.sweep',
    `${enqueue}
     SELECT t.twin_id, t.tenant_id, s.revision, $1, now(), now()
     FROM tw.twin t JOIN tw.subject s USING (subject_id)
     WHERE s.state = 'active' AND s.revision > 0 AND NOT t.released AND NOT t.suspended
       AND NOT EXISTS (SELECT 1 FROM tw.twin_due d WHERE d.twin_id = t.twin_id)
       AND ((t.update_mode = 'OnData'
           AND (t.done_rev < s.revision OR t.done_spec_hash <> t.spec_hash OR t.done_as_of < $2::date OR t.done_as_of IS NULL
             OR EXISTS (SELECT 1 FROM tw.model m WHERE t.spec->'models' ? m.name AND m.ready
               AND NOT t.done_models @> jsonb_build_array(jsonb_build_object('name', m.name, 'sha256', m.sha256)))))
         OR (t.update_mode = 'Schedule' AND t.next_run_at <= now())
         OR t.refresh <> t.handled_refresh)
     ORDER BY t.twin_id LIMIT $3 ON CONFLICT DO NOTHING RETURNING twin_id`,
  ),
  take: tenantStatement(
    'due.take',
    // The CTE is run once; as a subquery, a nested loop could run it again and take more.
    `WITH k AS MATERIALIZED (SELECT twin_id FROM tw.twin_due
       WHERE due_at <= now() AND (lease_until IS NULL OR lease_until < now())
       ORDER BY priority, due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
     UPDATE tw.twin_due d SET lease_no = d.lease_no + 1, attempts = d.attempts + 1,
       lease_until = now() + make_interval(secs => $2)
     FROM k WHERE d.twin_id = k.twin_id RETURNING d.twin_id, d.wanted, d.lease_no, d.attempts`,
  ),
  extend: tenantStatement(
    'due.extend',
    `UPDATE tw.twin_due d SET lease_until = now() + make_interval(secs => $3)
     FROM unnest($1::bigint[], $2::bigint[]) AS k(twin_id, lease_no)
     WHERE d.twin_id = k.twin_id AND d.lease_no = k.lease_no`,
  ),
  holds: tenantStatement(
    'due.holds',
    'SELECT wanted FROM tw.twin_due WHERE twin_id = $1 AND lease_no = $2 FOR UPDATE',
  ),
  done: tenantStatement(
    'due.done',
    'DELETE FROM tw.twin_due WHERE twin_id = $1 AND lease_no = $2 AND wanted <= $3 RETURNING twin_id',
  ),
  release: tenantStatement(
    'due.release',
    `UPDATE tw.twin_due SET lease_until = NULL, due_at = now() + make_interval(secs => $3)
     WHERE twin_id = $1 AND lease_no = $2`,
  ),
  backlog: tenantStatement(
    'due.backlog',
    // A try that failed puts the next one off: what was tried counts from when it was first wanted.
    `SELECT count(*)::int AS due, coalesce(extract(epoch FROM now()
         - min(CASE WHEN attempts = 0 THEN due_at ELSE dirty_since END)), 0)::float8 AS oldest_seconds
     FROM tw.twin_due WHERE due_at <= now() OR attempts > 0 HAVING count(*) > 0`,
  ),
  drop: tenantStatement('due.drop', 'DELETE FROM tw.twin_due WHERE twin_id = ANY($1::bigint[])'),
};

/** Debounce and longest wait, in seconds. */
export interface Debounce {
  readonly debounceSeconds: number;
  readonly maxWaitSeconds: number;
}

/** Twins of subjects whose data changed become due after their debounce. */
export async function dueForData(
  session: Session,
  subjectIds: readonly number[],
  priority: number,
  wait: Debounce,
): Promise<void> {
  if (subjectIds.length === 0) return;
  await session.query(dueStatements.ofSubjects, [
    subjectIds,
    priority,
    wait.debounceSeconds,
    wait.maxWaitSeconds,
  ]);
}

/** Twins become due now. */
export async function dueNow(session: Session, twinIds: readonly number[], priority: number): Promise<void> {
  if (twinIds.length > 0) await session.query(dueStatements.ofTwins, [twinIds, priority]);
}

/** Takes due twins under a lease of some seconds. */
export function takeDue(session: Session, most: number, leaseSeconds: number): Promise<readonly DueRow[]> {
  return session.query<DueRow>(dueStatements.take, [most, leaseSeconds]);
}

/** Keeps the leases of twins in hand. */
export async function extendLeases(
  session: Session,
  rows: readonly DueRow[],
  leaseSeconds: number,
): Promise<void> {
  const values = [rows.map((row) => row.twin_id), rows.map((row) => row.lease_no), leaseSeconds];
  await session.query(dueStatements.extend, values);
}

/** Whether a lease still holds; locks the row. */
export async function holdsLease(session: Session, due: DueRow): Promise<boolean> {
  return (await session.query(dueStatements.holds, [due.twin_id, due.lease_no])).length > 0;
}

/** Ends a lease: nothing more is due, or newer data keep it due. */
export async function finishDue(session: Session, due: DueRow, revision: number): Promise<void> {
  const done = await session.query(dueStatements.done, [due.twin_id, due.lease_no, revision]);
  if (done.length === 0) await releaseDue(session, due, 0);
}

/** Gives a twin back, due again after some seconds. */
export async function releaseDue(session: Session, due: DueRow, seconds: number): Promise<void> {
  await session.query(dueStatements.release, [due.twin_id, due.lease_no, seconds]);
}

/** Twins of the tenant that are due, and for how long the oldest has been. */
export interface Backlog {
  readonly due: number;
  readonly oldest_seconds: number;
}

/** Counts what is due in the tenant of the session. */
export async function countDue(session: Session): Promise<Backlog> {
  const [found] = await session.query<Backlog>(dueStatements.backlog);
  return found ?? { due: 0, oldest_seconds: 0 };
}
