import { type Session, tenantStatement } from './database.ts';

/** What is said of an act. Subjects by surrogate only. */
export interface AuditEntry {
  readonly kind: string;
  readonly actor: string;
  /** Allowed, Denied or a reason code. */
  readonly outcome: string;
  readonly handle?: string;
  readonly subjects?: readonly number[];
  readonly n?: number;
  readonly sealed?: Buffer;
}

/** An entry as the sealer sees it. */
export interface CanonicalEntry {
  readonly audit_id: number;
  readonly xid: string;
  readonly canonical: string;
}

/** A sealed block. */
export interface SealRow {
  readonly block_no: number;
  readonly upto_xid: string;
  readonly upto_id: number;
  readonly leaves: Buffer;
  readonly prev: Buffer;
  readonly mac: Buffer;
}

const canonical = `jsonb_build_array(audit_id, xid::text, (extract(epoch FROM at) * 1000000)::bigint, tenant_id, kind,
  actor, outcome, handle, subjects, n, encode(coalesce(sealed, ''), 'hex'))::text AS canonical`;

export const auditStatements = {
  write: tenantStatement(
    'audit.write',
    `INSERT INTO audit.entry (tenant_id, kind, actor, outcome, handle, subjects, n, sealed)
     VALUES (current_setting('tw.tenant')::int, $1, $2, $3, $4, $5, $6, $7)`,
  ),
  between: tenantStatement(
    'audit.between',
    `SELECT audit_id, xid::text AS xid, ${canonical} FROM audit.entry
     WHERE (xid, audit_id) > ($1::xid8, $2::bigint) AND (xid, audit_id) <= ($3::xid8, $4::bigint)
     ORDER BY entry.xid, audit_id`,
  ),
  unsealed: tenantStatement(
    'audit.unsealed',
    `SELECT audit_id, xid::text AS xid, ${canonical} FROM audit.entry
     WHERE (xid, audit_id) > ($1::xid8, $2::bigint) AND xid < pg_snapshot_xmin(pg_current_snapshot())
     ORDER BY entry.xid, audit_id LIMIT $3`,
  ),
  countAfter: tenantStatement(
    'audit.countAfter',
    'SELECT count(*) AS n FROM audit.entry WHERE (xid, audit_id) > ($1::xid8, $2::bigint)',
  ),
  lastSeal: tenantStatement(
    'audit.lastSeal',
    'SELECT block_no, upto_xid::text AS upto_xid, upto_id, leaves, prev, mac FROM audit.seal ORDER BY block_no DESC LIMIT 1',
  ),
  isAhead: tenantStatement(
    'audit.isAhead',
    `SELECT EXISTS (SELECT 1 FROM audit.seal WHERE upto_xid >= pg_snapshot_xmax(pg_current_snapshot())) AS ahead`,
  ),
  seals: tenantStatement(
    'audit.seals',
    `SELECT block_no, upto_xid::text AS upto_xid, upto_id, leaves, prev, mac FROM audit.seal
     WHERE block_no > $1 ORDER BY block_no LIMIT 1`,
  ),
  lock: tenantStatement(
    'audit.lock',
    `SELECT pg_try_advisory_xact_lock(7390143, current_setting('tw.tenant')::int) AS locked`,
  ),
  addSeal: tenantStatement(
    'audit.addSeal',
    `INSERT INTO audit.seal (tenant_id, block_no, upto_xid, upto_id, leaves, prev, mac)
     VALUES (current_setting('tw.tenant')::int, $1, $2::xid8, $3, $4, $5, $6)`,
  ),
};

/** Writes one entry in the transaction of the act. */
export async function writeAudit(session: Session, entry: AuditEntry): Promise<void> {
  await session.query(auditStatements.write, [
    entry.kind,
    entry.actor,
    entry.outcome,
    entry.handle ?? '',
    entry.subjects ?? [],
    entry.n ?? 0,
    entry.sealed ?? null,
  ]);
}
