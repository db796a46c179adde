// Enrol: binds an identifier to a handle. Records and twin may exist already or come later.
import { isHandle } from '#crds/patient-twin/handle.ts';
import type { EnrolRequest__Output } from '#proto/gen/twinward/v1/EnrolRequest.ts';
import type { EnrolResponse } from '#proto/gen/twinward/v1/EnrolResponse.ts';
import type { IntakeParts } from '../intake/batch.ts';
import { decideBinding } from '../intake/binding.ts';
import { blindHandle, blindIdentifier } from '../intake/prepare.ts';
import { Refusal } from '../server/failure.ts';
import { writeAudit } from '../store/audit.ts';
import { changeKind, noteChanges } from '../store/changes.ts';
import type { Session } from '../store/database.ts';
import { dueForData, duePriority } from '../store/due.ts';
import { lockNames } from '../store/locks.ts';
import {
  addEnrolment,
  type RecordRow,
  readEnrolments,
  readSuppressed,
  recordsByIdentifier,
} from '../store/persons.ts';
import { bindHandle, lockSubjects, subjectsByHandle } from '../store/subjects.ts';
import type { Tenant } from '../store/tenants.ts';
import { twinStatements } from '../store/twins.ts';

/** Enrols. Refuses BAD_REQUEST, HANDLE_CONFLICT, SUBJECT_SUPPRESSED. */
export async function enrol(
  parts: IntakeParts,
  tenant: Tenant,
  request: EnrolRequest__Output,
  actor: string,
): Promise<EnrolResponse> {
  const { identifier } = request;
  if (identifier === null || identifier.value.trim() === '') {
    throw new Refusal('BAD_REQUEST', 'identifier.value is empty: give the identifier that the source uses');
  }
  if (request.handle !== '' && !isHandle(request.handle)) {
    throw new Refusal('BAD_REQUEST', 'handle is no handle: check its last character, or leave it out');
  }
  const { blind: key } = await parts.keys.ofTenant(tenant.tenant_id);
  const blind = blindIdentifier(key, identifier.system, identifier.value);
  const wanted = request.handle === '' ? parts.minting.handle() : request.handle;
  return await parts.service.inTenant(tenant.tenant_id, async (session) => {
    await lockNames(session, [wanted, blind]);
    await refuseSuppressed(session, blind, blindHandle(key, wanted));
    await addEnrolment(session, blind, wanted);
    const handle = (await readEnrolments(session, [blind])).get(blind) ?? wanted;
    if (request.handle !== '' && handle !== request.handle) throw conflict();
    const records = await recordsByIdentifier(session, blind);
    if (records.length > 0) await bindRecords(parts, session, records, handle);
    await writeAudit(session, { kind: 'enrol', actor, outcome: 'Allowed', handle, n: records.length });
    return { handle, known: records.length > 0 };
  });
}

function conflict(): Refusal {
  return new Refusal(
    'HANDLE_CONFLICT',
    'identifier and handle are bound to others already: a binding cannot be changed',
  );
}

async function refuseSuppressed(session: Session, identifier: string, handle: string): Promise<void> {
  const suppressed = await readSuppressed(session, [identifier, handle]);
  if (suppressed.size > 0) {
    throw new Refusal('SUBJECT_SUPPRESSED', 'the subject was erased and may not be enrolled again');
  }
}

async function bindRecords(
  parts: IntakeParts,
  session: Session,
  records: readonly RecordRow[],
  handle: string,
): Promise<void> {
  const ids = [...new Set(records.map((record) => record.subject_id))].sort((a, b) => a - b);
  const [subject, ...others] = await lockSubjects(session, ids);
  const [holder] = await subjectsByHandle(session, [handle]);
  if (subject === undefined || others.length > 0) throw conflict();
  const bound = {
    subjectId: subject.subject_id,
    handle: subject.handle ?? undefined,
    minted: subject.handle_origin === 'minted',
  };
  const held = holder === undefined ? undefined : { subjectId: holder.subject_id, handle, minted: false };
  const binding = decideBinding({ handle, current: bound, holder: held, holderKnownInSource: true });
  if (binding.act === 'keep') return;
  if (binding.act !== 'name') throw conflict();
  await bindHandle(session, subject.subject_id, handle, 'given', parts.minting.rngId(handle));
  const values = [[subject.subject_id]];
  await session.query(twinStatements.bind, values);
  await session.query(twinStatements.renameTemplated, values);
  await session.query(twinStatements.dropTemplated, values);
  await dueForData(session, [subject.subject_id], duePriority.data, { ...parts.wait, debounceSeconds: 0 });
  await noteChanges(session, changeKind.twin, [handle]);
}
