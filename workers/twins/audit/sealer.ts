// The sealer: each second, one replica at a time seals what was committed since. Verifying reads everything back.
import type { VerifyAuditResponse } from '#proto/gen/twinward/v1/VerifyAuditResponse.ts';
import { type Clock, sleep } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';
import { auditStatements, type CanonicalEntry, type SealRow } from '../store/audit.ts';
import type { Database, Session } from '../store/database.ts';
import { tenantsUnsealed } from '../store/tenants.ts';
import type { Keys } from '../vault/keys.ts';
import { type Broken, checkBlock, leavesOf, macOf } from './seal.ts';

const mostEntries = 4_096;
const intervalMs = 1_000;
const start: Omit<SealRow, 'leaves' | 'prev'> = {
  block_no: 0,
  upto_xid: '0',
  upto_id: 0,
  mac: Buffer.alloc(0),
};

/** Seals what is complete in a tenant; answers how many entries. */
export async function sealTenant(service: Database, keys: Keys, tenantId: number): Promise<number> {
  const { audit } = await keys.ofTenant(tenantId);
  return await service.inTenant(tenantId, async (session) => {
    const [lock] = await session.query<{ locked: boolean }>(auditStatements.lock);
    if (lock?.locked !== true) return 0;
    const last = (await session.query<SealRow>(auditStatements.lastSeal))[0] ?? start;
    const values = [last.upto_xid, last.upto_id, mostEntries];
    const entries = await session.query<CanonicalEntry>(auditStatements.unsealed, values);
    const end = entries.at(-1);
    if (end === undefined) return 0;
    const block = {
      block_no: last.block_no + 1,
      upto_xid: end.xid,
      upto_id: end.audit_id,
      leaves: leavesOf(audit, entries),
      prev: last.mac,
    };
    const sealed = [
      block.block_no,
      block.upto_xid,
      block.upto_id,
      block.leaves,
      block.prev,
      macOf(audit, block),
    ];
    await session.query(auditStatements.addSeal, sealed);
    return entries.length;
  });
}

/** Seals every tenant each second, until the signal is aborted. */
export async function runSealer(
  service: Database,
  keys: Keys,
  options: { readonly clock: Clock; readonly log: Log; readonly onFailure: () => void },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const tenantId of await service.inSystem(tenantsUnsealed))
        await sealTenant(service, keys, tenantId);
    } catch (error) {
      options.onFailure();
      options.log.warn('sealing the audit log failed', { error });
    }
    await sleep(options.clock, intervalMs, signal);
  }
}

type End = Pick<SealRow, 'block_no' | 'upto_xid' | 'upto_id' | 'mac'>;

/** Checks every block of a tenant; stops at the first that does not verify. */
export async function verifyAudit(
  service: Database,
  keys: Keys,
  tenantId: number,
): Promise<VerifyAuditResponse> {
  const { audit } = await keys.ofTenant(tenantId);
  return await service.inTenant(tenantId, (session) => verifyBlocks(session, audit), 'REPEATABLE READ');
}

async function verifyBlocks(session: Session, key: Buffer): Promise<VerifyAuditResponse> {
  const found = { entries: 0, blocks: 0 };
  let before: End = start;
  for (
    let block = await nextBlock(session, before);
    block !== undefined;
    block = await nextBlock(session, before)
  ) {
    const checked = await verifyBlock(session, key, block, before);
    found.blocks += 1;
    found.entries += checked.entries;
    if (checked.broken !== undefined) return await answer(session, found, block, checked.broken);
    before = block;
  }
  return await answer(session, found, before, undefined);
}

async function nextBlock(session: Session, before: End): Promise<SealRow | undefined> {
  return (await session.query<SealRow>(auditStatements.seals, [before.block_no]))[0];
}

async function verifyBlock(
  session: Session,
  key: Buffer,
  block: SealRow,
  before: End,
): Promise<{ readonly entries: number; readonly broken: Broken | undefined }> {
  const range = [before.upto_xid, before.upto_id, block.upto_xid, block.upto_id];
  const entries = await session.query<CanonicalEntry>(auditStatements.between, range);
  const gap = block.block_no !== before.block_no + 1;
  const broken = gap ? { block: before.block_no + 1, entry: 0 } : checkBlock(key, block, entries, before.mac);
  return { entries: entries.length, broken };
}

async function answer(
  session: Session,
  found: { readonly entries: number; readonly blocks: number },
  last: Pick<SealRow, 'upto_xid' | 'upto_id'>,
  broken: Broken | undefined,
): Promise<VerifyAuditResponse> {
  const [rest] = await session.query<{ n: number }>(auditStatements.countAfter, [
    last.upto_xid,
    last.upto_id,
  ]);
  return {
    entries: String(found.entries + (rest?.n ?? 0)),
    blocks: String(found.blocks),
    firstBrokenBlock: String(broken?.block ?? 0),
    unsealed: String(rest?.n ?? 0),
    firstAlteredEntry: String(broken?.entry ?? 0),
  };
}
