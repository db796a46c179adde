// What one batch of records works with.
import type { FileReading__Output } from '#proto/gen/twinward/v1/FileReading.ts';
import type { RejectedRecord__Output } from '#proto/gen/twinward/v1/RejectedRecord.ts';
import type { SourceRecord__Output } from '#proto/gen/twinward/v1/SourceRecord.ts';
import type { Minting } from '../ports.ts';
import type { Database, Session } from '../store/database.ts';
import type { Debounce } from '../store/due.ts';
import type { SourceRow } from '../store/sources.ts';
import type { Tenant } from '../store/tenants.ts';
import type { Keys, TenantKeys } from '../vault/keys.ts';

/** What storing needs from outside. */
export interface IntakeParts {
  readonly service: Database;
  readonly keys: Keys;
  readonly minting: Minting;
  readonly wait: Debounce;
}

/** One batch as received. */
export interface Batch {
  readonly source: string;
  readonly lease: number;
  readonly records: readonly SourceRecord__Output[];
  readonly rejected: readonly RejectedRecord__Output[];
  readonly readings: readonly FileReading__Output[];
  readonly cursor: Buffer | undefined;
}

/** The transaction that stores a batch. */
export interface BatchContext extends IntakeParts {
  readonly session: Session;
  readonly tenant: Tenant;
  readonly tenantKeys: TenantKeys;
  readonly source: SourceRow;
  readonly batchId: number;
  readonly codes: ReadonlyMap<string, number>;
}
