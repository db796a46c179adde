// The subject that a person asks about.
import { Refusal } from '../server/failure.ts';
import type { Session } from '../store/database.ts';
import { findErasure } from '../store/erasures.ts';
import { type Subject, subjectsByHandle } from '../store/subjects.ts';

/** The active subject of a handle. Refuses SUBJECT_UNKNOWN, SUBJECT_ERASED, SUBJECT_RESTRICTED. */
export async function requireSubject(session: Session, handle: string): Promise<Subject> {
  const [subject] = await subjectsByHandle(session, [handle]);
  if (subject?.state === 'active') return subject;
  if (subject !== undefined) {
    throw new Refusal('SUBJECT_RESTRICTED', 'the subject is to be erased: its data are not used any more');
  }
  if ((await findErasure(session, handle)) !== undefined) {
    throw new Refusal('SUBJECT_ERASED', 'the subject was erased: kubectl twin erase shows its certificate');
  }
  throw new Refusal(
    'SUBJECT_UNKNOWN',
    'no records are bound to this handle: check it, or wait for the first sync',
  );
}
