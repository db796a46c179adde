// Wrapped keys. These statements run on the keyring's own connection only.
import { type Session, tenantStatement } from './database.ts';

export const keyringStatements = {
  read: tenantStatement(
    'keyring.read',
    'SELECT record_id, wrapped FROM keyring.dek WHERE record_id = ANY($1::bigint[])',
  ),
  add: tenantStatement(
    'keyring.add',
    `INSERT INTO keyring.dek (tenant_id, record_id, wrapped, kek_version)
     SELECT current_setting('tw.tenant')::int, k.record_id, k.wrapped, $3
     FROM unnest($1::bigint[], $2::bytea[]) AS k(record_id, wrapped)
     ORDER BY 2 ON CONFLICT DO NOTHING`,
  ),
  remove: tenantStatement(
    'keyring.remove',
    'DELETE FROM keyring.dek WHERE record_id = ANY($1::bigint[]) RETURNING record_id',
  ),
  readTenant: tenantStatement(
    'keyring.readTenant',
    `SELECT wrapped FROM keyring.tenant_key WHERE tenant_id = current_setting('tw.tenant')::int`,
  ),
  addTenant: tenantStatement(
    'keyring.addTenant',
    `INSERT INTO keyring.tenant_key (tenant_id, wrapped, kek_version)
     VALUES (current_setting('tw.tenant')::int, $1, $2) ON CONFLICT DO NOTHING`,
  ),
};

/** A key as stored: sealed under the key-encryption key. */
export interface WrappedKey {
  readonly record_id: number;
  readonly wrapped: Buffer;
}

/** The wrapped keys of records, in no order; records without a key are absent. */
export function readKeys(session: Session, recordIds: readonly number[]): Promise<readonly WrappedKey[]> {
  return session.query<WrappedKey>(keyringStatements.read, [recordIds]);
}

/** Adds keys; a record that has one keeps it. */
export async function addKeys(
  session: Session,
  keys: readonly WrappedKey[],
  kekVersion: number,
): Promise<void> {
  await session.query(keyringStatements.add, [
    keys.map((key) => key.record_id),
    keys.map((key) => key.wrapped),
    kekVersion,
  ]);
}

/** Deletes the keys of records; returns how many there were. */
export async function removeKeys(session: Session, recordIds: readonly number[]): Promise<number> {
  return (await session.query(keyringStatements.remove, [recordIds])).length;
}

/** The wrapped root key of the tenant. */
export async function readTenantKey(session: Session): Promise<Buffer | undefined> {
  return (await session.query<{ wrapped: Buffer }>(keyringStatements.readTenant))[0]?.wrapped;
}

/** Adds the tenant's root key unless there is one. */
export async function addTenantKey(session: Session, wrapped: Buffer, kekVersion: number): Promise<void> {
  await session.query(keyringStatements.addTenant, [wrapped, kekVersion]);
}
