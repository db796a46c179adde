// The change stream to the operator: keys only, by transaction cursor. A change becomes visible once every
// transaction that began before it has ended, so none is ever passed over.
import { type Session, systemStatement, tenantStatement } from './database.ts';

/** Kinds of changed keys, as numbers of the store. */
export const changeKind = { twin: 1, source: 2, simulation: 3 } as const;

/** A changed key. */
export interface ChangeRow {
  readonly xid: string;
  readonly seq: number;
  readonly namespace: string;
  readonly kind: number;
  readonly name: string;
}

export const changeStatements = {
  note: tenantStatement(
    'changes.note',
    `INSERT INTO tw.twin_change (tenant_id, kind, name)
     SELECT current_setting('tw.tenant')::int, $1, name FROM unnest($2::text[]) AS name`,
  ),
  noteTwinsOf: tenantStatement(
    'changes.noteTwinsOf',
    `INSERT INTO tw.twin_change (tenant_id, kind, name)
     SELECT t.tenant_id, ${changeKind.twin}, t.handle FROM tw.twin t
     WHERE t.subject_id = ANY($1::bigint[]) AND NOT t.template AND NOT t.released`,
  ),
  horizon: systemStatement('changes.horizon', 'SELECT tw.change_horizon()::text AS xid'),
  after: systemStatement(
    'changes.after',
    'SELECT xid::text AS xid, seq, namespace, kind, name FROM tw.changes_after($1::xid8, $2, $3)',
  ),
  keys: systemStatement(
    'changes.keys',
    'SELECT tenant_id, namespace, kind, name FROM tw.change_keys($1, $2, $3, $4)',
  ),
  trim: systemStatement('changes.trim', `SELECT tw.trim_changes(make_interval(secs => $1)) AS removed`),
};

/** Notes that keys of a kind changed. */
export async function noteChanges(session: Session, kind: number, names: readonly string[]): Promise<void> {
  if (names.length > 0) await session.query(changeStatements.note, [kind, [...new Set(names)]]);
}

/** Notes that the declared twins of subjects changed. */
export async function noteTwinsOf(session: Session, subjectIds: readonly number[]): Promise<void> {
  if (subjectIds.length > 0) await session.query(changeStatements.noteTwinsOf, [subjectIds]);
}

/** Everything below this transaction has ended. */
export async function changeHorizon(session: Session): Promise<string> {
  return (await session.query<{ xid: string }>(changeStatements.horizon))[0]?.xid ?? '0';
}

/** The next changes after a position, oldest first. */
export function changesAfter(
  session: Session,
  xid: string,
  seq: number,
  most: number,
): Promise<readonly ChangeRow[]> {
  return session.query<ChangeRow>(changeStatements.after, [xid, seq, most]);
}

/** A key of the opening snapshot, with its position for paging. */
export interface KeyRow {
  readonly tenant_id: number;
  readonly namespace: string;
  readonly kind: number;
  readonly name: string;
}

/** All keys after a position in (kind, tenant, name) order. */
export function changeKeys(
  session: Session,
  after: Omit<KeyRow, 'namespace'>,
  most: number,
): Promise<readonly KeyRow[]> {
  return session.query<KeyRow>(changeStatements.keys, [after.kind, after.tenant_id, after.name, most]);
}

/** Drops changes older than some seconds. */
export async function trimChanges(session: Session, olderSeconds: number): Promise<void> {
  await session.query(changeStatements.trim, [olderSeconds]);
}
