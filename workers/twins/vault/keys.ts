// Keys: one root key per tenant and one key per patient record, all wrapped by the key-encryption key, which is
// mounted as a file and never in the database.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CodedError, TerminalError } from '#runtime/errors.ts';
import type { Database } from '../store/database.ts';
import { addKeys, addTenantKey, readKeys, readTenantKey, removeKeys } from '../store/keyring.ts';
import { deriveKey, seal, unseal } from './seal.ts';

const keyBytes = 32;
const kekVersion = 1;

/** Keys of one tenant, each for one purpose. */
export interface TenantKeys {
  /** Blind indexes: identifiers, records, resources. */
  readonly blind: Buffer;
  /** Cursors, quarantined items, reasons. */
  readonly seal: Buffer;
  /** The secret time offset of each subject of a research tenant. */
  readonly offset: Buffer;
  /** The seal of the audit log. */
  readonly audit: Buffer;
}

/** Gives out keys. */
export interface Keys {
  ofTenant(tenantId: number): Promise<TenantKeys>;
  /** The key of every record, made where there is none. */
  ofRecords(tenantId: number, recordIds: readonly number[]): Promise<ReadonlyMap<number, Buffer>>;
  /** Destroys the keys of records; returns how many there were. */
  destroy(tenantId: number, recordIds: readonly number[]): Promise<number>;
}

/** 32 random bytes have about 30 different values; fewer than 16 happen to nobody. A made-up key has few. */
const fewestValues = 16;

/** Reads the key-encryption key: 32 random bytes in base64. Throws TerminalError InvalidKey. */
export function readKek(file: string): Buffer {
  const text = readFileSync(file, 'utf8').trim();
  const kek = Buffer.from(text, 'base64');
  // Decoding passes over what is no base64: a text that does not come back is not what somebody meant as a key.
  const isWhole = kek.toString('base64').replaceAll('=', '') === text.replaceAll('=', '');
  if (!isWhole || kek.length !== keyBytes || new Set(kek).size < fewestValues) {
    throw new TerminalError(
      'InvalidKey',
      'the key-encryption key is not 32 random bytes in base64: make one with openssl rand -base64 32',
    );
  }
  return kek;
}

/** Keys kept in the keyring's database connection. */
export function createKeys(keyring: Database, kek: Buffer): Keys {
  const tenants = new Map<number, TenantKeys>();
  return {
    ofTenant: async (tenantId) => {
      const known = tenants.get(tenantId) ?? (await tenantKeys(keyring, kek, tenantId));
      tenants.set(tenantId, known);
      return known;
    },
    ofRecords: (tenantId, recordIds) => recordKeys(keyring, kek, tenantId, [...new Set(recordIds)]),
    destroy: (tenantId, recordIds) => keyring.inTenant(tenantId, (session) => removeKeys(session, recordIds)),
  };
}

async function tenantKeys(keyring: Database, kek: Buffer, tenantId: number): Promise<TenantKeys> {
  const purpose = `tenant|${tenantId}`;
  const wrapped = await keyring.inTenant(tenantId, async (session) => {
    const known = await readTenantKey(session);
    if (known !== undefined) return known;
    await addTenantKey(session, seal(kek, randomBytes(keyBytes), purpose), kekVersion);
    return await readTenantKey(session);
  });
  if (wrapped === undefined)
    throw new CodedError('KeyMissing', 'the root key of a tenant is missing in the keyring');
  const root = unseal(kek, wrapped, purpose);
  return {
    blind: deriveKey(root, 'blind'),
    seal: deriveKey(root, 'seal'),
    offset: deriveKey(root, 'offset'),
    audit: deriveKey(Buffer.concat([kek, root]), 'audit'),
  };
}

async function recordKeys(
  keyring: Database,
  kek: Buffer,
  tenantId: number,
  recordIds: readonly number[],
): Promise<ReadonlyMap<number, Buffer>> {
  if (recordIds.length === 0) return new Map();
  const purpose = (recordId: number): string => `record|${tenantId}|${recordId}`;
  const rows = await keyring.inTenant(tenantId, async (session) => {
    const known = await readKeys(session, recordIds);
    const present = new Set(known.map((row) => row.record_id));
    const missing = recordIds.filter((recordId) => !present.has(recordId));
    if (missing.length === 0) return known;
    const made = missing.map((record_id) => ({
      record_id,
      wrapped: seal(kek, randomBytes(keyBytes), purpose(record_id)),
    }));
    await addKeys(session, made, kekVersion);
    return await readKeys(session, recordIds);
  });
  return new Map(rows.map((row) => [row.record_id, unseal(kek, row.wrapped, purpose(row.record_id))]));
}
