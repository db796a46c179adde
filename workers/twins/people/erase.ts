// EraseSubject: restriction at once, then, when the grace period has passed, resumable steps. Each step is one
// transaction; what a crash leaves half done the runner takes up again.
import type { EraseSubjectRequest__Output } from '#proto/gen/twinward/v1/EraseSubjectRequest.ts';
import type { EraseSubjectResponse } from '#proto/gen/twinward/v1/EraseSubjectResponse.ts';
import { type Clock, sleep } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';
import { blindHandle } from '../intake/prepare.ts';
import type { Ledger } from '../ports.ts';
import { Refusal } from '../server/failure.ts';
import { writeAudit } from '../store/audit.ts';
import { changeKind, noteChanges } from '../store/changes.ts';
import type { Database, Session } from '../store/database.ts';
import {
  countStatements,
  type ErasureRow,
  erasureStatements,
  findErasure,
  perTable,
  removeStatements,
} from '../store/erasures.ts';
import { type RecordRow, suppress } from '../store/persons.ts';
import { lockSubjects, restrictSubject, type Subject, subjectsByHandle } from '../store/subjects.ts';
import { allTenants, findTenant, type Tenant } from '../store/tenants.ts';
import type { Keys } from '../vault/keys.ts';
import { seal } from '../vault/seal.ts';
import { certificateOf } from './certificate.ts';

/** What erasing works with. */
export interface ErasureParts {
  readonly service: Database;
  readonly keys: Keys;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly graceSeconds: number;
  /** ISO 8601. */
  readonly backupHorizon: string;
}

/**
 * Erases, or restricts until the grace period has passed. Refuses SUBJECT_UNKNOWN, LEGAL_HOLD, BAD_REQUEST; a refusal is
 * audited under its reason code.
 */
export async function eraseSubject(
  parts: ErasureParts,
  tenant: Tenant,
  request: EraseSubjectRequest__Output,
  actor: string,
): Promise<EraseSubjectResponse> {
  const { dryRun: isDryRun, handle } = request;
  try {
    return isDryRun ? await dryRun(parts, tenant, handle, actor) : await erase(parts, tenant, request, actor);
  } catch (error) {
    if (error instanceof Refusal) {
      const entry = { kind: isDryRun ? dryRunKind : 'erase', actor, outcome: error.code, handle };
      await parts.service.inTenant(tenant.tenant_id, (session) => writeAudit(session, entry));
    }
    throw error;
  }
}

const dryRunKind = 'erase-dry-run';

async function erase(
  parts: ErasureParts,
  tenant: Tenant,
  request: EraseSubjectRequest__Output,
  actor: string,
): Promise<EraseSubjectResponse> {
  if (request.reason.trim() === '')
    throw new Refusal('BAD_REQUEST', 'reason is required: it is kept in the audit log');
  const keys = await parts.keys.ofTenant(tenant.tenant_id);
  const reason = seal(keys.seal, Buffer.from(request.reason), `erasure|${request.handle}`);
  const row = await parts.service.inTenant(tenant.tenant_id, async (session) => {
    const [subject] = await subjectsByHandle(session, [request.handle]);
    if (subject !== undefined) await restrict(session, subject, request.handle, reason, parts.graceSeconds);
    const found = await findErasure(session, request.handle);
    if (found === undefined)
      throw new Refusal('SUBJECT_UNKNOWN', 'no records are bound to this handle: check it');
    const subjects = [found.subject_id];
    await writeAudit(session, {
      kind: 'erase',
      actor,
      outcome: 'Requested',
      handle: request.handle,
      subjects,
      sealed: reason,
    });
    return found;
  });
  const due = request.immediate || row.due_at <= parts.clock.now();
  return answerOf(due ? await runErasure(parts, tenant, row) : row);
}

async function restrict(
  session: Session,
  subject: Subject,
  handle: string,
  reason: Buffer,
  graceSeconds: number,
): Promise<void> {
  const [locked] = await lockSubjects(session, [subject.subject_id]);
  requireNoHold(locked);
  await restrictSubject(session, subject.subject_id);
  await session.query(erasureStatements.add, [
    subject.subject_id,
    handle,
    subject.pseudonym,
    reason,
    graceSeconds,
  ]);
  await noteChanges(session, changeKind.twin, [handle]);
}

function requireNoHold(subject: Subject | undefined): void {
  if (subject?.legal_hold !== true) return;
  throw new Refusal(
    'LEGAL_HOLD',
    'the subject is under legal hold: it cannot be erased until that is lifted',
  );
}

function answerOf(row: ErasureRow): EraseSubjectResponse {
  return {
    erasure: row.erasure_id,
    state: row.step === 'Erased' ? 'Erased' : 'Restricted',
    at: (row.done_at ?? row.due_at).toISOString(),
    removed: texts(row.counts),
    certificate: row.certificate,
  };
}

function texts(counts: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(counts).map(([table, n]) => [table, String(n)]));
}

async function dryRun(
  parts: ErasureParts,
  tenant: Tenant,
  handle: string,
  actor: string,
): Promise<EraseSubjectResponse> {
  return await parts.service.inTenant(tenant.tenant_id, async (session) => {
    const [subject] = await subjectsByHandle(session, [handle]);
    if (subject === undefined)
      throw new Refusal('SUBJECT_UNKNOWN', 'no records are bound to this handle: check it');
    requireNoHold(subject);
    const subjects = [subject.subject_id];
    await writeAudit(session, { kind: dryRunKind, actor, outcome: 'Allowed', handle, subjects });
    const removed = texts(
      await perTable(session, countStatements, await placesOf(session, subject.subject_id, handle)),
    );
    return { erasure: '', state: 'DryRun', at: parts.clock.now().toISOString(), removed, certificate: '' };
  });
}

async function placesOf(session: Session, subjectId: number, handle: string): Promise<readonly unknown[]> {
  const records = await session.query<Pick<RecordRow, 'record_id'>>(erasureStatements.records, [subjectId]);
  const ids = records.map((row) => row.record_id);
  const former = await session.query<{ subject_id: number }>(erasureStatements.formerSubjects, [ids]);
  return [subjectId, ids, former.map((row) => row.subject_id), handle];
}

/** Runs the remaining steps of an erasure. */
export async function runErasure(
  parts: ErasureParts,
  tenant: Tenant,
  erasure: ErasureRow,
): Promise<ErasureRow> {
  let row = erasure;
  if (row.step === 'Restricted') {
    await parts.ledger.append({
      erasure: row.erasure_id,
      clusterId: tenant.cluster_id,
      namespace: tenant.namespace,
      handle: row.handle,
      pseudonym: row.pseudonym,
      at: parts.clock.now().toISOString(),
    });
    row = await removeData(parts, tenant, row);
  }
  return row.step === 'DataRemoved' ? await destroyKeys(parts, tenant, row) : row;
}

async function removeData(parts: ErasureParts, tenant: Tenant, erasure: ErasureRow): Promise<ErasureRow> {
  const keys = await parts.keys.ofTenant(tenant.tenant_id);
  return await parts.service.inTenant(tenant.tenant_id, async (session) => {
    const row = (await session.query<ErasureRow>(erasureStatements.lock, [erasure.erasure_id]))[0] ?? erasure;
    if (row.step !== 'Restricted') return row;
    await lockSubjects(session, [row.subject_id]);
    const blinds = await session.query<{ kind: 'record' | 'identifier'; blind: string }>(
      erasureStatements.blinds,
      [row.subject_id, row.handle],
    );
    await suppress(session, [...blinds, { kind: 'handle', blind: blindHandle(keys.blind, row.handle) }]);
    const places = await placesOf(session, row.subject_id, row.handle);
    const counts = await perTable(session, removeStatements, places);
    await session.query(erasureStatements.unbindTwins, [row.subject_id]);
    await session.query(erasureStatements.forgetInChunks, [row.subject_id]);
    await session.query(erasureStatements.removed, [row.erasure_id, places[1], JSON.stringify(counts)]);
    await noteChanges(session, changeKind.twin, [row.handle]);
    return (await session.query<ErasureRow>(erasureStatements.lock, [row.erasure_id]))[0] ?? row;
  });
}

async function destroyKeys(parts: ErasureParts, tenant: Tenant, erasure: ErasureRow): Promise<ErasureRow> {
  return await parts.service.inTenant(tenant.tenant_id, async (session) => {
    const row = (await session.query<ErasureRow>(erasureStatements.lock, [erasure.erasure_id]))[0] ?? erasure;
    if (row.step !== 'DataRemoved') return row;
    const destroyed = await parts.keys.destroy(tenant.tenant_id, row.record_ids);
    const at = parts.clock.now().toISOString();
    const { backupHorizon } = parts;
    const counts = { ...row.counts, 'keyring.dek': destroyed };
    const certificate = certificateOf({
      erasure: row.erasure_id,
      pseudonym: row.pseudonym,
      at,
      backupHorizon,
      counts,
    });
    await session.query(erasureStatements.finish, [row.erasure_id, JSON.stringify(counts), certificate, at]);
    const subjects = [row.subject_id];
    await writeAudit(session, {
      kind: 'erase',
      actor: 'twins',
      outcome: 'Erased',
      handle: row.handle,
      subjects,
    });
    return (await session.query<ErasureRow>(erasureStatements.lock, [row.erasure_id]))[0] ?? row;
  });
}

/** Runs every erasure that is due; answers how many. */
export async function runDueErasures(parts: ErasureParts): Promise<number> {
  let done = 0;
  for (const tenant of await parts.service.inSystem(allTenants)) {
    const due = await parts.service.inTenant(tenant.tenant_id, (session) =>
      session.query<ErasureRow>(erasureStatements.due),
    );
    for (const row of due) await runErasure(parts, tenant, row);
    done += due.length;
  }
  return done;
}

/** Looks every minute for erasures that are due, until the signal is aborted. */
export async function runEraser(
  parts: ErasureParts,
  options: { readonly log: Log; readonly onFailure: () => void },
  signal: AbortSignal,
): Promise<void> {
  const { log, onFailure } = options;
  while (!signal.aborted) {
    try {
      const done = await runDueErasures(parts);
      if (done > 0) log.info('erasures done', { count: done });
    } catch (error) {
      onFailure();
      log.warn('erasing failed; it is tried again', { error });
    }
    await sleep(parts.clock, 60_000, signal);
  }
}

/** Repeats erasures that a restored database does not know of; answers how many. Runs before readiness. */
export async function replayLedger(parts: ErasureParts): Promise<number> {
  let repeated = 0;
  for (const entry of await parts.ledger.readAll()) {
    const tenant = await parts.service.inSystem((session) =>
      findTenant(session, entry.clusterId, entry.namespace),
    );
    if (tenant === undefined) continue;
    const row = await parts.service.inTenant(tenant.tenant_id, async (session) => {
      const [subject] = await session.query<{ subject_id: number }>(erasureStatements.byPseudonym, [
        entry.pseudonym,
      ]);
      if (subject === undefined) return undefined;
      await restrictSubject(session, subject.subject_id);
      const values = [subject.subject_id, entry.handle, entry.pseudonym, Buffer.alloc(0), 0];
      await session.query(erasureStatements.add, values);
      return await findErasure(session, entry.handle);
    });
    if (row === undefined || row.step === 'Erased') continue;
    await runErasure(parts, tenant, row);
    repeated += 1;
  }
  return repeated;
}
