// Pure: which subject a patient record belongs to. A binding is immutable; a conflict is quarantined.

/** A subject as far as binding is concerned. */
export interface BoundSubject {
  readonly subjectId: number;
  /** Undefined when it has none. */
  readonly handle: string | undefined;
  /** Whether the handle was minted for want of a given one; a given one replaces it. */
  readonly minted: boolean;
}

/** What is known when a record names a handle (by its feed or by an enrolment). */
export interface BindingQuestion {
  /** The handle, undefined when none is named. */
  readonly handle: string | undefined;
  /** The subject that the record belongs to already. */
  readonly current: BoundSubject | undefined;
  /** The subject that has the handle already. */
  readonly holder: BoundSubject | undefined;
  /** Whether another record of the same source belongs to `holder`: two patients cannot share a handle. */
  readonly holderKnownInSource: boolean;
}

/** What to do. */
export type Binding =
  | { readonly act: 'keep' }
  | { readonly act: 'create'; readonly handle: string | undefined }
  | { readonly act: 'name'; readonly handle: string }
  | { readonly act: 'join'; readonly subjectId: number }
  | { readonly act: 'move'; readonly subjectId: number }
  | { readonly act: 'conflict'; readonly handle: string };

/** Decides for one record. */
export function decideBinding(question: BindingQuestion): Binding {
  const { handle, current, holder } = question;
  if (current === undefined) return decideNew(question);
  if (handle === undefined || current.handle === handle) return { act: 'keep' };
  if (current.handle !== undefined && !current.minted) return { act: 'conflict', handle };
  if (holder === undefined) return { act: 'name', handle };
  return question.holderKnownInSource
    ? { act: 'conflict', handle }
    : { act: 'move', subjectId: holder.subjectId };
}

function decideNew({ handle, holder, holderKnownInSource }: BindingQuestion): Binding {
  if (handle === undefined || holder === undefined) return { act: 'create', handle };
  return holderKnownInSource ? { act: 'conflict', handle } : { act: 'join', subjectId: holder.subjectId };
}
